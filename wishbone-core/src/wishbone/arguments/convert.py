"""Arguments: what a module can be told, read from the typed parameters of its `__init__`."""

from __future__ import annotations

import inspect
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, get_type_hints

import msgspec

from wishbone.arguments.explain import error_path, with_suggestions
from wishbone.codec import Decoder, Encoder
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import ConfigError, InvalidModule, WishboneError

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
    """Arguments do not fit what they are for; `problems` has each mistake."""

    def __init__(self, name: str, problems: list[Problem], what: str = "module") -> None:
        """Describe them all.

        Args:
            name: The name of the module instance, or of the codec.
            problems: What is wrong, at least one.
            what: What it is that has the name.
        """
        self.problems = problems
        lines = [f"{_dotted(problem.path)}: {problem.message}" for problem in problems]
        super().__init__(f"The arguments of {what} {name!r} are wrong. {' '.join(lines)}")


def parameters(module: Callable[..., Any]) -> list[Parameter]:
    """Return the arguments that the class of a module or of a codec takes, in the order of its `__init__`.

    A parameter without a type takes any value as it is.

    Raises:
        InvalidModule: The type of a parameter cannot be resolved.
    """
    init = module.__init__
    # The first are `self` and a module's `config`, whose types nobody needs, nor need they be importable.
    first = 1 if isinstance(module, type) and issubclass(module, (Decoder, Encoder)) else 2
    found = [
        parameter
        for parameter in list(inspect.signature(init).parameters.values())[first:]
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    annotations = {
        parameter.name: Any if parameter.annotation is REQUIRED else parameter.annotation
        for parameter in found
    }
    annotated = SimpleNamespace(__annotations__=annotations)
    try:
        # A codec without an `__init__` of its own has that of `object`, which knows no globals.
        hints = get_type_hints(annotated, getattr(init, "__globals__", None), include_extras=True)
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

    A type of our own or of a module says itself how it is made of what stands in a configuration, by
    a class method `from_argument(value, functions)`, as `Template` and `DecoderFactory` do,
    and may have its JSON Schema as `argument_schema`.

    Args:
        module: The class of a module or of a codec.
        arguments: What somebody wrote, by name.
        functions: What templates among them may call.

    Returns:
        The converted arguments, and everything that is wrong: if that is empty, the module can be built.

    Raises:
        InvalidModule: The type of a parameter cannot be resolved, or no configuration can hold a value of it.
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
            except _WRONG as error:
                problems.extend(_problems(parameter, error, arguments[name], functions or {}))
            except TypeError as error:
                message = (
                    f"{module.__qualname__}.__init__: no value can be read as the type of {name!r}. {error}"
                )
                raise InvalidModule(message) from error
        elif parameter.required:
            problems.append(Problem((name,), "It is missing, and it has no default."))
        elif isinstance(parameter.default, str) and (make := _maker(parameter.type)):
            converted[name] = make(parameter.default, functions or {})
    return converted, problems


_WRONG = (msgspec.ValidationError, UnicodeEncodeError, WishboneError)
"""What a value raises that is no value of its type: the second, a text with half a surrogate pair."""


class _Refused(ValueError):
    """What a type refused: msgspec adds the place to an error of this kind, and to no other."""


def _convert(value: Any, wanted: Any, functions: Mapping[str, Callable[..., object]]) -> Any:
    def decode(kind: type, value: Any) -> Any:
        make = _maker(kind)
        if make is not None:
            try:
                return make(value, functions)
            except WishboneError as error:
                raise _Refused(str(error)) from error
        if isinstance(value, kind):
            return value
        message = f"Expected `{kind.__name__}`, got `{type(value).__name__}`"
        raise TypeError(message)

    return msgspec.convert(value, wanted, dec_hook=decode)


def _maker(wanted: Any) -> Callable[..., Any] | None:
    """Return what makes a value of a type, or of the first in a union that has it."""
    makers = (getattr(kind, "from_argument", None) for kind in (wanted, *getattr(wanted, "__args__", ())))
    return next((make for make in makers if make is not None), None)


_WHERE = re.compile(r" - at `\$(?P<path>.*)`$")
_STEP = re.compile(r"\[(?P<index>\d+)\]|\[\.\.\.\]|\.(?P<name>[^.\[]+)")


def _problems(
    parameter: Parameter, error: Exception, value: Any, functions: Mapping[str, Callable[..., object]]
) -> list[Problem]:
    """Read the path out of an error of msgspec, whose messages end in `- at `$.servers[0].port``."""

    def is_wrong(changed: Any) -> bool:
        try:
            _convert(changed, parameter.type, functions)
        except _WRONG as other:
            return str(other) == str(error)
        return False

    message = str(error)
    where = _WHERE.search(message)
    steps: list[int | str | None] = []
    if where:
        message = message[: where.start()]
        found = _STEP.finditer(where["path"])
        steps = [int(step["index"]) if step["index"] else step["name"] for step in found]
    path = (parameter.name, *error_path(value, steps, is_wrong))
    refused = error.__cause__ and error.__cause__.__cause__
    if isinstance(refused, ArgumentError):
        return [Problem((*path, *problem.path), problem.message) for problem in refused.problems]
    message = with_suggestions(message, parameter.type, steps)
    return [Problem(path, f"{message.removesuffix('.')}.")]


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path)
