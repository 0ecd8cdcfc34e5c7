"""Timestamp: converts times in texts and numbers to seconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import Struct

from wishbone import clock
from wishbone.arguments import TimeZone
from wishbone.times import in_latest_year, iso_seconds, zone_named
from wishbone_function_modify.conversion import not_a

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TimeOptions", "timestamp_parser"]

Unit: TypeAlias = Literal["s", "ms", "us", "ns"]

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}

_EPOCH = "%s"
"""The format of numbers, as in strftime(3)."""

_EXAMPLE = datetime(2026, 11, 23, 12, tzinfo=UTC)

_AHEAD = timedelta(days=1)
"""How far a time without a year may be ahead: clocks and time zones differ."""

_YEAR_1, _YEAR_10000 = -62_135_596_800, 253_402_300_800
"""Seconds from 1970 to the first year that can be written with four digits, and to the first that cannot."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DATE = re.compile(r"\d{8}", re.ASCII)
_ZONE = re.compile(r"[A-Za-z]+(?:/[A-Za-z_/+-]+)?")
LONGEST_TEXT = 128
"""Characters of the longest text in which names of time zones are looked for."""

_DIRECTIVE = re.compile(r"%(.)", re.DOTALL)


class TimeOptions(Struct, forbid_unknown_fields=True):
    """How a time is written."""

    format: str | None = None
    """The format for `datetime.strptime`; a number or an ISO 8601 time by default, and `%s` is a number."""

    unit: Unit | None = None
    """The unit of a number; seconds by default."""

    timezone: TimeZone = TimeZone("UTC")
    """The time zone of times without one."""


def timestamp_parser(options: str | TimeOptions) -> Callable[[Any], float]:
    """Return a function that converts a value to seconds since 1970 (UTC).

    Args:
        options: How the time is written; or only its format.

    Raises:
        ValueError: The format is not valid, or `unit` does not belong to it.
    """
    if isinstance(options, str):
        options = TimeOptions(format=options or None)
    zone = options.timezone.load()
    if options.format is not None and options.format != _EPOCH:
        if options.unit is not None:
            message = f"'unit' is for numbers: leave it out, or the format {options.format!r}"
            raise ValueError(message)
        return _format_parser(options.format, zone)
    unit = options.unit or "s"
    text_is_number = options.format == _EPOCH or options.unit is not None

    def convert(value: Any) -> float:
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=zone)).timestamp()
        if not isinstance(value, str):
            return _number(value, value, unit)
        text = value.strip()
        if text.endswith("Z") and "\0" not in text:  # the most frequent
            try:
                return datetime.fromisoformat(text).timestamp()
            except (ValueError, OverflowError):
                pass
        if _NUMBER.fullmatch(text) and (text_is_number or not _DATE.fullmatch(text)):
            return _number(value, int(text) if text.lstrip("+-").isdecimal() else float(text), unit)
        return _iso(value, text, unit, zone)

    return convert


def _iso(value: Any, text: str, unit: str, zone: tzinfo) -> float:
    try:
        return iso_seconds(text, zone)
    except ValueError as error:
        cause = f": {error}" if "time zone" in str(error) else ""
        raise not_a(value, f"a time{cause}. {_readable(unit)}") from None


def _readable(unit: str) -> str:
    return (
        f"Expected a number (of unit {unit!r}) since 1970, or an ISO 8601 time such as"
        " '2026-11-23T12:00:00Z'; set 'format' for others"
    )


def _number(value: Any, number: Any, unit: str) -> float:
    """Return a number of units in seconds; errors show the value that it was read from."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise not_a(value, f"a time. {_readable(unit)}")
    if _is_time(number, unit):
        return number / _PER_SECOND[unit]
    larger = [name for name, per in _PER_SECOND.items() if per > _PER_SECOND[unit]]
    likely = next((name for name in larger if _is_time(number, name)), None)
    cure = f": set 'unit: {likely}' if that is its unit" if likely else ""
    raise not_a(value, f"a time in the unit {unit!r}, since it is not within the years 1 to 9999{cure}")


def _is_time(number: float, unit: str) -> bool:
    per_second = _PER_SECOND[unit]
    return _YEAR_1 * per_second <= number < _YEAR_10000 * per_second


def _format_parser(time_format: str, zone: tzinfo) -> Callable[[Any], float]:
    example = _EXAMPLE.strftime(time_format)
    datetime.strptime(example, time_format)  # noqa: DTZ007 - to try the format
    directives = set(_DIRECTIVE.findall(time_format))
    has_year = bool(directives & set("YyGcx"))
    has_day = has_year or bool(directives & set("bBmdj"))
    has_zone = bool(directives & set("zZ"))
    wanted = _DIRECTIVE.sub(lambda found: "%z" if found[1] == "Z" else found[0], time_format)
    if not has_year:  # 29 February is a date in a leap year only
        wanted = f"%Y {wanted}"

    def parse(text: str) -> datetime:
        text = text if has_year else f"2000 {text}"
        try:
            return datetime.strptime(text, wanted)  # noqa: DTZ007 - the zone is added below
        except ValueError:
            if not has_zone:
                raise
        return datetime.strptime(_with_offset(text, zone), wanted)  # noqa: DTZ007 - the format has a zone

    def convert(value: Any) -> float:
        if not isinstance(value, str):
            raise not_a(value, f"a text with a time such as {example!r}")
        try:
            found = parse(value)
        except ValueError:
            zones = " with a known time zone or an offset" if has_zone else ""
            message = (
                f"time data {value!r:.50} does not match format {time_format!r}, which reads times such as"
                f" {example!r}{zones}"
            )
            raise ValueError(message) from None
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone)
        if not has_year:
            found = _recent(found, has_day=has_day)
        return found.timestamp()

    return convert


def _with_offset(text: str, zone: tzinfo) -> str:
    """Return a text with the offset of a time zone in the place of its name.

    Raises:
        ValueError: The text has no name of a time zone that is known.
    """
    names = list(_ZONE.finditer(text)) if len(text) <= LONGEST_TEXT else []
    for name in reversed(names):
        found = zone_named(name[0], zone)
        offset = None if found is None else datetime(2000, 1, 1, tzinfo=found).strftime("%z")
        if offset is not None:
            return f"{text[: name.start()]}{offset}{text[name.end() :]}"
    message = "no time zone"
    raise ValueError(message)


def _recent(moment: datetime, *, has_day: bool) -> datetime:
    """Return a time without a year in the last twelve months, and one without a day in the last day.

    Raises:
        ValueError: There was no such day in that time.
    """
    now = datetime.fromtimestamp(clock.time(), moment.tzinfo)
    if has_day:
        try:
            return in_latest_year(moment, now, _AHEAD)
        except ValueError:
            message = f"there was no {moment:%d %B} in the last twelve months: the time needs a year"
            raise ValueError(message) from None
    found = moment.replace(year=now.year, month=now.month, day=now.day)
    return found if found <= now + timedelta(hours=1) else found - timedelta(days=1)
