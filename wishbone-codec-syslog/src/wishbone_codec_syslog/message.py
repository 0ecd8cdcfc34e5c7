"""Reads the parts of a syslog message, in each of the two formats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wishbone import clock
from wishbone_codec_syslog.priority import DEFAULT, PRIORITIES
from wishbone_codec_syslog.structured_data import read_structured_data
from wishbone_codec_syslog.timestamp import DAY, bsd_time, iso_time, writable

if TYPE_CHECKING:
    from datetime import tzinfo

__all__ = ["read_message"]

# RFC 3164, section 4.1, after the priority, and variants of senders: a sequence number, an asterisk, a
# year, fractions of a second or a time zone (network equipment), or the time as RFC 5424 has it.
_CLOCK = r"\d\d:\d\d:\d\d"
_DATE = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]?\d (?:\d{4} )?+"
_BSD = rf"(?:\d++: )?+[*.]?+({_DATE}{_CLOCK})(\.\d{{1,9}})?+(?:(?: [A-Z]{{2,5}})?+:)?+"
_ISO = rf"(\d{{4}}-\d\d-\d\dT{_CLOCK}[^ ]*+)"
_TIME = re.compile(f"(?:{_BSD}|{_ISO}) ", re.ASCII)

# A host has no colon at its end, which a tag has; a local sender leaves the host out.
_HOST = re.compile(r"([^ \[]*+(?<![: \[])) ")
_TAG = re.compile(r"([^ \[:]++)(?:\[([^\]\[ ]*+)\]:?+|:)(?: |$)")


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
        return _rfc3164(text, 0, DEFAULT, zone, certain=False)
    if text.startswith("1 ", end + 1):
        parts = text[end + 3 :].split(" ", 5)
        moment = iso_time(parts[0])
        if len(parts) >= _LEAST and (moment is not None or parts[0] == "-"):
            return _rfc5424(codes, moment, *parts[1:])
    return _rfc3164(text, end + 1, codes, zone, certain=True)


_LEAST = 5
"""Parts after the version of RFC 5424, when the sender leaves out all that it may."""


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
    text: str, at: int, codes: tuple[str, str], zone: tzinfo | None, *, certain: bool
) -> dict[str, Any]:
    """Return a message of RFC 3164, section 4, or of a variant."""
    timestamp = hostname = app_name = proc_id = None
    moment = _TIME.match(text, at)
    # Text that only looks like a time stays in the message.
    if moment is not None and (timestamp := _timestamp(moment, zone)) is not None:
        at = moment.end()
        host = _HOST.match(text, at)
        if host is not None:
            hostname = host[1]
            at = host.end()
    # A word with a colon may begin any text: it is a tag only if something else shows that this is syslog.
    tag = _TAG.match(text, at) if certain or timestamp is not None else None
    if tag is not None:
        app_name, proc_id = tag.groups()
        at = tag.end()
    return {
        "facility": codes[0],
        "severity": codes[1],
        "timestamp": timestamp,
        "hostname": hostname,
        "app_name": app_name,
        "proc_id": proc_id or None,
        "msg_id": None,
        "structured_data": {},
        "message": text[at:],
    }


def _timestamp(moment: re.Match[str], zone: tzinfo | None) -> float | None:
    bsd, fraction, iso = moment.groups()
    if bsd is None:
        return iso_time(iso)
    found = bsd_time(bsd, int(clock.time()) // DAY, zone)
    return None if found is None else writable(found + float(fraction or 0))
