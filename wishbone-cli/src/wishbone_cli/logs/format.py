"""Formats a log as one line that is safe for a terminal, whatever payload it contains."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wishbone.event import Log

LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
"""The names of the syslog severities, 0 to 7 (RFC 5424, section 6.2.1)."""

_COLOURS = ("1;31", "1;31", "1;31", "31", "33", "36", "32", "2")
_RESET = "\x1b[0m"

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters (C0, C1), line separators, marks that change the direction of text, lone surrogates."""


def escape(text: str) -> str:
    """Return the text with everything escaped that could control a terminal or forge a line."""
    return _UNSAFE.sub(_escape_character, text)


def _escape_character(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def format_text(log: Log, colour: bool = False) -> str:
    """Return a log as a line for people: time, level, module, message, and the event's uuid."""
    time = datetime.fromtimestamp(log.time, UTC).astimezone()
    level = f"{_level(log):9}"
    if colour:
        level = f"\x1b[{_COLOURS[_severity(log)]}m{level}{_RESET}"
    about = f" (event {escape(log.uuid)})" if log.uuid else ""
    stamp = f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03}"
    return f"{stamp} {level} {escape(log.module)}: {escape(str(log.message))}{about}"


def format_json(log: Log) -> str:
    """Return a log as a JSON object on one line."""
    import json  # noqa: PLC0415 - only JSON logs need it

    fields = {
        "time": datetime.fromtimestamp(log.time, UTC).isoformat(),
        "level": _level(log),
        "pid": log.pid,
        "module": log.module,
        "message": str(log.message),
    }
    return json.dumps({**fields, "uuid": log.uuid} if log.uuid else fields)


def _severity(log: Log) -> int:
    return min(max(log.level, 0), len(LEVELS) - 1)


def _level(log: Log) -> str:
    return LEVELS[_severity(log)]
