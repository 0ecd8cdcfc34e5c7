"""Operation: one line of the list that a configuration has, with its arguments typed and described."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from wishbone.arguments import DecoderFactory, EventKey
from wishbone.arguments.key import check_key, join_key, split_key
from wishbone.error import ConfigError
from wishbone_function_modify.pattern import Pattern  # noqa: TC001 - msgspec reads the types of the fields
from wishbone_function_modify.value import Value  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OPERATIONS", "Extract", "Hash", "Operation", "Parse", "Policy", "Timestamp", "renamed"]

Policy: TypeAlias = Literal["error", "skip"]

Algorithm: TypeAlias = Literal["md5", "sha1", "sha256", "sha384", "sha512", "sha3_256", "blake2b"]


class Extract(Struct, forbid_unknown_fields=True):
    """Sets a key to each named group of a regular expression, where it first matches a text."""

    key: EventKey
    """Where the text stands."""

    pattern: Pattern
    """A regular expression of RE2, with named groups."""

    into: EventKey | None = None
    """The key below which the groups go, by their names; `data`, if it is not given."""

    unmatched: Policy = "error"
    """Whether a text that does not match is an error, or left alone."""


class Parse(Struct, forbid_unknown_fields=True):
    """Decodes a text or bytes with any codec, into the one value that it must hold."""

    key: EventKey
    """Where the text stands."""

    decoder: DecoderFactory
    """The codec's name, or its name with arguments."""

    into: EventKey | None = None
    """Where the value goes; in the place of the text, if it is not given."""


class Hash(Struct, forbid_unknown_fields=True):
    """Puts the hash of a value, in hexadecimal digits, in its place."""

    key: EventKey
    """Where the value stands: a text or bytes as they are, everything else as its JSON."""

    algorithm: Algorithm = "sha256"
    """The hash function."""

    secret: str | None = None
    """Makes it an HMAC, which nobody without the secret can compute: for what could be guessed."""

    into: EventKey | None = None
    """Where the hash goes; in the place of the value, if it is not given."""

    def __repr__(self) -> str:
        """Show it without the secret."""
        return f"Hash({self.key!r}, {self.algorithm!r})"


class Timestamp(Struct, forbid_unknown_fields=True):
    """A time written in a form of one's own."""

    timestamp: str
    """The form, as `datetime.strptime` has it: `%d/%b/%Y:%H:%M:%S %z`."""

    def __post_init__(self) -> None:
        """Try the form.

        Raises:
            ValueError: It is none.
        """
        datetime.strptime(datetime.now(UTC).strftime(self.timestamp), self.timestamp)  # noqa: DTZ007


Keys: TypeAlias = str | list[str]
Conversion: TypeAlias = Literal["int", "float", "bool", "timestamp"] | Timestamp


class Operation(Struct, forbid_unknown_fields=True):
    """What is done to an event: exactly one of these, and what happens when its key is missing."""

    set: (
        Annotated[
            dict[str, Value],
            Meta(description="Keys, and what to set them to: a template, or any other value."),
        ]
        | UnsetType
    ) = UNSET
    delete: Annotated[Keys, Meta(description="The key to delete, or several.")] | UnsetType = UNSET
    copy: (
        Annotated[dict[str, str], Meta(description="Keys, and the keys to copy what stands there to.")]
        | UnsetType
    ) = UNSET
    move: (
        Annotated[dict[str, str], Meta(description="Keys, and the keys to move what stands there to.")]
        | UnsetType
    ) = UNSET
    rename: (
        Annotated[dict[str, str], Meta(description="Keys, and the names to give them where they are.")]
        | UnsetType
    ) = UNSET
    lowercase: Annotated[Keys, Meta(description="The text to write in small letters.")] | UnsetType = UNSET
    uppercase: Annotated[Keys, Meta(description="The text to write in capital letters.")] | UnsetType = UNSET
    trim: Annotated[Keys, Meta(description="The text to take the space around it from.")] | UnsetType = UNSET
    convert: (
        Annotated[dict[str, Conversion], Meta(description="Keys, and the types to convert to.")] | UnsetType
    ) = UNSET
    extract: Extract | UnsetType = UNSET
    parse: Parse | UnsetType = UNSET
    hash: Hash | UnsetType = UNSET
    missing: (
        Annotated[
            Policy,
            Meta(description="Whether a key that is not there is an error, or the operation is skipped."),
        ]
        | UnsetType
    ) = UNSET

    def __post_init__(self) -> None:
        """Check what the types do not say.

        Raises:
            ValueError: There is not exactly one operation, or what it names is no key.
        """
        given = [name for name in OPERATIONS if getattr(self, name) is not UNSET]
        if len(given) != 1:
            found = f"There are {', '.join(given)}." if given else "There is none."
            message = f"An item of the list is one operation. {found} Operations: {', '.join(OPERATIONS)}"
            raise ValueError(message)
        try:
            for key in self._keys():
                check_key(key)
        except ConfigError as error:
            raise ValueError(str(error)) from None

    @property
    def name(self) -> str:
        """Which one it is."""
        return next(name for name in OPERATIONS if getattr(self, name) is not UNSET)

    def _keys(self) -> Iterator[str]:
        """Hand out the keys that no type has checked."""
        argument = getattr(self, self.name)
        if isinstance(argument, str):
            yield argument
        elif isinstance(argument, dict | list):
            yield from argument
        if self.name in {"copy", "move"}:
            yield from argument.values()
        if self.name == "rename":
            yield from (renamed(key, name) for key, name in argument.items())


def renamed(key: str, name: str) -> str:
    """Return a key with another last name.

    Raises:
        ConfigError: It has no name but that of the event's field.
    """
    *way, _ = split_key(key)
    if not way:
        message = f"{key!r} is a field of every event, and keeps its name: use 'move' or 'copy'"
        raise ConfigError(message)
    return join_key([*way, name])


OPERATIONS = tuple(name for name in Operation.__struct_fields__ if name != "missing")
"""The names of all operations."""
