"""SyslogEncoder: writes each value as a syslog message."""

from __future__ import annotations

import re
import socket
from typing import Annotated, Any, Literal

from msgspec import Meta

from wishbone import clock
from wishbone.codec import Encoder
from wishbone.error import ConfigError, InvalidData
from wishbone.event import Log
from wishbone_codec_syslog.priority import facility_code, severity_code
from wishbone_codec_syslog.timestamp import writable
from wishbone_codec_syslog.writer import WRITERS, text_of

__all__ = ["SyslogEncoder"]

PARTS = frozenset(
    (
        *("facility", "severity", "timestamp", "hostname", "app_name", "proc_id", "msg_id"),
        *("structured_data", "message"),
    )
)
"""The keys of a message's mapping."""

_BOM = "\ufeff"
_ENDS = re.compile(b"[\n\r\0]")


class SyslogEncoder(Encoder):
    """Writes each value as a syslog message.

    A mapping is written if it has the keys that the decoder of this name makes: `message` and any of
    `facility`, `severity`, `timestamp`, `hostname`, `app_name`, `proc_id`, `msg_id` and
    `structured_data`. A text is the message itself; a log is its module and its text, with its own
    severity, time and process; everything else, also a mapping with other keys, is written as JSON.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {app_name: demo, severity: warning, message: Hello world!}, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {encoder: {syslog: {protocol: rfc3164, framing: newline}}}
        routingtable:
          - input.outbox -> stdout.inbox

    An event fails when its facility or severity does not exist, when its timestamp is not within the years
    1 to 9999, when a name in the structured data is not allowed, when its payload cannot be written as
    JSON, and when its message is too long.

    Args:
        protocol: `rfc5424`; `rfc3164`, which has no message id and no structured data; or `local`, which is
            that without a host, as syslog(3) writes it to `/dev/log`.
        framing: `octet` (each message begins with its length, RFC 6587), `newline` (newlines within a
            message are written as `#012`), or `none`, for datagrams.
        facility: The facility of messages that have none: a name such as `local0`, or a number from 0 to 23.
        severity: The severity of messages that have none: a name such as `warning`, or a number from 0 to 7.
        hostname: The host of messages that have none; this machine's name by default.
        app_name: The program of messages that have none.
        bom: Whether texts that are not ASCII begin with a byte order mark, as RFC 5424 asks for; rsyslog
            takes it as a part of the text.
        max_size: Bytes of the longest message; no limit by default.
        truncate: Whether a longer message is cut; it fails otherwise.
    """

    def __init__(  # noqa: PLR0917 - a codec has as many arguments as it has options
        self,
        protocol: Literal["rfc5424", "rfc3164", "local"] = "rfc5424",
        framing: Literal["octet", "newline", "none"] = "octet",
        facility: str | int = "user",
        severity: str | int = "notice",
        hostname: str | None = None,
        app_name: str = "wishbone",
        bom: bool = False,
        max_size: Annotated[int, Meta(ge=480)] | None = None,
        truncate: bool = False,
    ) -> None:
        """Begin a stream.

        Raises:
            ConfigError: The facility or the severity does not exist.
        """
        try:
            facility_code(facility)
            severity_code(severity)
        except InvalidData as error:
            raise ConfigError(str(error)) from None
        self._write = WRITERS[protocol]
        self._frame = _FRAMES[framing]
        self._mark = _BOM if bom and protocol == "rfc5424" else ""
        self._max_size = max_size
        self._truncate = truncate
        self._defaults = {
            "facility": facility,
            "severity": severity,
            "hostname": hostname,
            "app_name": app_name,
        }

    def encode(self, value: Any) -> bytes:
        """Return a message in its frame.

        Raises:
            InvalidData: A part of the message is not allowed, the value cannot be written as JSON, or the
                message is too long.
        """
        if self._defaults["hostname"] is None:
            self._defaults["hostname"] = socket.gethostname()
        given = {name: part for name, part in _parts_of(value).items() if part is not None}
        parts = {**self._defaults, **given}
        priority = facility_code(parts["facility"]) * 8 + severity_code(parts["severity"])
        text = text_of(parts.get("message"))
        if self._mark and not text.isascii():
            text = self._mark + text
        written = self._write(parts, _timestamp(parts.get("timestamp")), text)
        return self._frame(self._fit(f"<{priority}>{written}".encode("utf-8", "backslashreplace")))

    def _fit(self, message: bytes) -> bytes:
        if self._max_size is None or len(message) <= self._max_size:
            return message
        if self._truncate:
            return message[: self._max_size].decode("utf-8", "ignore").encode()
        text = (
            f"The message has {len(message)} bytes, more than the {self._max_size} of 'max_size': many"
            " receivers cut longer ones. Raise 'max_size' if yours does not, or set 'truncate'."
        )
        raise InvalidData(text)


def _parts_of(value: Any) -> dict[str, Any]:
    if isinstance(value, dict) and "message" in value and PARTS.issuperset(value):
        return value
    if isinstance(value, Log):
        message = f"{value.module}: {value.message}"
        return {"severity": value.level, "timestamp": value.time, "proc_id": value.pid, "message": message}
    return {"message": value}


def _timestamp(value: Any) -> float:
    if value is None:
        return clock.time()
    if isinstance(value, (int, float)) and not isinstance(value, bool) and writable(value) is not None:
        return value
    message = f"The timestamp {value!r} is not within the years 1 to 9999: give seconds since 1970."
    raise InvalidData(message)


def _counted(message: bytes) -> bytes:
    """Put a message's length before it (RFC 6587, section 3.4.1)."""
    return b"%d %b" % (len(message), message)


def _line(message: bytes) -> bytes:
    """End a message with a newline (RFC 6587, section 3.4.2); those within it are shown as rsyslog does."""
    return _ENDS.sub(_show, message) + b"\n"


def _datagram(message: bytes) -> bytes:
    return message


_FRAMES = {"octet": _counted, "newline": _line, "none": _datagram}


def _show(end: re.Match[bytes]) -> bytes:
    return b"#%03o" % end[0][0]
