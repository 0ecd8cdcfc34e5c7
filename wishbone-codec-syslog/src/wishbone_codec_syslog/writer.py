"""Writers: the text of a syslog message from its parts, in each of the formats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wishbone.codecs.json import to_json
from wishbone.error import InvalidData
from wishbone_codec_syslog.timestamp import bsd_text, iso_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["WRITERS", "text_of"]

NIL = "-"
"""A part that is not given (RFC 5424, section 6)."""

HOSTNAME, APP_NAME, PROC_ID, MSG_ID = 255, 48, 128, 32
"""The longest value of each part, in characters (RFC 5424, section 6)."""

TAG = 32
"""The longest tag, in characters (RFC 3164, section 4.1.3)."""

_NOT_PRINTABLE = re.compile("[^!-~]")
_NOT_TAG = re.compile(r"[^!-~]|[\[\]:]")
_SD_NAME = re.compile(r"[!#-<>-\\^-~]{1,32}")
"""Visible ASCII but for `"`, `=` and `]` (RFC 5424, section 6.3.2)."""

_SD_SPECIAL = re.compile(r"[\"\\\]]")


def text_of(value: Any) -> str:
    """Return a text as it is, bytes as UTF-8 with other bytes escaped, everything else as JSON."""
    if value is None:
        return ""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "backslashreplace")
    return value if isinstance(value, str) else to_json(value).decode()


def _rfc5424(parts: Mapping[str, Any], moment: float, text: str) -> str:
    """Return what follows the priority in RFC 5424, section 6."""
    hostname, app_name = _field(parts["hostname"], HOSTNAME), _field(parts["app_name"], APP_NAME)
    proc_id, msg_id = _field(parts.get("proc_id"), PROC_ID), _field(parts.get("msg_id"), MSG_ID)
    data = _structured_data(parts.get("structured_data") or {})
    return f"1 {iso_text(moment)} {hostname} {app_name} {proc_id} {msg_id} {data} {text}"


def _rfc3164(parts: Mapping[str, Any], moment: float, text: str) -> str:
    """Return what follows the priority in RFC 3164, section 4."""
    return f"{bsd_text(moment)} {_field(parts['hostname'], HOSTNAME)} {_tag(parts)}: {text}"


def _local(parts: Mapping[str, Any], moment: float, text: str) -> str:
    """Return what follows the priority in what syslog(3) writes to the local socket, without a host."""
    return f"{bsd_text(moment)} {_tag(parts)}: {text}"


WRITERS: dict[str, Callable[[Mapping[str, Any], float, str], str]] = {
    "rfc5424": _rfc5424,
    "rfc3164": _rfc3164,
    "local": _local,
}
"""What writes a message, by protocol: from its parts, its time and its text."""


def _tag(parts: Mapping[str, Any]) -> str:
    name = _NOT_TAG.sub("_", str(parts["app_name"])[:TAG]) or NIL
    proc_id = _field(parts.get("proc_id"), PROC_ID)
    return name if proc_id == NIL else f"{name}[{_NOT_TAG.sub('_', proc_id)}]"


def _field(value: Any, length: int) -> str:
    """Return a part of the header: visible ASCII, not too long, `-` if it is empty."""
    return NIL if value is None else _NOT_PRINTABLE.sub("_", str(value)[:length]) or NIL


def _structured_data(elements: Any) -> str:
    """Return structured data (RFC 5424, section 6.3)."""
    if not elements:
        return NIL
    try:
        return "".join(f"[{_name(name)}{_parameters(content)}]" for name, content in elements.items())
    except AttributeError:
        message = "The structured data is not a mapping of mappings: give {name: {parameter: value}}."
        raise InvalidData(message) from None


def _parameters(content: dict[str, Any]) -> str:
    """Return the parameters of an element; a list is a parameter that occurs more than once."""
    return "".join(
        f' {_name(name)}="{_SD_SPECIAL.sub(_escape, text_of(item))}"'
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
