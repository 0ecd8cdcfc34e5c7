"""Operation: one item of `operations` in a bootstrap file, with types and descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from wishbone.arguments import DecoderFactory, EventKey
from wishbone.arguments.key import check_key, join_key, split_key
from wishbone.error import ConfigError
from wishbone_function_modify.pattern import Pattern  # noqa: TC001 - msgspec reads the types of the fields
from wishbone_function_modify.timestamp import TimeOptions, timestamp_parser
from wishbone_function_modify.value import Value  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OPERATIONS", "Extract", "Hash", "Operation", "Parse", "Policy", "Timestamp", "renamed"]

Policy: TypeAlias = Literal["error", "skip"]

Algorithm: TypeAlias = Literal["md5", "sha1", "sha256", "sha384", "sha512", "sha3_256", "blake2b"]


class Extract(Struct, forbid_unknown_fields=True):
    """Searches text with a regular expression, and sets a key for each named group of the first match."""

    key: EventKey
    """The key of the text."""

    pattern: Pattern
    """An RE2 regular expression with named groups."""

    into: EventKey | None = None
    """The key below which the groups are set, by their names; `data` by default."""

    unmatched: Policy = "error"
    """Whether text that does not match is an error, or left unchanged."""


class Parse(Struct, forbid_unknown_fields=True):
    """Decodes text or bytes that hold one value, with any codec."""

    key: EventKey
    """The key of the text or bytes."""

    decoder: DecoderFactory
    """The codec's name, or its name with arguments."""

    into: EventKey | None = None
    """The key to write the value to; the key of the text by default."""


class Hash(Struct, forbid_unknown_fields=True):
    """Replaces a value by its hash in hexadecimal digits."""

    key: EventKey
    """The key of the value. Text and bytes are hashed as they are, anything else as JSON."""

    algorithm: Algorithm = "sha256"
    """The hash function."""

    secret: str | None = None
    """With a secret, the hash is an HMAC, which also hides values that could be guessed."""

    into: EventKey | None = None
    """The key to write the hash to; the key of the value by default."""

    def __repr__(self) -> str:
        """Leave out the secret."""
        return f"Hash({self.key!r}, {self.algorithm!r})"


class Timestamp(Struct, forbid_unknown_fields=True):
    """A time that is not ISO 8601, or has another unit or time zone."""

    timestamp: str | TimeOptions
    """The format for `datetime.strptime`, such as `%d/%b/%Y:%H:%M:%S %z`; or `format`, `unit`, `timezone`."""

    def __post_init__(self) -> None:
        """Try the format.

        Raises:
            ValueError: The format is not valid.
        """
        timestamp_parser(self.timestamp)


Keys: TypeAlias = str | list[str]
Conversion: TypeAlias = Literal["int", "float", "bool", "timestamp"] | Timestamp


class Operation(Struct, forbid_unknown_fields=True):
    """Exactly one operation, and what happens when its key is missing."""

    set: (
        Annotated[
            dict[str, Value],
            Meta(description="Keys, and their values: a template, or any other value."),
        ]
        | UnsetType
    ) = UNSET
    delete: Annotated[Keys, Meta(description="The key to delete, or several.")] | UnsetType = UNSET
    copy: (
        Annotated[dict[str, str], Meta(description="Keys, and the keys to copy their values to.")] | UnsetType
    ) = UNSET
    move: (
        Annotated[dict[str, str], Meta(description="Keys, and the keys to move their values to.")] | UnsetType
    ) = UNSET
    rename: (
        Annotated[dict[str, str], Meta(description="Keys, and their new names in the same mapping.")]
        | UnsetType
    ) = UNSET
    lowercase: (
        Annotated[Keys, Meta(description="The key of the text to convert to lower case, or several.")]
        | UnsetType
    ) = UNSET
    uppercase: (
        Annotated[Keys, Meta(description="The key of the text to convert to upper case, or several.")]
        | UnsetType
    ) = UNSET
    trim: (
        Annotated[Keys, Meta(description="The key of the text to strip surrounding space from, or several.")]
        | UnsetType
    ) = UNSET
    convert: (
        Annotated[dict[str, Conversion], Meta(description="Keys, and the types to convert to.")] | UnsetType
    ) = UNSET
    extract: Extract | UnsetType = UNSET
    parse: Parse | UnsetType = UNSET
    hash: Hash | UnsetType = UNSET
    missing: (
        Annotated[
            Policy,
            Meta(description="Whether a missing key is an error, or the operation is skipped."),
        ]
        | UnsetType
    ) = UNSET

    def __post_init__(self) -> None:
        """Check what the types do not check.

        Raises:
            ValueError: There is not exactly one operation, or a key is not valid.
        """
        given = [name for name in OPERATIONS if getattr(self, name) is not UNSET]
        if len(given) != 1:
            found = f"found {', '.join(given)}" if given else "found none"
            message = f"Expected one operation in each item, {found}. Operations: {', '.join(OPERATIONS)}"
            raise ValueError(message)
        try:
            for key in self._keys():
                check_key(key)
        except ConfigError as error:
            raise ValueError(str(error)) from None

    @property
    def name(self) -> str:
        """The name of the operation."""
        return next(name for name in OPERATIONS if getattr(self, name) is not UNSET)

    def _keys(self) -> Iterator[str]:
        """Yield the keys that no type has checked."""
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
    """Return a key with another last part.

    Raises:
        ConfigError: The key is a field of the event, which cannot be renamed.
    """
    *parent, _ = split_key(key)
    if not parent:
        message = f"{key!r} is a field of every event and cannot be renamed: use 'move' or 'copy'"
        raise ConfigError(message)
    return join_key([*parent, name])


OPERATIONS = tuple(name for name in Operation.__struct_fields__ if name != "missing")
"""The names of all operations."""
