"""Messages: how the parts of a syslog message become its bytes, in each of the two formats."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec

from wishbone.event import Log

Protocol = Literal["rfc5424", "rfc3164"]

NIL = "-"
"""What stands for a field that is not given (RFC 5424, section 6)."""

HOSTNAME, APP_NAME, PROCID, MSGID = 255, 48, 128, 32
"""How many characters each field may have (RFC 5424, section 6)."""

TAG = 32
"""How many characters a tag may have (RFC 3164, section 4.1.3)."""

_NOT_PRINTUSASCII = re.compile("[^!-~]")
_NOT_TAG = re.compile(r"[^!-~]|[\[\]:]")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BOM = "\ufeff"


class Header(NamedTuple):
    """What stands before the text of a message."""

    priority: int
    timestamp: float
    hostname: str
    app_name: str
    procid: str
    msgid: str


def rfc5424(header: Header, text: str, *, bom: bool = False) -> str:
    """Return a message as RFC 5424, section 6, has it.

    Args:
        header: What stands before the text, cleaned with `field`.
        text: The text.
        bom: Whether a text with other than ASCII begins with the byte order mark that section 6.4 asks for.
    """
    mark = _BOM if bom and not text.isascii() else ""
    seconds, micros = _split(header.timestamp)
    return (
        f"<{header.priority}>1 {_utc(seconds)}.{micros:06}Z {header.hostname} {header.app_name}"
        f" {header.procid} {header.msgid} - {mark}{text}"
    )


def rfc3164(header: Header, text: str, *, local: bool = False) -> str:
    """Return a message as RFC 3164, section 4, has it.

    Args:
        header: What stands before the text, cleaned with `field`.
        text: The text.
        local: Whether it goes to the local socket, where syslog(3) names no host.
    """
    host = "" if local else f"{header.hostname} "
    tag = _NOT_TAG.sub("_", header.app_name[:TAG])
    process = "" if header.procid == NIL else f"[{_NOT_TAG.sub('_', header.procid)}]"
    return f"<{header.priority}>{_local(_split(header.timestamp)[0])} {host}{tag}{process}: {text}"


def field(text: str, length: int) -> str:
    """Return a text as a field of the header: visible ASCII, not too long, `-` if it is empty."""
    return _NOT_PRINTUSASCII.sub("_", text[:length]) or NIL


def text_of(payload: Any) -> str:
    """Return a payload as text.

    A text is itself, bytes are the text that they are in UTF-8, a log is its module and its message,
    everything else is JSON.

    Raises:
        TypeError: JSON has nothing for such a value.
    """
    if isinstance(payload, str):
        return payload
    if isinstance(payload, (bytes, bytearray, memoryview)):
        return bytes(payload).decode("utf-8", "replace")
    if isinstance(payload, Log):
        return f"{payload.module}: {payload.message}"
    return msgspec.json.encode(payload).decode()


def _split(timestamp: float) -> tuple[int, int]:
    """Return seconds and microseconds, rounded together: 0.9999999 is no second with 1000000 micros."""
    return divmod(round(timestamp * 1_000_000), 1_000_000)


@lru_cache(maxsize=16)
def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


@lru_cache(maxsize=16)
def _local(seconds: int) -> str:
    """Return the time as RFC 3164 has it: local, in English whatever the locale, the day padded."""
    moment = time.localtime(seconds)
    clock = f"{moment.tm_hour:02}:{moment.tm_min:02}:{moment.tm_sec:02}"
    return f"{_MONTHS[moment.tm_mon - 1]} {moment.tm_mday:2} {clock}"
