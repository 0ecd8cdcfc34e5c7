"""Values match patterns exactly, in part or by a regular expression."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone.event import Event, Log
from wishbone_cli.bootstrap import Diagnostics, Secrets
from wishbone_cli.bootstrap.yaml_reader import read_yaml
from wishbone_testing.cases.diff import diff
from wishbone_testing.cases.pattern import Equals, Fields, Items, plain
from wishbone_testing.cases.read_event import read_events
from wishbone_testing.cases.read_pattern import PatternReader

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def read(text, folder="."):
    """Read a pattern, and return it with the mistakes in it."""
    diagnostics = Diagnostics(Secrets())
    node = read_yaml(text, f"{folder}/a.yaml", diagnostics)
    return PatternReader(node, diagnostics).read(node, ("expect",)), diagnostics.found


def fits(text, found, folder="."):
    pattern, diagnostics = read(text, folder)
    assert diagnostics == []
    return pattern.match(found).matches


@pytest.mark.parametrize(
    ("expected", "found", "right"),
    [
        ("hello", "hello", True),
        ("hello", "Hello", False),
        ("1", 1, True),
        ("1", 1.0, True),
        ("1", "1", False),
        ("1", True, False),
        ("true", 1, False),
        ("null", None, True),
        ("[1, 2]", [1, 2], True),
        ("[1, 2]", [2, 1], False),
        ("[1]", [1, 2], False),
        ("[1, 2]", [1], False),
        ("[]", [], True),
        ("{a: 1}", {"a": 1}, True),
        ("{a: 1}", {"a": 1, "b": 2}, False),
        ("{a: 1, b: 2}", {"a": 1}, False),
        ("{a: {b: [1]}}", {"a": {"b": [1]}}, True),
        ("{a: {b: [1]}}", {"a": {"b": [True]}}, False),
        ("{a: 1}", "a", False),
        ("[a]", "a", False),
        ("{$equals: {$ref: x}}", {"$ref": "x"}, True),
        ("{$equals: {$ref: x}}", {"$ref": "y"}, False),
        ("{$contains: {a: 1}}", {"a": 1, "b": 2}, True),
        ("{$contains: {a: 1}}", {"b": 2}, False),
        ("{$contains: {a: {b: 1}}}", {"a": {"b": 1, "c": 2}}, False),
        ("{$contains: {a: {$contains: {b: 1}}}}", {"a": {"b": 1, "c": 2}}, True),
        ("{$contains: [2, 3]}", [1, 3, 2], True),
        ("{$contains: [2, 2]}", [1, 2], False),
        ("{$contains: {a: 1}}", [], False),
        ("{$contains: [1]}", {}, False),
        ("{$contains: ell}", "hello", True),
        ("{$contains: ell}", ["ell"], False),
        ("{$unordered: [1, 2]}", [2, 1], True),
        ("{$unordered: [1, 2]}", [2, 1, 1], False),
        ("{$unordered: [{$any: true}, 1]}", [1, 2], True),
        ("{$unordered: [1]}", 1, False),
        ("{$matches: ^h.*o$}", "hello", True),
        ("{$matches: l+}", "hello", True),
        ("{$matches: ^l+}", "hello", False),
        ("{$matches: '1'}", 1, False),
        ("{$count: 2}", [1, 2], True),
        ("{$count: 2}", {"a": 1}, False),
        ("{$count: 5}", "hello", True),
        ("{$count: 5}", 5, False),
        ("{$any: true}", None, True),
        ("{a: {$any: true}}", {}, False),
        ("{$contains: {a: {$absent: true}}}", {"b": 1}, True),
        ("{$contains: {a: {$absent: true}}}", {"a": 1}, False),
        ("{a: 1, b: {$absent: true}}", {"a": 1}, True),
        ("{$not: hello}", "bye", True),
        ("{$not: hello}", "hello", False),
        ("{$not: {$contains: [1]}}", [2], True),
        ("{$matches: ^h, $count: 5}", "hello", True),
        ("{$matches: ^h, $count: 5}", "hell", False),
        ("{$base64: AP8=}", b"\x00\xff", True),
        ("{$base64: AP8=}", b"\x00", False),
    ],
)
def test_a_value_matches_or_does_not(expected, found, right):
    assert fits(expected, found) is right


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_every_value_matches_itself(value):
    assert Equals(value).match(value).matches


@settings(max_examples=50, deadline=None)
@given(st.lists(VALUES, max_size=4), st.lists(VALUES, max_size=4))
def test_two_lists_match_if_they_are_equal(one, other):
    result = Items([Equals(item) for item in one]).match(other)
    assert result.matches == Equals(one).match(other).matches
    assert result.found == other


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(), VALUES, max_size=4), st.dictionaries(st.text(), VALUES, max_size=4))
def test_a_part_matches_only_a_whole_with_it(part, rest):
    pattern = Fields({key: Equals(value) for key, value in part.items()}, partial=True)
    assert pattern.match({**rest, **part}).matches
    for key in part:
        assert not pattern.match({name: value for name, value in part.items() if name != key}).matches


@pytest.mark.parametrize(
    ("expected", "right"),
    [
        ("hello", True),
        ("{$event: {data: hello}}", True),
        ("{$event: {data: hello, tags: [a]}}", True),
        ("{$event: {tags: {$contains: [b]}}}", False),
        ("{$event: {tmp: {$contains: {input: {$any: true}}}}}", True),
        ("{$event: {errors: {}}}", True),
        ("{$event: {uuid: {$matches: '^[0-9a-f-]{36}$'}}}", True),
        ("{$not: {$event: {tags: [b]}}}", True),
        ("{$event: {tags: [a]}, $matches: ^h}", True),
    ],
)
def test_an_event_matches_by_its_payload_or_its_fields(expected, right):
    event = Event("hello").slurp({"tags": ["a"], "tmp": {"input": {"line": 1}}})
    assert fits(expected, event) is right


@pytest.mark.parametrize(
    ("expected", "right"),
    [
        ("[a, {b: 1}]", True),
        ("[a]", False),
        ("a", False),
        ("{a: 1}", False),
        ("{$equals: [a, {b: 1}]}", True),
        ("{$equals: [a]}", False),
        ("{$not: [a]}", True),
        ("{$not: [a, {b: 1}]}", False),
        ("{$count: 2}", True),
        ("{$count: 1}", False),
        ("{$contains: [{b: 1}]}", True),
        ("{$contains: [c]}", False),
        ("{$contains: a}", False),
        ("{$matches: a}", False),
        ("{$unordered: [{b: 1}, {$event: {data: a}}]}", True),
        ("{$unordered: [a]}", False),
        ("{$event: {data: a}}", False),
        ("{$lines: a.txt}", False),
        ("{$any: true}", True),
        ("{$count: 2, $contains: [a]}", True),
    ],
)
def test_events_of_a_queue_match_by_their_payloads_and_can_be_shown(expected, right, tmp_path):
    (tmp_path / "a.txt").write_text("one\n")
    pattern, _ = read(expected, tmp_path)
    result = pattern.match([Event("a"), Event({"b": 1})])
    assert result.matches is right
    assert "Event(" not in diff(result.expected, result.found)


def test_only_an_event_has_fields():
    assert not fits("{$event: {data: hello}}", "hello")


def test_a_log_is_a_mapping():
    assert fits("{$contains: {message: hello, level: 6}}", Event(Log(1.0, 6, 1, "input", "hello")))


def test_a_tuple_is_a_list():
    assert fits("[[a, b], {c: [d]}]", Event((("a", "b"), {"c": ("d",)})))


def test_other_objects_are_shown_as_repr():
    assert plain({"a": object}) == {"a": "<class 'object'>"}


def test_the_text_and_the_lines_of_a_file_match(tmp_path):
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    assert fits("{$file: a.txt}", "one\ntwo\n", tmp_path)
    assert fits("{$lines: a.txt}", ["one", "two"], tmp_path)
    assert not fits("{$lines: a.txt}", ["one"], tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{$contain: a}", "There is no check '$contain'. Did you mean '$contains'?"),
        ("{$contains: {a: 1}, b: 2}", "'$contains' is a check, but 'b' next to it is not"),
        ("{$matches: '('}", "Not a valid regular expression: missing ), unterminated subpattern"),
        ("{$matches: [a]}", "Expected a regular expression. Found a list."),
        ("{$count: many}", "Expected a number. Found 'many'."),
        ("{$count: -1}", "Expected a number. Found -1."),
        ("{$any: 1}", "Expected true. Found 1."),
        ("{$absent: false}", "Expected true. Found false."),
        ("{$unordered: a}", "Expected a list. Found 'a'."),
        ("{$contains: 1}", "Expected keys of a mapping, items of a list, or part of a text."),
        ("{$event: a}", "Expected fields of an event: data, errors"),
        ("{$event: {dat: 1}}", "An event has no 'dat'. Did you mean 'data'?"),
        ("{$file: nowhere.txt}", "Cannot read the file 'nowhere.txt': No such file"),
        ("{$file: 1}", "Expected the name of a file. Found 1."),
        ("{$lines: nowhere.txt}", "Cannot read the file 'nowhere.txt'"),
        ("{$base64: '*'}", "Not valid base64"),
        ("{a: [{b: {$contain: c}}]}", "There is no check '$contain'"),
    ],
)
def test_a_mistake_in_a_pattern_is_reported(text, complaint):
    _, diagnostics = read(text)
    assert [diagnostic for diagnostic in diagnostics if complaint in diagnostic.message], diagnostics
    assert all(diagnostic.location.line == 1 for diagnostic in diagnostics)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a, 1, {b: 2}, [c], null]", ["a", 1, {"b": 2}, ["c"], None]),
        ("[{a: 1, $b: 2}]", [{"a": 1, "$b": 2}]),
        ("[{$equals: {$ref: x}}]", [{"$ref": "x"}]),
        ("[{$base64: AP8=}]", [b"\x00\xff"]),
        ("[{$file: a.txt}]", ["one\ntwo\n"]),
        ("{$lines: a.txt}", ["one", "two"]),
    ],
)
def test_payloads_are_taken_literally(text, expected, tmp_path):
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    diagnostics = Diagnostics(Secrets())
    found = read_events(read_yaml(text, str(tmp_path / "a.yaml"), diagnostics), ("given",), diagnostics)
    assert [fields["data"] for fields in found] == expected
    assert diagnostics.found == []


def test_an_event_may_be_given_by_its_fields(tmp_path):
    diagnostics = Diagnostics(Secrets())
    node = read_yaml("[{$event: {data: a, tags: [b]}}]", f"{tmp_path}/a.yaml", diagnostics)
    assert read_events(node, (), diagnostics) == [{"data": "a", "tags": ["b"]}]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hello", "Expected a list of events"),
        ("{a: 1}", "Expected a list of events"),
        ("[{$evnt: {data: 1}}]", "'$evnt' does not describe an event. Did you mean '$event'?"),
        ("[{$event: hello}]", "Expected fields of an event, such as {data: hello}. Found 'hello'."),
        ("[{$event: {dat: 1}}]", "An event has no 'dat'. Did you mean 'data'?"),
        ("[{$event: {tags: a}}]", "'tags' of an event must be of type list"),
    ],
)
def test_a_mistake_in_given_events_is_reported(text, complaint, tmp_path):
    diagnostics = Diagnostics(Secrets())
    read_events(read_yaml(text, str(tmp_path / "a.yaml"), diagnostics), (), diagnostics)
    assert [complaint in diagnostic.message for diagnostic in diagnostics.found] == [True]


def test_a_diff_shows_only_what_differs():
    pattern, _ = read("[{a: 1, b: {$matches: x}, c: {$contains: {d: 1}}}, two]")
    result = pattern.match([{"a": 2, "b": "xyz", "c": {"d": 1, "e": 2}}, "two", "three"])
    changed = [line for line in diff(result.expected, result.found).splitlines() if line[0] in "+-"]
    assert changed == ["- - a: 1", "+ - a: 2", "+ - three"]


def test_a_diff_shows_the_check_that_failed():
    pattern, _ = read("{a: {$matches: ^x}, b: {$absent: true}, c: {$not: 1}}")
    result = pattern.match({"a": "y", "b": 1, "c": 1})
    shown = diff(result.expected, result.found)
    assert "$matches: ^x" in shown
    assert "+ b: 1" in shown
    assert "$not: 1" in shown


def test_an_empty_list_is_shown_as_nothing():
    assert diff([], ["a"]).splitlines() == ["- (nothing)", "+ - a"]


def test_a_long_diff_is_cut():
    shown = diff(list(range(1000)), ["a"])
    assert len(shown.splitlines()) == 61
    assert shown.endswith("more lines")


def test_a_diff_leaves_out_distant_equal_lines():
    shown = diff(list(range(100)), [*range(20), "x", *range(21, 60), "y", *range(61, 100)])
    assert [line for line in shown.splitlines() if line[0] in "+-"] == ["- - 20", "+ - x", "- - 60", "+ - y"]
    assert "  …" in shown.splitlines()
    assert len(shown.splitlines()) < 20


def test_values_that_yaml_lacks_are_shown_as_repr():
    assert "1+2j" in diff([1 + 2j], [(3,)])


@settings(max_examples=50, deadline=None)
@given(VALUES, VALUES)
def test_any_values_can_be_diffed(one, other):
    assert isinstance(diff(one, other), str)
