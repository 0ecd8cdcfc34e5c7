"""Arguments: what a module can be told, read from the typed parameters of its `__init__`."""

from __future__ import annotations

import inspect
import re
from itertools import takewhile
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, get_type_hints

import msgspec

from wishbone.error import ConfigError, InvalidModule, WishboneError
from wishbone.nearest import did_you_mean
from wishbone.template import Template, check_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REQUIRED = inspect.Parameter.empty
"""The default of an argument that has none."""


class Parameter(NamedTuple):
    """One argument that a module takes."""

    name: str
    type: Any
    default: Any

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is REQUIRED


class Problem(NamedTuple):
    """What is wrong with an argument."""

    path: tuple[str | int, ...]
    """Where it stands within the arguments: `("servers", 0, "port")`."""

    message: str


class ArgumentError(ConfigError):
    """Arguments do not fit the module that they are for; `problems` has each mistake."""

    def __init__(self, module: str, problems: list[Problem]) -> None:
        """Describe them all.

        Args:
            module: The name of the module instance.
            problems: What is wrong, at least one.
        """
        self.problems = problems
        lines = [f"{_dotted(problem.path)}: {problem.message}" for problem in problems]
        super().__init__(f"The arguments of module {module!r} are wrong. {' '.join(lines)}")


def parameters(module: Callable[..., Any]) -> list[Parameter]:
    """Return the arguments that a module's class takes, in the order of its `__init__`.

    Raises:
        InvalidModule: A parameter has no type, or one that cannot be resolved.
    """
    init = module.__init__
    # The first two are `self` and `config`, whose types nobody needs, nor need they be importable.
    found = [
        parameter
        for parameter in list(inspect.signature(init).parameters.values())[2:]
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    untyped = [parameter.name for parameter in found if parameter.annotation is REQUIRED]
    if untyped:
        message = f"{module.__qualname__}.__init__ must say the type of {', '.join(untyped)}."
        raise InvalidModule(message)
    annotated = SimpleNamespace(__annotations__={parameter.name: parameter.annotation for parameter in found})
    try:
        hints = get_type_hints(annotated, init.__globals__, include_extras=True)
    except Exception as error:
        message = (
            f"The types of {module.__qualname__}.__init__ cannot be resolved: {error}. What they name must"
            " be imported at run time, not only under TYPE_CHECKING."
        )
        raise InvalidModule(message) from error
    return [Parameter(parameter.name, hints[parameter.name], parameter.default) for parameter in found]


def convert_arguments(
    module: Callable[..., Any],
    arguments: Mapping[str, Any],
    functions: Mapping[str, Callable[..., object]] | None = None,
) -> tuple[dict[str, Any], list[Problem]]:
    """Check arguments against a module's types, and turn them into what the module takes.

    Args:
        module: The module's class.
        arguments: What somebody wrote, by name.
        functions: What templates among them may call.

    Returns:
        The converted arguments, and everything that is wrong: if that is empty, the module can be built.

    Raises:
        InvalidModule: A parameter has no type, or one that no configuration can hold.
    """
    converted: dict[str, Any] = {}
    problems: list[Problem] = []
    known = {parameter.name: parameter for parameter in parameters(module)}
    problems.extend(
        Problem((name,), f"There is no such argument. {did_you_mean(name, known)}")
        for name in arguments
        if name not in known
    )
    for name, parameter in known.items():
        if name in arguments:
            try:
                converted[name] = _convert(arguments[name], parameter.type, functions or {})
            except (msgspec.ValidationError, WishboneError) as error:
                problems.append(_problem(name, error))
            except TypeError as error:
                message = (
                    f"{module.__qualname__}.__init__: no value can be read as the type of {name!r}. {error}"
                )
                raise InvalidModule(message) from error
        elif parameter.required:
            problems.append(Problem((name,), "It is missing, and it has no default."))
        elif isinstance(parameter.default, str) and _is_template(parameter.type):
            converted[name] = Template(parameter.default, functions)
    return converted, problems


def _convert(value: Any, wanted: Any, functions: Mapping[str, Callable[..., object]]) -> Any:
    def decode(kind: type, value: Any) -> Any:
        if kind is Template:
            return check_template(value, functions)
        if isinstance(value, kind):
            return value
        message = f"Expected `{kind.__name__}`, got `{type(value).__name__}`"
        raise TypeError(message)

    return msgspec.convert(value, wanted, dec_hook=decode)


def _is_template(wanted: Any) -> bool:
    return wanted is Template or Template in getattr(wanted, "__args__", ())


_WHERE = re.compile(r" - at `\$(?P<path>.*)`$")
_STEP = re.compile(r"\[(?P<index>\d+)\]|\[\.\.\.\]|\.(?P<name>[^.\[]+)")


def _problem(name: str, error: Exception) -> Problem:
    """Read the path out of an error of msgspec, whose messages end in `- at `$.servers[0].port``."""
    message = str(error)
    path: list[str | int] = [name]
    where = _WHERE.search(message)
    if where:
        message = message[: where.start()]
        steps = _STEP.finditer(where["path"])
        # In a mapping msgspec says `[...]` and not which name: the path ends there.
        named = takewhile(lambda step: step["index"] or step["name"], steps)
        path.extend(int(step["index"]) if step["index"] else step["name"] for step in named)
    return Problem(tuple(path), f"{message}.".replace("..", "."))


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path)
