"""Sandbox: compiles templates and expressions so that they can only read the event."""

from __future__ import annotations

from types import BuiltinMethodType, GeneratorType, MethodType
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateError, Undefined, UndefinedError, meta, nodes
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from wishbone._jinja.fastpath import fast_expression, fast_template
from wishbone._jinja.limits import LIMITED, check_operands
from wishbone.arguments.key import FIELDS
from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Template

    from wishbone.event import Event

__all__ = ["compile_expression", "compile_template"]


def compile_template(text: str, functions: Mapping[str, Callable[..., object]]) -> Callable[[Event], str]:
    """Compile a template, and return the function that renders it from an event.

    Args:
        text: The template, such as `{{ data.user.name }} logged in`.
        functions: The functions that it may call, by name.

    Raises:
        ConfigError: The template is invalid, or uses an unknown name.
    """
    sandbox = Sandbox(functions)
    template = sandbox.compile_tree(sandbox.parse, text, f"The template {text!r}")
    run, common = template.root_render_func, template.new_context()
    return fast_template(sandbox.parse(text), lambda event: "".join(run(EventContext(common, event))))


def compile_expression(text: str, functions: Mapping[str, Callable[..., object]]) -> Callable[[Event], Any]:
    """Compile an expression, and return the function that evaluates it on an event.

    Args:
        text: The expression, such as `data.status >= 500`.
        functions: The functions that it may call, by name.

    Raises:
        ConfigError: The expression is invalid, or uses an unknown name.
    """
    sandbox = Sandbox(functions)
    template = sandbox.compile_tree(sandbox.parse_expression, text, f"The expression {text!r}")
    run, common = template.root_render_func, template.new_context()
    tree = sandbox.parse_expression(text)
    built = tree.find_all((nodes.List, nodes.Tuple, nodes.Dict))
    unresolved = (Undefined, GeneratorType, *(_CONTAINERS if any(built) else ()))

    def evaluate(event: Event) -> Any:
        context = EventContext(common, event)
        for _ in run(context):
            pass
        value = context.vars["value"]
        return _resolve(value) if isinstance(value, unresolved) else value

    (assignment,) = tree.body
    assert isinstance(assignment, nodes.Assign)
    return fast_expression(assignment.node, evaluate)


_CONTAINERS = (list, tuple, dict)
"""Containers that an expression can create; their parts may be lazy or undefined."""


def _resolve(value: Any) -> Any:
    """Return the final value: lists for lazy filters, and None for an `if` without `else`."""
    if isinstance(value, StrictUndefined):
        raise UndefinedError(value._undefined_message)  # noqa: SLF001 - it has no public name
    if isinstance(value, Undefined):
        return None
    if isinstance(value, GeneratorType):
        value = list(value)
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, (Undefined, *_CONTAINERS)):
            _resolve(part)
    return value


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox for reading events: undefined names are errors.

    Args:
        functions: The functions that templates and expressions may call, by name.
    """

    intercepted_binops = LIMITED

    def __init__(self, functions: Mapping[str, Callable[..., object]]) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True)
        self.globals.update(functions)

    def parse_expression(self, text: str) -> nodes.Template:
        """Parse an expression into a template that assigns it, as Jinja2's `compile_expression` does."""
        parser = Parser(self, text, state="variable")
        expression = parser.parse_expression()
        if not parser.stream.eos:
            parser.fail("unexpected text after the expression", parser.stream.current.lineno)
        tree = nodes.Template([nodes.Assign(nodes.Name("value", "store"), expression, lineno=1)], lineno=1)
        tree.set_environment(self)
        return tree

    def compile_tree(self, parse: Callable[[str], nodes.Template], text: str, subject: str) -> Template:
        """Parse and compile a text.

        Args:
            parse: Parses the text.
            text: The text.
            subject: The subject of error messages, such as `The template '...'`.

        Raises:
            ConfigError: The text is invalid, or uses an unknown name.
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
        """Return `obj.attribute`: a part of the payload first; a method of Python only for a call."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        found = super().getattr(obj, attribute)
        return Method(found, obj, attribute) if isinstance(found, MethodType | BuiltinMethodType) else found

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return `obj[argument]`: only a part of the payload, never an attribute."""
        try:
            return obj[argument]
        except (AttributeError, TypeError, LookupError):
            return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return the result of an operator, if it is not too large."""
        check_operands(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a function or method, if the sandbox allows it."""
        return super().call(context, obj.function if type(obj) is Method else obj, *args, **kwargs)


class Method(StrictUndefined):
    """A method of a Python object: undefined when it is read as a value, but it can be called.

    So `data.items` is always a part of the payload, and `data.items()` still calls the method.

    Args:
        function: The method.
        obj: The object that it belongs to.
        name: Its name.
    """

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any], obj: Any, name: str) -> None:
        super().__init__(obj=obj, name=name)
        self.function = function


class EventContext(Context):
    """The names that a template sees in one run: the event's fields, read when they are used, and functions.

    Jinja2's own context is created for each run, which takes ten times as long.

    Args:
        common: The context that all runs share.
        event: The event to read.
    """

    def __init__(self, common: Context, event: Event) -> None:
        self._common = common
        self._event = event
        self.vars = {}
        self.exported_vars = set()

    def __getattr__(self, name: str) -> Any:
        """Return another attribute of a context, such as its functions: few templates need one."""
        return getattr(self._common, name)

    def get_all(self) -> dict[str, Any]:
        """Return all values by name."""
        return {**self.parent, **{name: getattr(self._event, name) for name in FIELDS}, **self.vars}

    def resolve_or_missing(self, key: str) -> Any:
        """Return the value of a name, or Jinja2's `missing`."""
        if key in self.vars:
            return self.vars[key]
        if key in FIELDS:
            return getattr(self._event, key)
        return self.parent.get(key, missing)
