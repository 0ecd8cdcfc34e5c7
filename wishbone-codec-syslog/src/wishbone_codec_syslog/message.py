"""Reads the parts of a syslog message, in each of the two formats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wishbone_codec_syslog.header import read_header
from wishbone_codec_syslog.priority import DEFAULT, PRIORITIES
from wishbone_codec_syslog.structured_data import read_structured_data
from wishbone_codec_syslog.timestamp import bsd_time, iso_time

if TYPE_CHECKING:
    from datetime import tzinfo

__all__ = ["read_message"]

# What most programs send: a time, a host (not to the local socket) and a tag. Everything else is read by
# `read_header`, also what only looks like this: a year, a zone or a number in the place of host or tag.
_CLOCK = r"\d\d:\d\d:\d\d"
_BSD = rf"[A-Z][a-z]{{2}} [ \d]\d {_CLOCK}"
_ISO = rf"\d{{4}}-\d\d-\d\dT{_CLOCK}[\dZz:+.,-]*+"
_COMMON = re.compile(
    rf"(?:({_BSD})|({_ISO})) (?!\d{{4}}[ :]|[A-Z]{{1,5}}[ :])(?:([\w.:-]++(?<!:)) )?"
    r"([A-Za-z_/%][^ \[:,]*+)(?:\[([^\]\[ ]*+)\]:?+|:)(?: \ufeff?+(?!%[A-Z])|$)",
    re.ASCII,
)
_BAD_PRIORITY = re.compile(r"<(\d{0,4})>")
_VERSION = re.compile(r"[1-9]\d{0,2} (?=-? |\d{4}-\d\d-\d\dT)", re.ASCII)
_ISO_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:[.,]\d++)?(?:[Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
_BEGINS = frozenset("0123456789:*.% JFMASONDTW<\ufeff\0")
"""What a header without a valid priority may begin with, such as a month or a weekday."""

_NOT_TEXT = "\ufeff\0"
"""A byte order mark, and what a crash leaves in a file."""


def read_message(text: str, zone: tzinfo | None) -> dict[str, Any]:
    """Return the parts of a message; those that it does not have are None.

    Text in neither format is all message, as in rsyslog.

    Args:
        text: The message, without its frame.
        zone: The time zone of times without one; None for that of this machine.
    """
    end = text.find(">", 2, 5) if text.startswith("<") else -1
    codes = PRIORITIES.get(text[1:end]) if end > 0 else None
    if codes is None:
        return _without_priority(text, zone)
    if text.startswith("1 ", end + 1):
        parts = text[end + 3 :].split(" ", 5)
        moment = iso_time(parts[0], zone)
        if len(parts) >= _LEAST and (moment is not None or parts[0] == "-"):
            return _rfc5424(codes, moment, *parts[1:])
    return _rfc3164(text, end + 1, codes, zone)


_LEAST = 5
"""Parts after the version of RFC 5424, when the sender leaves out all that it may."""


def _without_priority(text: str, zone: tzinfo | None) -> dict[str, Any]:
    if text[:1] not in _BEGINS:
        return _all_message(text)
    if text[0] in _NOT_TEXT:
        return read_message(text.lstrip(_NOT_TEXT), zone)
    bad = _BAD_PRIORITY.match(text)
    if bad is None:
        return _rfc3164(text, 0, DEFAULT, zone, certain=False)
    value = _rfc3164(text, bad.end(), DEFAULT, zone, certain=False)
    if value["message"] == text[bad.end() :]:
        value["message"] = text
    elif bad[1]:
        value["structured_data"] = {
            "header": {"priority": bad[1], **value["structured_data"].get("header", {})}
        }
    return value


def _rfc5424(  # noqa: PLR0917 - a message has as many parts
    codes: tuple[str, str],
    moment: float | None,
    hostname: str,
    app_name: str,
    proc_id: str,
    msg_id: str,
    rest: str = "",
) -> dict[str, Any]:
    """Return a message of RFC 5424, section 6. Some senders leave out the structured data."""
    data, message = ({}, rest[2:]) if rest.startswith("- ") else read_structured_data(rest)
    return {
        "facility": codes[0],
        "severity": codes[1],
        "timestamp": moment,
        "hostname": None if hostname == "-" else hostname,
        "app_name": None if app_name == "-" else app_name,
        "proc_id": None if proc_id == "-" else proc_id,
        "msg_id": None if msg_id == "-" else msg_id,
        "structured_data": data,
        "message": message.removeprefix("\ufeff"),
    }


def _rfc3164(
    text: str, at: int, codes: tuple[str, str], zone: tzinfo | None, *, certain: bool = True
) -> dict[str, Any]:
    """Return a message of RFC 3164, section 4, or of a variant."""
    common = _COMMON.match(text, at)
    if common is not None:
        bsd, iso, hostname, app_name, proc_id = common.groups()
        timestamp = bsd_time(bsd, zone) if bsd else iso_time(iso, zone)
        if timestamp is not None:
            return {
                "facility": codes[0],
                "severity": codes[1],
                "timestamp": timestamp,
                "hostname": hostname,
                "app_name": app_name,
                "proc_id": proc_id or None,
                "msg_id": None,
                "structured_data": {},
                "message": text[common.end() :],
            }
    return _unusual(text, at, codes, zone, certain=certain)


def _all_message(text: str) -> dict[str, Any]:
    return {
        "facility": DEFAULT[0],
        "severity": DEFAULT[1],
        "timestamp": None,
        "hostname": None,
        "app_name": None,
        "proc_id": None,
        "msg_id": None,
        "structured_data": {},
        "message": text,
    }


def _unusual(
    text: str, at: int, codes: tuple[str, str], zone: tzinfo | None, *, certain: bool
) -> dict[str, Any]:
    """Return a message whose time cannot be read, of another version, or of a device."""
    version = _VERSION.match(text, at) if certain else None
    if version is not None:
        parts = text[version.end() :].split(" ", 5)
        moment = iso_time(parts[0], zone)
        if len(parts) >= _LEAST and (moment is not None or _ISO_SHAPE.fullmatch(parts[0])):
            value = _rfc5424(codes, moment, *parts[1:])
            if moment is None:
                value["structured_data"].setdefault("header", {})["timestamp"] = parts[0]
            return value
    header = read_header(text, at, zone, certain=certain)
    return {
        "facility": codes[0],
        "severity": codes[1],
        "timestamp": header.timestamp,
        "hostname": header.hostname,
        "app_name": header.app_name,
        "proc_id": header.proc_id or None,
        "msg_id": None,
        "structured_data": {"header": header.rest} if header.rest else {},
        "message": header.message,
    }
