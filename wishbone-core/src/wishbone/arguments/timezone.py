"""TimeZone: a time zone by its name, as an argument of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self
from zoneinfo import ZoneInfo

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


class TimeZone:
    """A time zone of the IANA database, looked up when it is first needed."""

    __slots__ = ("name",)
    argument_schema: ClassVar[Mapping[str, object]] = {"type": "string"}

    def __init__(self, name: str) -> None:
        """Note its name.

        Args:
            name: Such as `Europe/Berlin`.
        """
        self.name = name

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, object]) -> Self:
        """Convert the value in a configuration to a zone.

        Raises:
            TypeError: It is no text.
            ConfigError: No zone has that name.
        """
        del functions
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            message = f"Expected a time zone (a text), got `{type(value).__name__}`"
            raise TypeError(message)
        zone = cls(value)
        zone.load()
        return zone

    def load(self) -> ZoneInfo:
        """Return its rules: read once per process, by Python.

        Raises:
            ConfigError: No zone has that name.
        """
        try:
            return ZoneInfo(self.name)
        except (KeyError, ValueError, OSError) as error:
            message = (
                f"There is no time zone {self.name!r}: give a name of the IANA database, such as 'UTC' or"
                " 'Europe/Berlin'."
            )
            raise ConfigError(message) from error

    def __repr__(self) -> str:
        """Show its name."""
        return f"TimeZone({self.name!r})"
