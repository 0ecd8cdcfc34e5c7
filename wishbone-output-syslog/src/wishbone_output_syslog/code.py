"""Codes: the facilities and severities of syslog, by name and by number (RFC 5424, section 6.2.1)."""

from __future__ import annotations

from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import InvalidData

_FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "security", "console", "clock"),
    *(f"local{number}" for number in range(8)),
)
_SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")

FACILITIES = {name: number for number, name in enumerate(_FACILITIES)}
"""The number of each facility."""

SEVERITIES = {name: number for number, name in enumerate(_SEVERITIES)} | {
    "emerg": 0,
    "panic": 0,
    "crit": 2,
    "err": 3,
    "warn": 4,
    "informational": 6,
}
"""The number of each severity, by the names of the RFC and by those of syslog(3)."""


def facility_code(text: str) -> int:
    """Return the number of a facility, 0 to 23, from its name or from that number.

    Raises:
        InvalidData: There is no such facility.
    """
    return _code(text, "facility", FACILITIES, 23)


def severity_code(text: str) -> int:
    """Return the number of a severity, 0 to 7, from its name or from that number.

    Raises:
        InvalidData: There is no such severity.
    """
    return _code(text, "severity", SEVERITIES, 7)


def _code(text: str, what: str, codes: dict[str, int], highest: int) -> int:
    name = text.strip().lower()
    if name in codes:
        return codes[name]
    if name.isdecimal() and len(name) <= len("23") and int(name) <= highest:
        return int(name)
    message = (
        f"{text!r} is no {what}: give a name, or a number from 0 to {highest}. {did_you_mean(name, codes)}"
    )
    raise InvalidData(message)
