"""Patterns: what a test expects of a value, exactly, in part, or by a regular expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from wishbone.event import Event

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable


class Match(NamedTuple):
    """The result of comparing a value with a pattern, with both sides as a diff shows them."""

    matches: bool

    expected: Any
    """The pattern, with the found value in place of each part that matches."""

    found: Any
    """The value, as far as it was compared."""


class Pattern:
    """Something that a value matches or does not."""

    takes_events = False
    """Whether it compares events; others compare their payloads."""

    takes_lists = False
    """Whether it compares the events of a list, one by one."""

    def match(self, found: Any) -> Match:
        """Compare a value."""
        takes_events = self.takes_events or (self.takes_lists and isinstance(found, list))
        return self._match(found if takes_events else _payloads(found))

    def _match(self, found: Any) -> Match:
        raise NotImplementedError


def plain(value: Any) -> Any:
    """Return a payload as YAML shows it: a `Log` as a mapping, a tuple as a list, other objects as repr."""
    return _without_tuples(msgspec.to_builtins(value, builtin_types=(bytes, bytearray), enc_hook=repr))


@dataclass
class Equals(Pattern):
    """The same value. True is not 1."""

    value: Any

    def _match(self, found: Any) -> Match:
        return Match(_is_equal(self.value, found), self.value, found)


@dataclass
class Fields(Pattern):
    """A mapping with exactly these keys or, if partial, at least these."""

    patterns: dict[Any, Pattern]
    partial: bool = False

    def _match(self, found: Any) -> Match:
        if not isinstance(found, dict):
            return Match(False, self._shown(), found)
        matches = {key: pattern.match(found[key]) for key, pattern in self.patterns.items() if key in found}
        absent = [key for key, pattern in self.patterns.items() if isinstance(pattern, Absent)]
        missing = [key for key in self.patterns if key not in found and key not in absent]
        complete = self.partial or all(key in self.patterns for key in found)
        # In the order of the found value, so that a diff shows only what differs.
        expected = {
            key: matches[key].expected if key in matches else found[key]
            for key in found
            if (key in matches and key not in absent) or (self.partial and key not in matches)
        }
        expected.update({key: _shown(self.patterns[key]) for key in missing})
        seen = {key: matches[key].found if key in matches else found[key] for key in found}
        return Match(not missing and complete and _all_match(matches.values()), expected, seen)

    def _shown(self) -> Any:
        shown = {key: _shown(pattern) for key, pattern in self.patterns.items()}
        return {"$contains": shown} if self.partial else shown


@dataclass
class Items(Pattern):
    """A list of exactly these items, in this order."""

    takes_lists = True
    patterns: list[Pattern]

    def _match(self, found: Any) -> Match:
        if not isinstance(found, list):
            return Match(False, [_shown(pattern) for pattern in self.patterns], _payloads(found))
        matches = [pattern.match(item) for pattern, item in zip(self.patterns, found, strict=False)]
        missing = [_shown(pattern) for pattern in self.patterns[len(found) :]]
        surplus = [_payloads(item) for item in found[len(self.patterns) :]]
        return Match(
            not missing and not surplus and _all_match(matches),
            [each.expected for each in matches] + missing,
            [each.found for each in matches] + surplus,
        )


@dataclass
class Unordered(Pattern):
    """A list with exactly these items or, if partial, at least these, in any order."""

    takes_lists = True
    patterns: list[Pattern]
    partial: bool = False

    def _match(self, found: Any) -> Match:
        shown = [_shown(pattern) for pattern in self.patterns]
        if not isinstance(found, list):
            return Match(False, {"$contains" if self.partial else "$unordered": shown}, _payloads(found))
        assigned = _assign(self.patterns, found)
        missing = [item for index, item in enumerate(shown) if index not in assigned.values()]
        seen = [_payloads(item) for item in found]
        expected = [item for index, item in enumerate(seen) if index in assigned or self.partial]
        complete = self.partial or len(assigned) == len(found)
        return Match(not missing and complete, expected + missing, seen)


@dataclass
class Substring(Pattern):
    """A text that contains this one."""

    text: str

    def _match(self, found: Any) -> Match:
        matches = isinstance(found, str) and self.text in found
        return Match(matches, found if matches else {"$contains": self.text}, found)


@dataclass
class Regex(Pattern):
    """A text that a regular expression matches anywhere."""

    pattern: re.Pattern[str]

    def _match(self, found: Any) -> Match:
        matches = isinstance(found, str) and self.pattern.search(found) is not None
        return Match(matches, found if matches else {"$matches": self.pattern.pattern}, found)


@dataclass
class Count(Pattern):
    """The number of items of a list, keys of a mapping, or characters of a text."""

    number: int

    def _match(self, found: Any) -> Match:
        if not isinstance(found, (list, dict, str)):
            return Match(False, {"$count": self.number}, found)
        return Match(len(found) == self.number, {"$count": self.number}, {"$count": len(found)})


@dataclass
class Anything(Pattern):
    """Any value."""

    def _match(self, found: Any) -> Match:
        return Match(True, found, found)


@dataclass
class Absent(Pattern):
    """No value: the mapping lacks the key."""

    def _match(self, found: Any) -> Match:
        return Match(False, {"$absent": True}, found)


@dataclass
class Not(Pattern):
    """A value that does not match a pattern."""

    takes_events = True
    pattern: Pattern

    def _match(self, found: Any) -> Match:
        matches = not self.pattern.match(found).matches
        seen = _payloads(found)
        return Match(matches, seen if matches else {"$not": _shown(self.pattern)}, seen)


@dataclass
class All(Pattern):
    """A value that matches several patterns."""

    takes_events = True
    patterns: list[Pattern]

    def _match(self, found: Any) -> Match:
        matches = [pattern.match(found) for pattern in self.patterns]
        return next((each for each in matches if not each.matches), matches[-1])


@dataclass
class EventFields(Pattern):
    """An event whose fields match: `data`, `tags`, `tmp`, `errors`, `timestamp`, `ttl`, `uuid`."""

    takes_events = True
    fields: dict[str, Pattern]

    def _match(self, found: Any) -> Match:
        if not isinstance(found, Event):
            expected = {key: _shown(value) for key, value in self.fields.items()}
            return Match(False, {"$event": expected}, _payloads(found))
        dumped = plain(found.dump())
        fields = Fields(self.fields).match({key: dumped[key] for key in self.fields})
        return Match(fields.matches, {"$event": fields.expected}, {"$event": fields.found})


def _shown(pattern: Pattern) -> Any:
    """Return a pattern as a diff shows it."""
    return {"$any": True} if isinstance(pattern, Anything) else pattern.match(_Nothing).expected


class _Nothing:
    """A value that only `Anything` matches."""


def _payloads(found: Any) -> Any:
    """Return the payload of an event, and of each event in a list."""
    if isinstance(found, list):
        return [_payloads(item) for item in found]
    return plain(found.data) if isinstance(found, Event) else found


def _without_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_tuples(item) for key, item in value.items()}
    return [_without_tuples(item) for item in value] if isinstance(value, (list, tuple)) else value


def _all_match(matches: Iterable[Match]) -> bool:
    return all(each.matches for each in matches)


def _is_equal(expected: Any, found: Any) -> bool:
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(
            _is_equal(expected[key], found[key]) for key in expected
        )
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(_is_equal, expected, found))
    return isinstance(expected, bool) == isinstance(found, bool) and bool(expected == found)


def _assign(patterns: list[Pattern], found: list[Any]) -> dict[int, int]:
    """Assign to as many items as possible a pattern of their own that they match, all by index."""
    matching = [
        [index for index, item in enumerate(found) if pattern.match(item).matches] for pattern in patterns
    ]
    assigned: dict[int, int] = {}

    def place(pattern: int, tried: set[int]) -> bool:
        for index in matching[pattern]:
            if index not in tried:
                tried.add(index)
                if index not in assigned or place(assigned[index], tried):
                    assigned[index] = pattern
                    return True
        return False

    for pattern in range(len(patterns)):
        place(pattern, set())
    return assigned
