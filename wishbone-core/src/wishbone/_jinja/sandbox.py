"""Sandbox: compiles templates and expressions so that they can only read the event."""

from __future__ import annotations

from types import GeneratorType
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateError, Undefined, UndefinedError, meta, nodes
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing, pass_context

from wishbone._jinja.allowed import FILTERS, METHODS, OPERATORS, TESTS, call_method
from wishbone._jinja.fastpath import fast_expression, fast_template
from wishbone._jinja.limits import SHORT, Budget, as_text, is_small, listed, weigh
from wishbone._jinja.operators import calculate
from wishbone._jinja.rules import METHOD, OPERATOR, Rules
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

    def evaluate(event: Event) -> Any:
        context = EventContext(common, event)
        for _ in run(context):
            pass
        value = context.vars["value"]
        if not isinstance(value, _UNRESOLVED):
            return value
        weigh(context, value)
        return _resolve(value)

    (assignment,) = tree.body
    assert isinstance(assignment, nodes.Assign)
    return fast_expression(assignment.node, evaluate)


_CONTAINERS = (list, tuple, dict)
"""Containers that an expression can create; their parts may be undefined."""

_UNRESOLVED = (Undefined, *_CONTAINERS)


def _resolve(value: Any) -> Any:
    """Return the final value: None for an `if` without `else`. An undefined part is an error."""
    if isinstance(value, StrictUndefined):
        raise UndefinedError(value._undefined_message)  # noqa: SLF001 - it has no public name
    if isinstance(value, Undefined):
        return None
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, _UNRESOLVED):
            _resolve(part)
    return value


@pass_context
def _print(context: EventContext, value: Any) -> str:
    """Return a printed value as text, and pay for it twice: once for this piece, once for the whole text."""
    text = value if type(value) is str else as_text(context, value)
    if len(text) > SHORT:
        context.spend(2 * text.__sizeof__())
    return text


def _by_name() -> dict[str, Callable[..., Any]]:
    named = {METHOD + name: call_method(name) for name in METHODS}
    return FILTERS | named | {OPERATOR + name: function for name, function in OPERATORS.items()}


_FILTERS = {name: pass_context(function) for name, function in _by_name().items()}
_TESTS = {name: pass_context(function) for name, function in TESTS.items()}
_MOST_OF_A_NAME = 100


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox for reading events: undefined names are errors, and the cost of a run is limited.

    Args:
        functions: The functions that templates and expressions may call, by name.
    """

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "**", "%"})

    def __init__(self, functions: Mapping[str, Callable[..., object]]) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True, finalize=_print)
        self.globals = {"range": range, **functions}
        self.filters.clear()
        self.filters.update(_FILTERS)
        self.tests.clear()
        self.tests.update(_TESTS)
        self._callable = {id(function) for function in self.globals.values()}

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
            rules = Rules(self.globals)
            tree = rules.visit(parse(text))
            tree.set_environment(self)
            unknown = meta.find_undeclared_variables(tree) - known
            if not unknown:
                rules.check_calls()
                return self.from_string(tree)
        except TemplateError as error:
            message = f"{subject} cannot be read: {error.message}"
            raise ConfigError(message) from error
        except RecursionError as error:
            message = f"{subject} cannot be read: it is nested too deeply"
            raise ConfigError(message) from error
        message = (
            f"{subject} names {', '.join(sorted(unknown))}, which no event has: the payload is 'data',"
            f" its parts 'data.name'. There are: {', '.join(sorted(known))}."
        )
        raise ConfigError(message)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return `obj.attribute`: a part of the payload first; a method of Python only for a call."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        found = super().getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute) if callable(found) else found

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return `obj[argument]`: only a part of the payload, never an attribute."""
        try:
            return obj[argument]
        except (AttributeError, TypeError, LookupError):
            return self.undefined(obj=obj, name=_shown(argument))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Return the result of an operator, if it is not too large."""
        return calculate(context, operator, left, right)

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a function, and pay for its result.

        Raises:
            TypeError: A variable of the template hides the function.
        """
        if id(obj) not in self._callable:
            message = f"{type(obj).__name__} is not a function"
            raise TypeError(message)
        found = context.call(obj, *args, **kwargs)
        if isinstance(found, GeneratorType):
            found = listed(context, found)
        weigh(context, found)
        return found


def _shown(name: Any) -> Any:
    """Return the name of a missing part for an error message: it may come from a payload and be long."""
    if isinstance(name, str):
        return name[:_MOST_OF_A_NAME]
    return name if is_small(name) else type(name).__name__


class EventContext(Budget, Context):
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

    def resolve_or_missing(self, key: str) -> Any:
        """Return the value of a name, or Jinja2's `missing`."""
        if key in self.vars:
            return self.vars[key]
        if key in FIELDS:
            return getattr(self._event, key)
        return self.parent.get(key, missing)
