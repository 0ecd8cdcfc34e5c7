"""SyslogEncoder: writes a syslog message of each value."""

from __future__ import annotations

import re
import socket
from typing import Any, Literal

from wishbone import clock
from wishbone.codec import Encoder
from wishbone.codecs.json import to_json
from wishbone.error import ConfigError, InvalidData
from wishbone.event import Log
from wishbone_codec_syslog.priority import facility_code, severity_code
from wishbone_codec_syslog.timestamp import bsd_text, iso_text, writable

__all__ = ["SyslogEncoder"]

PARTS = frozenset(
    (
        *("facility", "severity", "timestamp", "hostname", "app_name", "proc_id", "msg_id"),
        *("structured_data", "message"),
    )
)
"""What the mapping of a message has."""

NIL = "-"
"""What stands for a part that is not given (RFC 5424, section 6)."""

HOSTNAME, APP_NAME, PROC_ID, MSG_ID = 255, 48, 128, 32
"""How many characters each part may have (RFC 5424, section 6)."""

TAG = 32
"""How many characters a tag may have (RFC 3164, section 4.1.3)."""

_NOT_PRINTABLE = re.compile("[^!-~]")
_NOT_TAG = re.compile(r"[^!-~]|[\[\]:]")
_SD_NAME = re.compile(r"[!#-<>-\\^-~]{1,32}")
"""Visible ASCII but for `"`, `=` and `]` (RFC 5424, section 6.3.2)."""

_SD_SPECIAL = re.compile(r"[\"\\\]]")
_ENDS = re.compile(b"[\n\r\0]")


class SyslogEncoder(Encoder):
    """Writes a syslog message of each value.

    A mapping is written as the decoder of this name makes it: `facility`, `severity`, `timestamp`,
    `hostname`, `app_name`, `proc_id`, `msg_id`, `structured_data` and `message`, of which any may be left
    out. A text is a message, a log its module and its text with its own severity, and everything else,
    also a mapping with other keys, is a message in JSON.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {app_name: demo, severity: warning, message: Hello world!}, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {encoder: {syslog: {protocol: rfc3164, framing: newline}}}
        routingtable:
          - input.outbox -> stdout.inbox

    An event fails when its facility or severity is none, when its timestamp is no time of the years 1 to
    9999, when a name in the structured data cannot be one, and when JSON has nothing for its payload.

    Args:
        protocol: `rfc5424` or `rfc3164`, which has no message id and no structured data.
        framing: `octet` (each message tells its length, RFC 6587), `newline` (newlines within a message are
            written as `#012`), or `none`, for datagrams.
        facility: What messages have that tell none: a name such as `local0`, or a number from 0 to 23.
        severity: What messages have that tell none: a name such as `warning`, or a number from 0 to 7.
        hostname: What messages have that tell none; if it is not given, this machine's name.
        app_name: What messages have that tell none.
    """

    def __init__(  # noqa: PLR0917 - a codec has as many arguments as it has options
        self,
        protocol: Literal["rfc5424", "rfc3164"] = "rfc5424",
        framing: Literal["octet", "newline", "none"] = "octet",
        facility: str | int = "user",
        severity: str | int = "notice",
        hostname: str | None = None,
        app_name: str = "wishbone",
    ) -> None:
        """Begin at the beginning of a stream.

        Raises:
            ConfigError: There is no such facility or severity.
        """
        try:
            facility_code(facility)
            severity_code(severity)
        except InvalidData as error:
            raise ConfigError(str(error)) from None
        self._write = _rfc5424 if protocol == "rfc5424" else _rfc3164
        self._frame = _FRAMES[framing]
        self._defaults = {
            "facility": facility,
            "severity": severity,
            "hostname": hostname,
            "app_name": app_name,
        }

    def encode(self, value: Any) -> bytes:
        """Return a message in its frame.

        Raises:
            InvalidData: A part of the message cannot be one, or JSON has nothing for the value.
        """
        if self._defaults["hostname"] is None:
            self._defaults["hostname"] = socket.gethostname()
        told = {name: part for name, part in _parts_of(value).items() if part is not None}
        parts = {**self._defaults, **told}
        priority = facility_code(parts["facility"]) * 8 + severity_code(parts["severity"])
        text = self._write(parts, _timestamp(parts.get("timestamp")))
        return self._frame(f"<{priority}>{text}".encode("utf-8", "backslashreplace"))


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
    message = f"The timestamp {value!r} is no time of the years 1 to 9999: give seconds since 1970, or none."
    raise InvalidData(message)


def _rfc5424(parts: dict[str, Any], moment: float) -> str:
    """Return what follows the priority as RFC 5424, section 6, has it."""
    hostname, app_name = _field(parts["hostname"], HOSTNAME), _field(parts["app_name"], APP_NAME)
    proc_id, msg_id = _field(parts.get("proc_id"), PROC_ID), _field(parts.get("msg_id"), MSG_ID)
    data = _structured_data(parts.get("structured_data") or {})
    text = _text(parts.get("message"))
    return f"1 {iso_text(moment)} {hostname} {app_name} {proc_id} {msg_id} {data} {text}"


def _rfc3164(parts: dict[str, Any], moment: float) -> str:
    """Return what follows the priority as RFC 3164, section 4, has it."""
    tag = _NOT_TAG.sub("_", str(parts["app_name"])[:TAG])
    proc_id = parts.get("proc_id")
    process = "" if proc_id is None else f"[{_NOT_TAG.sub('_', str(proc_id))}]"
    host = _field(parts["hostname"], HOSTNAME)
    return f"{bsd_text(moment)} {host} {tag}{process}: {_text(parts.get('message'))}"


def _field(value: Any, length: int) -> str:
    """Return a part of the header: visible ASCII, not too long, `-` if it is empty."""
    return NIL if value is None else _NOT_PRINTABLE.sub("_", str(value)[:length]) or NIL


def _structured_data(elements: Any) -> str:
    """Return structured data as RFC 5424, section 6.3, has it."""
    if not elements:
        return NIL
    try:
        return "".join(f"[{_name(name)}{_parameters(content)}]" for name, content in elements.items())
    except AttributeError:
        message = "The structured data is no mapping of mappings: give {name: {parameter: value}}."
        raise InvalidData(message) from None


def _parameters(content: dict[str, Any]) -> str:
    """Return the parameters of an element; a list is a parameter that is there more than once."""
    return "".join(
        f' {_name(name)}="{_SD_SPECIAL.sub(_escape, _text(item))}"'
        for name, value in content.items()
        for item in (value if isinstance(value, list) else [value])
    )


def _name(value: Any) -> str:
    if isinstance(value, str) and _SD_NAME.fullmatch(value):
        return value
    message = (
        f"{value!r} cannot be a name in structured data: use at most 32 visible characters of ASCII, without"
        " space, quote, '=' and ']' (RFC 5424, section 6.3.2)."
    )
    raise InvalidData(message)


def _escape(special: re.Match[str]) -> str:
    return f"\\{special[0]}"


def _text(value: Any) -> str:
    """Return a text as it is, bytes as the text that they are in UTF-8, everything else as JSON."""
    if value is None:
        return ""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "backslashreplace")
    return value if isinstance(value, str) else to_json(value).decode()


def _counted(message: bytes) -> bytes:
    """Put a message's length before it (RFC 6587, section 3.4.1)."""
    return b"%d %b" % (len(message), message)


def _line(message: bytes) -> bytes:
    """End a message with a newline (RFC 6587, section 3.4.2); what could be one is shown as rsyslog does."""
    return _ENDS.sub(_show, message) + b"\n"


def _datagram(message: bytes) -> bytes:
    return message


_FRAMES = {"octet": _counted, "newline": _line, "none": _datagram}


def _show(end: re.Match[bytes]) -> bytes:
    return b"#%03o" % end[0][0]
