"""Patterns: what a test expects of a value, exactly, in part, or by a regular expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from wishbone.event import Event

if TYPE_CHECKING:
    import re


class Verdict(NamedTuple):
    """Whether a value is as expected, and both sides as a person should see them next to each other."""

    fits: bool
    expected: Any
    """What was expected, with the value in the place of each part that it fits."""

    found: Any
    """The value, as far as it was looked at."""


class Pattern(Protocol):
    """Something that a value fits or does not."""

    def judge(self, found: Any) -> Verdict:
        """Compare a value."""


def plain(value: Any) -> Any:
    """Return a payload as YAML can say it: a `Log` as a mapping, a tuple as a list, others as their repr."""
    return _without_tuples(msgspec.to_builtins(value, builtin_types=(bytes, bytearray), enc_hook=repr))


def _without_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_tuples(item) for key, item in value.items()}
    return [_without_tuples(item) for item in value] if isinstance(value, (list, tuple)) else value


def judge(pattern: Pattern, found: Any) -> Verdict:
    """Compare a value; an event counts as its payload, unless the pattern may be about more of it."""
    asks_for_events = isinstance(pattern, (OfEvent, Not, All)) or (
        isinstance(pattern, (Items, Unordered)) and isinstance(found, list)
    )
    return pattern.judge(found if asks_for_events else _seen(found))


@dataclass
class Equals:
    """The same value. A truth value is no number."""

    value: Any

    def judge(self, found: Any) -> Verdict:
        """Compare a value."""
        return Verdict(_same(self.value, found), self.value, found)


@dataclass
class Fields:
    """A mapping with exactly these keys, or at least with them."""

    patterns: dict[Any, Pattern]
    partial: bool = False

    def judge(self, found: Any) -> Verdict:
        """Compare a value."""
        if not isinstance(found, dict):
            return Verdict(False, self._shown(), found)
        verdicts = {key: judge(pattern, found[key]) for key, pattern in self.patterns.items() if key in found}
        absent = [key for key, pattern in self.patterns.items() if isinstance(pattern, Absent)]
        missing = [key for key in self.patterns if key not in found and key not in absent]
        surplus = [key for key in found if key not in self.patterns]
        fits = not missing and all(verdict.fits for verdict in verdicts.values())
        # In the order of what was found, so that only what differs stands out.
        expected = {
            key: verdicts[key].expected if key in verdicts else found[key]
            for key in found
            if (key in verdicts and key not in absent) or (self.partial and key not in verdicts)
        }
        expected.update({key: _shown(self.patterns[key]) for key in missing})
        seen = {key: verdicts[key].found if key in verdicts else found[key] for key in found}
        return Verdict(fits and (self.partial or not surplus), expected, seen)

    def _shown(self) -> Any:
        shown = {key: _shown(pattern) for key, pattern in self.patterns.items()}
        return {"$contains": shown} if self.partial else shown


@dataclass
class Items:
    """A list of exactly these, in this order."""

    patterns: list[Pattern]

    def judge(self, found: Any) -> Verdict:
        """Compare a value."""
        if not isinstance(found, list):
            return Verdict(False, [_shown(pattern) for pattern in self.patterns], _seen(found))
        verdicts = [judge(pattern, item) for pattern, item in zip(self.patterns, found, strict=False)]
        rest = [_shown(pattern) for pattern in self.patterns[len(found) :]]
        surplus = [_seen(item) for item in found[len(self.patterns) :]]
        fits = not rest and not surplus and all(verdict.fits for verdict in verdicts)
        return Verdict(
            fits,
            [verdict.expected for verdict in verdicts] + rest,
            [verdict.found for verdict in verdicts] + surplus,
        )


@dataclass
class Unordered:
    """A list that has these, in any order; and nothing else, unless it is partial."""

    patterns: list[Pattern]
    partial: bool = False

    def judge(self, found: Any) -> Verdict:
        """Compare a value."""
        if not isinstance(found, list):
            return Verdict(False, self._shown(), _seen(found))
        chosen = _assign(self.patterns, found)
        taken = {index for index in chosen if index is not None}
        missing = [
            _shown(pattern) for pattern, index in zip(self.patterns, chosen, strict=True) if index is None
        ]
        seen = [_seen(item) for item in found]
        expected = [item for index, item in enumerate(seen) if index in taken or self.partial]
        return Verdict(not missing and (self.partial or len(taken) == len(found)), expected + missing, seen)

    def _shown(self) -> Any:
        return {"$contains" if self.partial else "$unordered": [_shown(pattern) for pattern in self.patterns]}


@dataclass
class Part:
    """A text with this in it."""

    text: str

    def judge(self, found: Any) -> Verdict:
        """Compare a value."""
        fits = isinstance(found, str) and self.text in found
        return Verdict(fits, found if fits else {"$contains": self.text}, found)


@dataclass
class Matches:
    """A text that a regular expression is found in."""

    pattern: re.Pattern[str]

    def judge(self, found: Any) -> Verdict:
        """Compare a value."""
        fits = isinstance(found, str) and self.pattern.search(found) is not None
        return Verdict(fits, found if fits else {"$matches": self.pattern.pattern}, found)


@dataclass
class Count:
    """So many items of a list, keys of a mapping, or characters of a text."""

    number: int

    def judge(self, found: Any) -> Verdict:
        """Compare a value."""
        if not isinstance(found, (list, dict, str)):
            return Verdict(False, {"$count": self.number}, found)
        return Verdict(len(found) == self.number, {"$count": self.number}, {"$count": len(found)})


@dataclass
class Anything:
    """Any value, but one."""

    def judge(self, found: Any) -> Verdict:
        """Compare a value."""
        return Verdict(True, found, found)


@dataclass
class Absent:
    """Nothing: the mapping has no such key."""

    def judge(self, found: Any) -> Verdict:
        """Compare a value: that there is one is wrong already."""
        return Verdict(False, {"$absent": True}, found)


@dataclass
class Not:
    """A value that does not fit a pattern."""

    pattern: Pattern

    def judge(self, found: Any) -> Verdict:
        """Compare a value."""
        fits = not judge(self.pattern, found).fits
        seen = _seen(found)
        return Verdict(fits, seen if fits else {"$not": _shown(self.pattern)}, seen)


@dataclass
class All:
    """A value that fits several patterns."""

    patterns: list[Pattern]

    def judge(self, found: Any) -> Verdict:
        """Compare a value; the first pattern that it does not fit is told of."""
        verdicts = [judge(pattern, found) for pattern in self.patterns]
        return next((verdict for verdict in verdicts if not verdict.fits), verdicts[-1])


@dataclass
class OfEvent:
    """An event whose fields fit: `data`, `tags`, `tmp`, `errors`, `timestamp`, `ttl`, `uuid`."""

    fields: dict[str, Pattern]

    def judge(self, found: Any) -> Verdict:
        """Compare an event."""
        if not isinstance(found, Event):
            expected = {key: _shown(value) for key, value in self.fields.items()}
            return Verdict(False, {"$event": expected}, _seen(found))
        dumped = plain(found.dump())
        verdict = Fields(self.fields).judge({key: dumped[key] for key in self.fields})
        return Verdict(verdict.fits, {"$event": verdict.expected}, {"$event": verdict.found})


def _shown(pattern: Pattern) -> Any:
    """Return a pattern as it was written, as far as it shows in a difference."""
    if isinstance(pattern, Anything):
        return {"$any": True}
    return pattern.judge(_Nothing).expected


class _Nothing:
    """A value that fits no pattern that says anything."""


def _seen(found: Any) -> Any:
    """Return what a person is to see: of an event, and of each in a list of events, the payload."""
    if isinstance(found, list):
        return [_seen(item) for item in found]
    return plain(found.data) if isinstance(found, Event) else found


def _same(expected: Any, found: Any) -> bool:
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(_same(expected[key], found[key]) for key in expected)
    if isinstance(expected, list) and isinstance(found, list):
        pairs = zip(expected, found, strict=False)
        return len(expected) == len(found) and all(_same(one, other) for one, other in pairs)
    return isinstance(expected, bool) == isinstance(found, bool) and bool(expected == found)


def _assign(patterns: list[Pattern], found: list[Any]) -> list[int | None]:
    """Return for each pattern an item of its own that fits it, so that as many as possible have one."""
    fitting = [
        [index for index, item in enumerate(found) if judge(pattern, item).fits] for pattern in patterns
    ]
    owner: dict[int, int] = {}

    def place(pattern: int, tried: set[int]) -> bool:
        for index in fitting[pattern]:
            if index not in tried:
                tried.add(index)
                if index not in owner or place(owner[index], tried):
                    owner[index] = pattern
                    return True
        return False

    for pattern in range(len(patterns)):
        place(pattern, set())
    chosen = {pattern: index for index, pattern in owner.items()}
    return [chosen.get(pattern) for pattern in range(len(patterns))]
