"""Times: reads the times that programs and people write, and their time zones.

ISO 8601 is read by the standard library; only what it refuses is read here.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from datetime import time as clock
from zoneinfo import ZoneInfo

__all__ = ["in_latest_year", "iso_seconds", "zone_named"]

_ISO = re.compile(
    r"(?P<date>\d{4}([-/])\d\d\2\d\d|\d{8}|\d{4}-?\d{3}|\d{4}-?W\d\d-?\d)"
    r"(?:[Tt ](?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"(?P<zone>.*))?",
    re.ASCII,
)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d\d?)(?::?(\d\d)(?::?(\d\d))?)?", re.ASCII)

LONGEST_NAME = 64
"""Characters of the longest name that is looked up in the IANA database, whose lookups read files."""

_UTC = frozenset(("UTC", "GMT", "Z", "z"))

_HOURS = {
    name: hours
    for hours, names in (
        # North America as in RFC 5322, section 4.3.
        *((-10, "HST"), (-9, "AKST"), (-8, "PST AKDT"), (-7, "MST PDT"), (-6, "CST MDT"), (-5, "EST CDT")),
        *((-4, "AST EDT"), (-3.5, "NST"), (-3, "ADT"), (-2.5, "NDT"), (0, "UTC GMT UT Z WET")),
        *((1, "BST CET MET WAT WEST"), (2, "CAT CEST EET MEST SAST"), (3, "EAT EEST MSK"), (5, "PKT")),
        *((7, "WIB"), (8, "AWST HKT SGT"), (9, "JST KST"), (9.5, "ACST"), (10, "AEST"), (10.5, "ACDT")),
        *((11, "AEDT"), (12, "NZST"), (13, "NZDT")),
    )
    for name in names.split()
}
"""Hours ahead of UTC, by abbreviations that mean one thing to nearly everyone. `IST` is not among them."""


def iso_seconds(text: str, home: tzinfo | None) -> float:
    """Return the seconds since 1970 of an ISO 8601 time.

    Read as well: lower-case `t` and `z` (RFC 3339), slashes in the date, a leap second (as the second after
    it), `24:00`, days of the year, and the name of a time zone after the time, also in brackets (RFC 9557).

    Args:
        text: Such as `2026-11-23T12:00:00Z`.
        home: The time zone of times without one; None for that of this machine.

    Raises:
        ValueError: The text is not such a time, or its time zone is not known.
    """
    try:
        moment = datetime.fromisoformat(text if "\0" not in text else "")  # it ends at "Z" and NUL
    except ValueError:
        moment = _loose(text, home)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=home)).timestamp()
    except (OverflowError, OSError) as error:
        raise ValueError(str(error)) from error


def zone_named(name: str, home: tzinfo | None) -> tzinfo | None:
    """Return the time zone that a text names, or None if it is not known.

    Args:
        name: An offset (`+0200`, `GMT-3`), an abbreviation (`CEST`), or a name of the IANA database.
        home: The time zone of times without one; None for that of this machine. Its own abbreviations go
            first: with `Asia/Shanghai`, `CST` is eight hours ahead of UTC.
    """
    if name in _UTC:
        return UTC
    if "/" in name and len(name) <= LONGEST_NAME:
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            return None
    if found := _OFFSET.fullmatch(name):
        return _offset(*found.groups("0"))
    name = name.upper()
    offset = _abbreviations(home).get(name)
    if offset is None and name in _HOURS:
        offset = timedelta(hours=_HOURS[name])
    return None if offset is None else timezone(offset)


def in_latest_year(moment: datetime, today: datetime, ahead: timedelta) -> datetime:
    """Return a date in the latest year in which it is not further ahead than a clock may be.

    Args:
        moment: A date in any leap year.
        today: The date of today; like `moment` without a time zone, or both with one.
        ahead: How far the clock may be ahead.

    Raises:
        ValueError: The year of that date has no 29 February.
    """
    for year in (today.year + 1, today.year):
        try:
            candidate = moment.replace(year=year)
        except ValueError:
            continue
        if candidate <= today + ahead:
            return candidate
    return moment.replace(year=today.year - 1)


def _offset(sign: str, hours: str, minutes: str, seconds: str) -> tzinfo | None:
    try:
        clock(int(hours), int(minutes), int(seconds))
    except ValueError:
        return None
    offset = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    return timezone(-offset if sign == "-" else offset)


def _loose(text: str, home: tzinfo | None) -> datetime:
    """Read what `datetime.fromisoformat` refuses."""
    found = _ISO.fullmatch(text)
    if found is None:
        message = f"{text!r:.50} is not a time of ISO 8601"
        raise ValueError(message)
    hour, minute, second = (int(part or 0) for part in found.group("hour", "minute", "second"))
    fraction = int(f"{found['fraction'] or '0':0<6.6}")
    extra = timedelta()
    if second == 60:  # noqa: PLR2004 - a leap second
        second, extra = 59, timedelta(seconds=1)
    if (hour, minute, second, fraction) == (24, 0, 0, 0):
        hour, extra = 0, timedelta(days=1)
    zone = _zone(found["zone"] or "", home)
    try:
        return (
            datetime.combine(
                _day(found["date"].replace("/", "-")), clock(hour, minute, second, fraction, zone)
            )
            + extra
        )
    except OverflowError as error:
        raise ValueError(str(error)) from error


def _day(text: str) -> date:
    year, day = text[:4], text[4:].removeprefix("-")
    if len(day) != len("366") or not day.isdecimal():
        return date.fromisoformat(text)
    found = date(int(year), 1, 1) + timedelta(days=int(day) - 1)
    if found.year != int(year):
        message = f"{year} has no day {day}"
        raise ValueError(message)
    return found


def _zone(text: str, home: tzinfo | None) -> tzinfo | None:
    """Return the zone that a time ends with; an offset goes before a name in brackets."""
    written, bracket, name = text.strip().partition("[")
    written = written.strip() or (name.removesuffix("]").removeprefix("!") if bracket else "")
    if not written:
        return None
    zone = zone_named(written, home)
    if zone is None:
        message = f"the time zone {written!r:.50} is not known: use an offset such as '+02:00'"
        raise ValueError(message)
    return zone


def _abbreviations(home: tzinfo | None) -> dict[str | None, timedelta | None]:
    """Return what a zone calls its own times, in winter and in summer."""
    if home is None:
        offsets = (-time.timezone, -time.altzone)
        return {name: timedelta(seconds=offset) for name, offset in zip(time.tzname, offsets, strict=True)}
    year = datetime.now(UTC).year
    moments = [datetime(year, month, 1, tzinfo=home) for month in (1, 7)]
    return {moment.tzname(): moment.utcoffset() for moment in moments}
