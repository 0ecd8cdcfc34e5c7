"""Priority: facilities and severities, by name and by number (RFC 5424, section 6.2.1)."""

from __future__ import annotations

from typing import Any

from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import InvalidData

__all__ = ["DEFAULT", "PRIORITIES", "facility_code", "severity_code"]

FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "security", "console", "clock"),
    *(f"local{number}" for number in range(8)),
)
"""The facilities, each at its number."""

SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
"""The severities, each at its number."""

PRIORITIES = {
    f"{number:0{width}}": (FACILITIES[number // 8], SEVERITIES[number % 8])
    for number in range(8 * len(FACILITIES))
    for width in (1, 2, 3)
}
"""Facility and severity by the text between `<` and `>`; some senders pad it with zeros."""

DEFAULT = ("user", "notice")
"""Facility and severity of a message without a priority (RFC 3164, section 4.3.3)."""

_FACILITY_CODES = {name: number for number, name in enumerate(FACILITIES)}
_SEVERITY_CODES = {name: number for number, name in enumerate(SEVERITIES)} | {
    "emerg": 0,
    "panic": 0,
    "crit": 2,
    "err": 3,
    "warn": 4,
    "informational": 6,
}


def facility_code(value: Any) -> int:
    """Return the number of a facility, 0 to 23, from its name or from that number.

    Raises:
        InvalidData: It does not exist.
    """
    return _code(value, "facility", _FACILITY_CODES, len(FACILITIES) - 1)


def severity_code(value: Any) -> int:
    """Return the number of a severity, 0 to 7, from its name or from that number.

    Raises:
        InvalidData: It does not exist.
    """
    return _code(value, "severity", _SEVERITY_CODES, len(SEVERITIES) - 1)


def _code(value: Any, what: str, codes: dict[str, int], highest: int) -> int:
    name = str(value).strip().lower()
    if name in codes:
        return codes[name]
    if name.isascii() and name.isdecimal() and len(name) <= len("23") and int(name) <= highest:
        return int(name)
    cure = f"give a name, or a number from 0 to {highest}. {did_you_mean(name, codes)}"
    message = f"{value!r} is not a {what}: {cure}"
    raise InvalidData(message)
