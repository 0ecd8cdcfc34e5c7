"""Converts the arguments in a configuration to the types that a module's `__init__` declares."""

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

_EMPTY = inspect.Parameter.empty
"""Marks a parameter without a default, or without a type."""


class Parameter(NamedTuple):
    """One parameter of a module or a codec."""

    name: str
    type: Any
    default: Any

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is _EMPTY


class Problem(NamedTuple):
    """One error in the arguments."""

    path: tuple[str | int, ...]
    """The path to the invalid value: `("servers", 0, "port")`."""

    message: str


class ArgumentError(ConfigError):
    """Arguments are invalid; `problems` lists every error.

    Args:
        name: The name of the module instance, or of the codec.
        problems: The errors, at least one.
        what: `module` or `codec`.
    """

    def __init__(self, name: str, problems: list[Problem], what: str = "module") -> None:
        self.problems = problems
        lines = [f"{_dotted(problem.path)}: {problem.message}" for problem in problems]
        super().__init__(f"The arguments of {what} {name!r} are wrong. {' '.join(lines)}")


def parameters(module: Callable[..., Any]) -> list[Parameter]:
    """Return the parameters of the class of a module or a codec, in the order of its `__init__`.

    A parameter without a type takes any value.

    Args:
        module: The class.

    Raises:
        InvalidModule: The type of a parameter cannot be resolved.
    """
    init = module.__init__
    # Left out: `self`, and the `config` of a module, whose type need not be importable.
    first = 1 if isinstance(module, type) and issubclass(module, (Decoder, Encoder)) else 2
    found = [
        parameter
        for parameter in list(inspect.signature(init).parameters.values())[first:]
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    annotations = {
        parameter.name: Any if parameter.annotation is _EMPTY else parameter.annotation for parameter in found
    }
    annotated = SimpleNamespace(__annotations__=annotations)
    try:
        # A codec without an `__init__` of its own has that of `object`, which knows no globals.
        hints = get_type_hints(annotated, getattr(init, "__globals__", None), include_extras=True)
    except Exception as error:
        message = (
            f"The types of {module.__qualname__}.__init__ cannot be resolved: {error}. Import the names"
            " that they use at run time, not only under TYPE_CHECKING."
        )
        raise InvalidModule(message) from error
    return [Parameter(parameter.name, hints[parameter.name], parameter.default) for parameter in found]


def convert_arguments(
    module: Callable[..., Any],
    arguments: Mapping[str, Any],
    functions: Mapping[str, Callable[..., object]] | None = None,
) -> tuple[dict[str, Any], list[Problem]]:
    """Convert arguments to the types that a module or a codec declares.

    A class converts its values itself if it has a class method `from_argument(value, functions)`, as
    `Template` and `DecoderFactory` do. Its attribute `argument_schema` may give its JSON Schema.

    Args:
        module: The class of a module or a codec.
        arguments: The values in the configuration, by name.
        functions: The functions that templates may call, by name.

    Returns:
        The converted arguments, and all errors. If there are none, the module can be built.

    Raises:
        InvalidModule: The type of a parameter cannot be resolved, or cannot be written in a configuration.
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
                    f"{module.__qualname__}.__init__: no value can be converted to the type of {name!r}."
                    f" {error}"
                )
                raise InvalidModule(message) from error
        elif parameter.required:
            problems.append(Problem((name,), "It is missing, and it has no default."))
        elif isinstance(parameter.default, str) and (convert := _converter(parameter.type)):
            converted[name] = convert(parameter.default, functions or {})
    return converted, problems


_WRONG = (msgspec.ValidationError, UnicodeEncodeError, WishboneError)
"""The errors of invalid values. A text with half a surrogate pair raises the second one."""


class _Refused(ValueError):
    """The error of a class's `from_argument`: msgspec adds the path only to a `ValueError`."""


def _convert(value: Any, wanted: Any, functions: Mapping[str, Callable[..., object]]) -> Any:
    def decode(kind: type, value: Any) -> Any:
        convert = _converter(kind)
        if convert is not None:
            try:
                return convert(value, functions)
            except WishboneError as error:
                raise _Refused(str(error)) from error
        if isinstance(value, kind):
            return value
        message = f"Expected `{kind.__name__}`, got `{type(value).__name__}`"
        raise TypeError(message)

    return msgspec.convert(value, wanted, dec_hook=decode)


def _converter(wanted: Any) -> Callable[..., Any] | None:
    """Return the `from_argument` of a type, or of the first type in a union that has one."""
    converters = (getattr(kind, "from_argument", None) for kind in (wanted, *getattr(wanted, "__args__", ())))
    return next((convert for convert in converters if convert is not None), None)


_PATH = re.compile(r" - at `\$(?P<path>.*)`$")
_STEP = re.compile(r"\[(?P<index>\d+)\]|\[\.\.\.\]|\.(?P<name>[^.\[]+)")


def _problems(
    parameter: Parameter, error: Exception, value: Any, functions: Mapping[str, Callable[..., object]]
) -> list[Problem]:
    """Split an error of msgspec, such as `... - at `$.servers[0].port``, into message and path."""

    def is_wrong(changed: Any) -> bool:
        try:
            _convert(changed, parameter.type, functions)
        except _WRONG as other:
            return str(other) == str(error)
        return False

    message = str(error)
    where = _PATH.search(message)
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
