"""Moment: the time in a header, in the ways of devices and old programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from wishbone.times import zone_named
from wishbone_codec_syslog.timestamp import bsd_time, iso_time, writable

if TYPE_CHECKING:
    from datetime import tzinfo

__all__ = ["Moment", "find_moment"]

_CLOCK = r"\d\d:\d\d:\d\d"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_YEAR = r"(?:19|20)\d\d"
_OFFSET = r"\ ?(?:UTC|GMT)?[+-]\d\d?(?::?\d\d)?(?!\d)"

_MOMENT = rf"""
    (?P<time>
        (?:(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat),?\ )?+
        (?:(?P<year_first>{_YEAR})\ )?+                               # NX-OS
        (?P<day>{_MONTH}\ [\ \d]?\d)
        (?:\ (?P<year_within>\d{{4}}))?+
        \ (?P<clock>{_CLOCK})
        (?:[.,:](?P<fraction>\d{{1,9}}))?+                            # a colon: H3C
        (?:\ (?P<year_last>{_YEAR})(?=[ :]))?+
        (?P<zone>{_OFFSET}|\ [A-Z]{{1,5}}(?=\ ?:|\ ))?+
        (?:\ (?P<year_end>{_YEAR})(?=[ :]))?+                         # date(1)
    |
        (?P<date>\d{{4}}-\d\d?-\d\d?)[Tt ](?P<date_clock>{_CLOCK}(?:[.,]\d++)?+)
        (?P<date_zone>[Zz]|{_OFFSET}|\ [A-Z]{{1,5}}(?=\ ?:|\ ))?+
    |
        (?:1\ )?(?P<epoch>\d{{9,10}}\.\d{{1,9}})                      # Meraki
    |
        (?P<uptime>{_CLOCK}(?:\.\d++)?+(?=:)|(?:\d++[ywdhms])++(?=:)) # IOS without a clock
    )
    (?:(?P<colon>\ ?:)\ ?|(?P<space>\ ++))
"""
_NUMBERS = r"\ *+(?:(?::\ ?)(?:\d++:\ ++)*+|(?:\d++:\ ++)++)"  # of IOS; a colon: NX-OS and ASA
_NODE = r"(?P<node>[A-Z0-9]++(?:/[A-Z0-9]++)++):"  # the line card of IOS XR
_TASK = r"\*(?P<task>[^\s:*]++):\ "  # of a Cisco WLC
_HOST = r"(?P<host>[^\s:\[\],=%]++|[0-9A-Fa-f:.]*[0-9A-Fa-f])"
_CLOCK_STATE = r"(?P<state>[*.%])?+"  # not set, not synchronized; a log, for H3C

_FORMS = [
    re.compile(form, re.ASCII | re.VERBOSE)
    for form in (
        rf"(?P<sure>{_NUMBERS})?+\ *+(?:{_TASK})?+(?:{_NODE})?+{_CLOCK_STATE}{_MOMENT}",
        rf"(?P<sure>{_NUMBERS}){_HOST}:\ (?:{_TASK})?+{_CLOCK_STATE}{_MOMENT}",
        rf"(?P<sure>{_NUMBERS})?+{_HOST}:?\ {_NODE}{_CLOCK_STATE}{_MOMENT}",
        rf"(?P<sure>){_HOST}:\ (?:{_TASK})?+{_CLOCK_STATE}{_MOMENT}(?<=:\ )(?=[%\#])",
    )
]
"""What may come before a time: a host with a colon needs something else that shows a network device."""


_TAG = re.compile(r"[^ \[:]++(?:\[[^\]\[ ]*+\]:?+|:)(?: |$)")


_PLAIN = re.compile(
    rf"(?:([A-Z][a-z]{{2}} [ \d]\d {_CLOCK})|(\d{{4}}-\d\d-\d\dT{_CLOCK}[\dZz:+.,-]*+(?<!:)))"
    rf" (?!{_YEAR}[ :]|[A-Z]{{1,5}}[ :]|(?:UTC|GMT)?[+-]\d| )",
    re.ASCII,
)
"""The times of RFC 3164 and RFC 5424, which are the most frequent."""


class Moment(NamedTuple):
    """A time in a header, with what comes before it."""

    timestamp: float | None
    """None if it cannot be read."""

    end: int
    """Where the text after it begins."""

    closed: bool
    """Whether a colon ends it, and no host comes after it."""

    sure: bool
    """Whether only a network device writes this."""

    hostname: str | None

    rest: dict[str, str]
    """What has no place of its own in a message."""


def find_moment(text: str, at: int, zone: tzinfo | None) -> Moment | None:
    """Return the time that a header begins with, if it begins with one.

    Args:
        text: The message.
        at: Where the header begins.
        zone: The time zone of times without one; None for that of this machine.
    """
    plain = _PLAIN.match(text, at)
    if plain is not None:
        timestamp = bsd_time(plain[1], zone) if plain[1] else iso_time(plain[2], zone)
        if timestamp is not None:
            return Moment(timestamp, plain.end(), closed=False, sure=False, hostname=None, rest={})
    for form in _FORMS:
        found = form.match(text, at)
        if found is not None:
            return _moment(found, zone)
    return None


def _moment(found: re.Match[str], zone: tzinfo | None) -> Moment:
    parts = found.groupdict()
    uptime, node, task = parts["uptime"], parts.get("node"), parts.get("task")
    sure = bool(parts["sure"] or node or task or parts["state"] or uptime)
    end, closed = found.end(), parts["colon"] is not None
    readable = uptime is None
    if written := parts["zone"] or parts["date_zone"]:
        name = written.strip()
        named = zone_named(name, zone)
        if named is not None and (sure or _is_zone(found, name)):
            zone = named
        elif sure and closed:
            readable = False
        else:  # a host, or a tag
            end, closed = found.start("zone" if parts["zone"] else "date_zone") + 1, False
    timestamp = _timestamp(parts, zone) if readable else None
    rest: dict[str, str] = {}
    if node or task or uptime:
        named_parts = (("node", node), ("task", task), ("uptime", uptime))
        rest = {key: part for key, part in named_parts if part}
    if timestamp is None and uptime is None:
        rest["timestamp"] = found.string[found.start("time") : min(found.end("time"), end)].strip()
    return Moment(timestamp, end, closed, sure, parts.get("host"), rest)


def _is_zone(found: re.Match[str], name: str) -> bool:
    """Return whether a word is a time zone, and not a host or a program that has the name of one."""
    if not name.isalpha() or name in {"UTC", "GMT"} or found["date_zone"] in {"Z", "z"}:
        return True
    if found["colon"]:
        return found.string.startswith("%", found.end())
    return not _TAG.match(found.string, found.end())


def _timestamp(parts: dict[str, str | None], zone: tzinfo | None) -> float | None:
    if parts["day"]:
        year = parts["year_first"] or parts["year_within"] or parts["year_last"] or parts["year_end"] or ""
        found = bsd_time(f"{parts['day']} {year} {parts['clock']}", zone)
        return None if found is None else writable(found + float(f"0.{parts['fraction'] or 0}"))
    if parts["date"]:
        year, month, day = parts["date"].split("-")
        return iso_time(f"{year}-{month:0>2}-{day:0>2}T{parts['date_clock']}", zone)
    return writable(float(parts["epoch"] or 0))
