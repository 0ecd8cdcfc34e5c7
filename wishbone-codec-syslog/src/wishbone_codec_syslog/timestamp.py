"""Timestamps of messages, to seconds since 1970 and back."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from wishbone import clock
from wishbone.times import in_latest_year, iso_seconds

__all__ = ["MONTHS", "bsd_text", "bsd_time", "iso_text", "iso_time", "writable"]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

AHEAD = timedelta(days=7)
"""How far a sender's clock may be ahead; a date without a year that is further ahead is of last year."""

LEAP_YEAR = 2000

DAY = 86_400
"""Seconds."""

YEAR_1 = -62_135_596_800
YEAR_10000 = 253_402_300_800
"""Seconds from 1970 to the first year that can be written with four digits, and to the first that cannot."""


def writable(moment: float) -> float | None:
    """Return a time if it can be written in UTC with a year of four digits (RFC 3339), or else None."""
    return moment if YEAR_1 <= moment < YEAR_10000 else None


def iso_time(text: str, zone: tzinfo | None) -> float | None:
    """Return the time of RFC 5424, section 6.2.3, or None if it is not a time.

    Args:
        text: The time.
        zone: The time zone if the text has none; None for that of this machine.
    """
    try:
        moment = datetime.fromisoformat(text if "\0" not in text else "")  # it ends at "Z" and NUL
        found = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError, OSError):
        found = _unusual_iso_time(text, zone)
    return found if YEAR_1 <= found < YEAR_10000 else None


def _unusual_iso_time(text: str, zone: tzinfo | None) -> float:
    try:
        return iso_seconds(text, zone)
    except ValueError:
        return math.nan


def bsd_time(text: str, zone: tzinfo | None) -> float | None:
    """Return the time of RFC 3164, section 4.1.2, which has neither year nor time zone.

    Args:
        text: Such as `Oct 11 22:14:15`, or `Oct 11 2026 22:14:15` as some senders write it.
        zone: The sender's time zone; None for that of this machine.

    Returns:
        Seconds since 1970; None if the time does not exist, or not in the last twelve months.
    """
    return _bsd_time(text, int(clock.time()) // DAY, zone)


@lru_cache(maxsize=1024)
def _bsd_time(text: str, day: int, zone: tzinfo | None) -> float | None:
    month, date, *year, clock_text = text.split()
    try:
        hour, minute, second = map(int, clock_text.split(":"))
        leap = second == 60  # noqa: PLR2004 - a leap second is the second after it
        moment = datetime(  # noqa: DTZ001 - the zone is added below
            *(int(year[0]) if year else LEAP_YEAR, MONTHS.index(month) + 1, int(date)),
            *(hour, minute, second - leap),
        )
        if not year:
            today = datetime.fromtimestamp(day * DAY, UTC).replace(tzinfo=None)
            moment = in_latest_year(moment, today, AHEAD)
        return writable(moment.replace(tzinfo=zone).timestamp() + leap)
    except (ValueError, OverflowError, OSError):
        return None


def iso_text(moment: float) -> str:
    """Return a time in the format of RFC 5424: UTC, with microseconds."""
    return f"{datetime.fromtimestamp(moment, UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def bsd_text(moment: float) -> str:
    """Return a time in the format of RFC 3164: local, in English in any locale, the day padded."""
    local = time.localtime(moment)
    clock = f"{local.tm_hour:02}:{local.tm_min:02}:{local.tm_sec:02}"
    return f"{MONTHS[local.tm_mon - 1]} {local.tm_mday:2} {clock}"
