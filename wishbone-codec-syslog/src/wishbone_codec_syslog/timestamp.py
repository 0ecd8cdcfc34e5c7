"""Timestamps of messages, to seconds since 1970 and back."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

__all__ = ["MONTHS", "bsd_text", "bsd_time", "iso_text", "iso_time", "writable"]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

AHEAD = timedelta(days=7)
"""How far a sender's clock may be ahead; a date without a year that is further ahead is of last year."""

DAY = 86_400
"""Seconds."""

YEAR_1 = -62_135_596_800
YEAR_10000 = 253_402_300_800
"""Seconds from 1970 to the first year that can be written with four digits, and to the first that cannot."""


def writable(moment: float) -> float | None:
    """Return a time if it can be written in UTC with a year of four digits (RFC 3339), or else None."""
    return moment if YEAR_1 <= moment < YEAR_10000 else None


def iso_time(text: str) -> float | None:
    """Return the time of RFC 5424, section 6.2.3; without an offset it is local; None if it is not a time."""
    try:
        return writable(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


@lru_cache(maxsize=1024)
def bsd_time(text: str, day: int, zone: tzinfo | None) -> float | None:
    """Return the time of RFC 3164, section 4.1.2, which has neither year nor time zone.

    Args:
        text: Such as `Oct 11 22:14:15`, or `Oct 11 2026 22:14:15` as some senders write it.
        day: Today, in days since 1970: what has no year is of the last year in which it is not to come.
        zone: The sender's time zone; None for that of this machine.

    Returns:
        Seconds since 1970; None if the time does not exist.
    """
    month, date, *year, clock = text.split()
    today = datetime.fromtimestamp(day * DAY, UTC).replace(tzinfo=None)
    for candidate in map(int, year) if year else (today.year + 1, today.year, today.year - 1):
        try:
            hour, minute, second = map(int, clock.split(":"))
            moment = datetime(candidate, MONTHS.index(month) + 1, int(date), hour, minute, second)  # noqa: DTZ001
            if year or moment <= today + AHEAD:
                return moment.replace(tzinfo=zone).timestamp()
        except (ValueError, OverflowError, OSError):
            continue
    return None


def iso_text(moment: float) -> str:
    """Return a time in the format of RFC 5424: UTC, with microseconds."""
    return f"{datetime.fromtimestamp(moment, UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def bsd_text(moment: float) -> str:
    """Return a time in the format of RFC 3164: local, in English in any locale, the day padded."""
    local = time.localtime(moment)
    clock = f"{local.tm_hour:02}:{local.tm_min:02}:{local.tm_sec:02}"
    return f"{MONTHS[local.tm_mon - 1]} {local.tm_mday:2} {clock}"
