"""Sandbox: where the texts of templates and expressions are compiled, and what they see of an event."""

from __future__ import annotations

from types import BuiltinMethodType, GeneratorType, MethodType
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateError, Undefined, UndefinedError, meta, nodes
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from wishbone._jinja.fastpath import fast_expression, fast_template
from wishbone._jinja.limits import BOUNDED, check_operands
from wishbone.arguments.key import FIELDS
from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Template

    from wishbone.event import Event

__all__ = ["compile_expression", "compile_template"]


def compile_template(text: str, functions: Mapping[str, Callable[..., object]]) -> Callable[[Event], str]:
    """Compile a text with places, and return what fills them in from an event.

    Args:
        text: The text, such as `{{ data.user.name }} logged in`.
        functions: What it may call, by name.

    Raises:
        ConfigError: It is no template, or names what no event has.
    """
    sandbox = Sandbox(functions)
    template = sandbox.compile_tree(sandbox.parse, text, f"The template {text!r}")
    run, common = template.root_render_func, template.new_context()
    return fast_template(sandbox.parse(text), lambda event: "".join(run(EventContext(common, event))))


def compile_expression(text: str, functions: Mapping[str, Callable[..., object]]) -> Callable[[Event], Any]:
    """Compile an expression, and return what evaluates it on an event.

    Args:
        text: The expression, such as `data.status >= 500`.
        functions: What it may call, by name.

    Raises:
        ConfigError: It is no expression, or names what no event has.
    """
    sandbox = Sandbox(functions)
    template = sandbox.compile_tree(sandbox.parse_expression, text, f"The expression {text!r}")
    run, common = template.root_render_func, template.new_context()
    tree = sandbox.parse_expression(text)
    built = tree.find_all((nodes.List, nodes.Tuple, nodes.Dict))
    unsettled = (Undefined, GeneratorType, *(_CONTAINERS if any(built) else ()))

    def evaluate(event: Event) -> Any:
        context = EventContext(common, event)
        for _ in run(context):
            pass
        value = context.vars["value"]
        return _settle(value) if isinstance(value, unsettled) else value

    (assignment,) = tree.body
    assert isinstance(assignment, nodes.Assign)
    return fast_expression(assignment.node, evaluate)


_CONTAINERS = (list, tuple, dict)
"""What an expression can build, of parts that are no values yet."""


def _settle(value: Any) -> Any:
    """Make a value of what is none yet: filters are lazy, and an `if` without `else` stands for nothing."""
    if isinstance(value, StrictUndefined):
        raise UndefinedError(value._undefined_message)  # noqa: SLF001 - else its text must be asked for to raise
    if isinstance(value, Undefined):
        return None
    if isinstance(value, GeneratorType):
        value = list(value)
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, (Undefined, *_CONTAINERS)):
            _settle(part)
    return value


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 without a way out of the event, and strict about names that are not there."""

    intercepted_binops = BOUNDED

    def __init__(self, functions: Mapping[str, Callable[..., object]]) -> None:
        """Make one.

        Args:
            functions: What its texts may call, by name.
        """
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True)
        self.globals.update(functions)

    def parse_expression(self, text: str) -> nodes.Template:
        """Parse an expression into a template that keeps its value, as Jinja2's `compile_expression` does."""
        parser = Parser(self, text, state="variable")
        expression = parser.parse_expression()
        if not parser.stream.eos:
            parser.fail("it goes on behind its end", parser.stream.current.lineno)
        tree = nodes.Template([nodes.Assign(nodes.Name("value", "store"), expression, lineno=1)], lineno=1)
        tree.set_environment(self)
        return tree

    def compile_tree(self, parse: Callable[[str], nodes.Template], text: str, subject: str) -> Template:
        """Parse and compile a text.

        Args:
            parse: What parses it.
            text: The text.
            subject: What the text is, as the message begins.

        Raises:
            ConfigError: It cannot be read, or names what no event has.
        """
        known = {*FIELDS, *self.globals}
        try:
            tree = parse(text)
            unknown = meta.find_undeclared_variables(tree) - known
            template = self.from_string(tree)
        except TemplateError as error:
            message = f"{subject} cannot be read: {error.message}"
            raise ConfigError(message) from error
        if unknown:
            message = (
                f"{subject} names {', '.join(sorted(unknown))}, which no event has: the payload is 'data',"
                f" its parts 'data.name'. There are: {', '.join(sorted(known))}."
            )
            raise ConfigError(message)
        return template

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return `obj.attribute`: a part of a payload, and a method of Python's only to be called."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        found = super().getattr(obj, attribute)
        return Method(found, obj, attribute) if isinstance(found, MethodType | BuiltinMethodType) else found

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return `obj[argument]`: nothing but a part."""
        try:
            return obj[argument]
        except (AttributeError, TypeError, LookupError):
            return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return what an operator makes of two values, if that is not too large."""
        check_operands(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what a text calls, if the sandbox allows it."""
        return super().call(context, obj.function if type(obj) is Method else obj, *args, **kwargs)


class Method(StrictUndefined):
    """A method that Python has where a payload may have a part: not defined, but it can be called.

    So `data.items` is never anything but what the payload says, and `data.items()` goes through it.
    """

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any], obj: Any, name: str) -> None:
        """Keep the method.

        Args:
            function: The method.
            obj: What it is of.
            name: What it is called there.
        """
        super().__init__(obj=obj, name=name)
        self.function = function


class EventContext(Context):
    """The names that one run sees: the event's fields, read when they are asked for, and functions.

    Jinja2 would make the whole context anew for each run, which costs ten times as much.
    """

    def __init__(self, common: Context, event: Event) -> None:
        """Make it.

        Args:
            common: What all runs share.
            event: What the names are read from.
        """
        self._common = common
        self._event = event
        self.vars = {}
        self.exported_vars = set()

    def __getattr__(self, name: str) -> Any:
        """Return what few texts ask for: the environment, the functions, the blocks."""
        return getattr(self._common, name)

    def get_all(self) -> dict[str, Any]:
        """Return every name and what it stands for."""
        return {**self.parent, **{name: getattr(self._event, name) for name in FIELDS}, **self.vars}

    def resolve_or_missing(self, key: str) -> Any:
        """Return what a name stands for."""
        if key in self.vars:
            return self.vars[key]
        if key in FIELDS:
            return getattr(self._event, key)
        return self.parent.get(key, missing)
