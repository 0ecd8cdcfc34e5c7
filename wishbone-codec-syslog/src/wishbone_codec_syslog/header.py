"""Header: what devices and old programs write before the text of a message.

Network devices take RFC 3164 as an example only: Cisco (IOS, IOS XR, NX-OS, ASA, WLC), Huawei, H3C, Aruba,
Meraki, UniFi, Fortinet. Relays and syslogd itself have forms of their own as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wishbone_codec_syslog.moment import Moment, find_moment
from wishbone_codec_syslog.timestamp import iso_time

if TYPE_CHECKING:
    from datetime import tzinfo

__all__ = ["Header", "read_header"]

_NUMBER = re.compile(r" *+(?:: ?)?+(?:\d++: ++)*+(?=%)", re.ASCII)

_OF_SYSLOGD = r"(?!-+ MARK -+|(?:-+ )?[Ll]ast message (?:'.*' )?repeated )"
_TAG = r"(?!\d++: |[{\"<])([^ \[:]++)(?:\[([^\]\[ ]*+)\]:?+|:)(?: |$)"

_UNIFI = r"([^ ,:]++)[ ,]([0-9a-f]{12},[^ :,]++)(?:: |$)"
_WORD = r"[^ \[\]()<>{}\"'|=,;%]"
_HOST = re.compile(
    rf"{_OF_SYSLOGD}(?:{_UNIFI}|Message forwarded from ([^ :]++):? |\(\"([^\"]++)\"\) "
    rf"|({_WORD}+): (?=%[A-Z][\w-]*-\d-)"
    rf"|([^ \[%][^ \[]*+)(?<!:) (?={_TAG})|({_WORD}++)(?<!:) (?:: ?(?=%))?)"
)
"""UniFi, AIX, older UniFi, ASA, any word before a tag, and a word of usual characters."""

_RELAYED = re.compile(r"(?=\d++: |: |[*.%][A-Z]|[A-Z0-9]++/)", re.ASCII)

_TAGS = re.compile(
    rf"{_OF_SYSLOGD}(?:{_TAG}"
    # Without a space after the colon (Huawei), or with one before it (IOS XR).
    r"|(%[^ \[:]++|%{0,2}\w++/\d/[^ \[:]++)(?:\[(\d++)\])?+ ?: ?"
    # Words (Synology, macOS).
    r"|(\w[\w.+()-]*+(?: [\w.+()-]++){1,4})\[(\d++)\]: "
    r"|([A-Z][\w.+-]*+(?: [A-Z][\w.+-]*+){1,3})(): (?=.))"
)

_UNIFI_FIRST = re.compile(_UNIFI)
_FORTINET = re.compile(r"date=(\d{4}-\d\d-\d\d) time=(\d\d:\d\d:\d\d) ", re.ASCII)
_FORTINET_FIELD = re.compile(r" (devname|tz)=\"?([^ \"]++)")


@dataclass(slots=True)
class Header:
    """The parts of a header, and the text after it."""

    timestamp: float | None = None
    hostname: str | None = None
    app_name: str | None = None
    proc_id: str | None = None
    message: str = ""
    rest: dict[str, str] = field(default_factory=dict)
    """What has no place of its own: a time that cannot be read, the time since the start, a line card."""


def read_header(text: str, at: int, zone: tzinfo | None, *, certain: bool) -> Header:
    """Return the parts of a header.

    Args:
        text: The message.
        at: Where the header begins, after the priority.
        zone: The time zone of times without one; None for that of this machine.
        certain: Whether a priority shows that it is syslog; other text needs a date.
    """
    header = Header()
    moment = find_moment(text, at, zone)
    if moment is not None and (certain or "uptime" not in moment.rest):
        at = _take(header, moment)
        if not moment.closed:
            at = _read_host(header, text, at, zone)
        at = _read_tag(header, text, at)
    elif certain:
        at = _read_without_time(header, text, at, zone)
    header.message = text[at:].removeprefix("\ufeff")
    return header


def _take(header: Header, moment: Moment) -> int:
    if moment.timestamp is not None:
        header.timestamp = moment.timestamp
    header.hostname = moment.hostname or header.hostname
    header.rest |= moment.rest
    return moment.end


def _read_without_time(header: Header, text: str, at: int, zone: tzinfo | None) -> int:
    """Read a header without a time, and return where it ends."""
    number = _NUMBER.match(text, at)
    if number is not None:
        return _read_tag(header, text, number.end())
    if fortinet := _FORTINET.match(text, at):
        fields = dict(_FORTINET_FIELD.findall(text, at))
        header.hostname = fields.get("devname")
        header.timestamp = iso_time(f"{fortinet[1]}T{fortinet[2]}{fields.get('tz', '')}", zone)
        return at
    if _UNIFI_FIRST.match(text, at):
        at = _read_host(header, text, at, zone)
    return _read_tag(header, text, at)


def _read_host(header: Header, text: str, at: int, zone: tzinfo | None) -> int:
    """Read the host after the time, and return where it ends."""
    found = _HOST.match(text, at)
    if found is None:
        return at
    unifi, device, *others = found.groups()
    if device:
        header.rest["device"] = device
        header.hostname = unifi
        return found.end()
    forwarded, older, asa, before_tag, _, _, word = others
    header.hostname = forwarded or older or asa or before_tag or word
    # A relay puts a header of its own before the whole message of a network device.
    if not _RELAYED.match(text, found.end()):
        return found.end()
    relayed = find_moment(text, found.end(), zone)
    if relayed is not None and relayed.sure:
        return _take(header, relayed)
    number = _NUMBER.match(text, found.end())
    return found.end() if number is None else number.end()


def _read_tag(header: Header, text: str, at: int) -> int:
    """Read the tag, and return where it ends."""
    found = _TAGS.match(text, at)
    if found is None:
        return at
    tag, process, device, count, with_process, number, words, _ = found.groups()
    if (with_process or words) and header.hostname is None:
        return at
    header.app_name = tag or device or with_process or words
    header.proc_id = process or count or number
    return found.end()
