"""DecoderFactory and EncoderFactory: create a codec for each stream, from its name and arguments."""

from __future__ import annotations

from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from wishbone.arguments.convert import ArgumentError, Problem, convert_arguments
from wishbone.codec import Decoder, Encoder
from wishbone.discovery.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["DecoderFactory", "EncoderFactory"]

Codec = TypeVar("Codec", bound=Decoder | Encoder)


class Factory(Generic[Codec]):
    """Creates codecs. A module that takes a factory as an argument calls it once for each stream.

    A configuration gives the codec's name, `json`, or its name with arguments, `{csv: {delimiter: ";"}}`.
    """

    group: ClassVar[str]
    """The entry-point group of its codecs."""

    __slots__ = ("_defaults", "_make", "arguments", "name")

    def __init__(self, name: str, **arguments: Any) -> None:
        """Create a factory. The codec is imported and its arguments are checked at the first call.

        Args:
            name: The codec's name, without its group.
            **arguments: Its arguments, as in a configuration.
        """
        self.name = name
        self.arguments = arguments
        self._make: partial[Codec] | None = None
        self._defaults: dict[str, Any] = {}

    def __call__(self) -> Codec:
        """Return a new codec.

        Raises:
            WishboneError: As in `load`.
        """
        if self._make is None:
            self._make = self.load()
        if self._defaults:
            self._make, self._defaults = _with_defaults(self._make, self._defaults), {}
        return self._make()

    def with_defaults(self, **defaults: Any) -> Self:
        """Return a factory with further arguments, for a module that sets limits.

        The codec gets those arguments that it takes and that the configuration does not give. A codec among
        its arguments, such as the one that decodes the decompressed bytes, gets them in the same way.

        Args:
            **defaults: The arguments, such as `max_expanded`. They are not checked.
        """
        factory = type(self)(self.name, **self.arguments)
        factory._make, factory._defaults = self._make, defaults  # noqa: SLF001 - of the same class
        return factory

    def load(self, functions: Mapping[str, Callable[..., object]] | None = None) -> partial[Codec]:
        """Import the codec and check its arguments, and return a function that creates one.

        Args:
            functions: The functions that templates among the arguments may call, by name.

        Raises:
            NoSuchModule: No such codec is installed.
            InvalidModule: The codec cannot be imported, or does not have the base class of its kind.
            ArgumentError: An argument is unknown, missing or invalid.
            ConfigError: The codec refuses its arguments.
        """
        codec = Registry.installed().load(f"{self.group}.{self.name}")
        converted, problems = convert_arguments(codec, self.arguments, functions)
        if problems:
            raise ArgumentError(self.name, problems, "codec")
        make = partial(codec, **converted)
        make()  # report arguments that the codec refuses now, and not when the first stream begins
        return make

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> Self:
        """Convert a value in a configuration.

        Raises:
            TypeError: The value is neither a name nor a name with arguments.
            ArgumentError: An argument of the codec is invalid. The paths begin with the codec's name.
            WishboneError: As in `load`.
        """
        if isinstance(value, cls):
            factory = value
        else:
            name, arguments = _name_and_arguments(value)
            factory = cls(name, **arguments)
        try:
            factory._make = factory.load(functions)
        except ArgumentError as error:
            below = [Problem((factory.name, *path), message) for path, message in error.problems]
            raise ArgumentError(factory.name, below, "codec") from None
        return factory

    def __repr__(self) -> str:
        """Show the codec's name without its arguments, which may contain a secret."""
        return f"{type(self).__name__}({self.name!r})"


class DecoderFactory(Factory[Decoder]):
    """Creates decoders: `DecoderFactory("json")()` is a new one."""

    __slots__ = ()
    group = "wishbone.decode"


class EncoderFactory(Factory[Encoder]):
    """Creates encoders: `EncoderFactory("json")()` is a new one."""

    __slots__ = ()
    group = "wishbone.encode"


def _with_defaults(make: partial[Codec], defaults: Mapping[str, Any]) -> partial[Codec]:
    """Add the defaults that a codec has and that it was not given, also to the codecs among its arguments."""
    missing = signature(make.func).parameters.keys() - make.keywords.keys()
    added = {name: value for name, value in defaults.items() if name in missing}
    for name, value in make.keywords.items():
        if isinstance(value, Factory):
            added[name] = value.with_defaults(**defaults)
    return partial(make, **added)


def _name_and_arguments(value: object) -> tuple[str, dict[str, Any]]:
    if isinstance(value, str):
        return value, {}
    if isinstance(value, dict) and len(value) == 1:
        ((name, arguments),) = value.items()
        if isinstance(name, str) and isinstance(arguments, dict | None):
            return name, arguments or {}
    message = "Expected a codec: its name, or its name with arguments such as {csv: {header: true}}"
    raise TypeError(message)
