"""TimeZone: a time zone as an argument of a module, given by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self
from zoneinfo import ZoneInfo

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


class TimeZone:
    """A time zone of the IANA database.

    Args:
        name: Its name, such as `Europe/Berlin`. It is not checked before `load`.
    """

    __slots__ = ("name",)
    argument_schema: ClassVar[Mapping[str, object]] = {"type": "string"}

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, object]) -> Self:
        """Convert a value in a configuration, and check that the zone exists.

        Raises:
            TypeError: The value is not a text.
            ConfigError: There is no such time zone.
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
        """Return the zone. Python reads its file once per process.

        Raises:
            ConfigError: There is no such time zone.
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
