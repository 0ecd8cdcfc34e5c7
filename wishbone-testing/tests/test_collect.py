"""Test cases are found in bootstrap files and next to them; mistakes are reported with their location."""

from __future__ import annotations

import pytest

from wishbone_cli.bootstrap import Diagnostics, Secrets
from wishbone_testing.cases import collect
from wishbone_testing.cases.collect import beside

BOOTSTRAP = """
modules:
  words:
    module: wishbone.input.generator
  one:
    module: wishbone.output.stdout
routingtable:
  - words.outbox -> one.inbox
"""


def test_test_files_begin_with_the_name_of_the_bootstrap_file(tmp_path):
    for name in (
        "a.yaml",
        "a.test.yaml",
        "a.late.test.yml",
        "a.test.txt",
        "ab.test.yaml",
        "a-b.test.yaml",
        "test.yaml",
    ):
        (tmp_path / name).write_text("")
    found = beside([str(tmp_path / "a.yaml"), str(tmp_path / "a.yaml")])
    assert found == [str(tmp_path / name) for name in ("a.late.test.yml", "a.test.yaml")]


def test_the_files_of_a_folder_are_read_once(tmp_path):
    (tmp_path / "a.yaml").write_text(BOOTSTRAP)
    (tmp_path / "a.test.yaml").write_text("tests: [{name: x, expect: {one: []}}]")
    assert [case.name for case in collect([str(tmp_path)], [], Diagnostics(Secrets()))] == ["x"]


def test_given_files_replace_those_next_to_the_bootstrap_file(tmp_path):
    (tmp_path / "a.yaml").write_text(BOOTSTRAP)
    (tmp_path / "a.test.yaml").write_text("tests: [{name: x, expect: {one: []}}]")
    (tmp_path / "other.yaml").write_text("tests: [{name: y, expect: {one: []}}]")
    found = collect([str(tmp_path / "a.yaml")], [str(tmp_path / "other.yaml")], Diagnostics(Secrets()))
    assert [case.name for case in found] == ["y"]


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ("[hello]", "1:9: tests[0]: Expected a test case: a mapping with 'name', 'given' and 'expect'."),
        ("hello", "1:8: tests: Expected a list of test cases. Found 'hello'."),
        ("[{expect: {one: []}}]", "1:9: tests[0]: 'name' is missing"),
        ("[{name: [a], expect: {one: []}}]", "1:16: tests[0].name: Expected a text. Found a list."),
        ("[{name: x}]", "1:9: tests[0]: It checks nothing, so it cannot fail"),
        (
            "[{name: x, expct: {}}]",
            "1:19: tests[0].expct: A test case has no 'expct'. Did you mean 'expect'?",
        ),
        (
            "[{name: x, expect: [a]}]",
            "1:27: tests[0].expect: Expected events by queue. Found a list.",
        ),
        ("[{name: x, expect: {one: a}}]", "1:33: tests[0].expect.one: Expected a list of events"),
        ("[{name: x, expect: {one: {a: 1}}}]", "1:33: tests[0].expect.one: Expected a list of events"),
        ("[{name: x, given: {one: a}}]", "1:32: tests[0].given.one: Expected a list of events"),
        ("[{name: x, after: soon}]", "1:26: tests[0].after: Expected seconds. Found 'soon'."),
        ("[{name: x, after: -1}]", "1:26: tests[0].after: Expected seconds, not less than 0. Found -1."),
        ("[{name: x, after: .inf}]", "1:26: tests[0].after: Expected seconds, not less than 0. Found .inf."),
        ("[{name: x, after: .nan}]", "1:26: tests[0].after: Expected seconds, not less than 0. Found .nan."),
        ("[{name: x, fail: {one: x}}]", "1:31: tests[0].fail.one: Expected a number of events. Found 'x'."),
        ("[{name: x, end: 1}]", "1:24: tests[0].end: Expected true or false. Found 1."),
        ("[{name: x, settled: {lost: 1}}]", "1:29: tests[0].settled.lost: 'settled' has no 'lost'."),
        ("[{name: x, keep: words}]", "1:25: tests[0].keep: Expected a list of modules. Found 'words'."),
        ("[{name: x, stall: one}]", "1:26: tests[0].stall: Expected a list of queues. Found 'one'."),
        ("[{name: x, replace: [[a]]}]", "1:29: tests[0].replace[0]: Expected a name. Found a list."),
        (
            "[{name: x, environment: [a]}]",
            "1:32: tests[0].environment: Expected environment variables by name.",
        ),
        ("[{name: x, then: {after: 1}}]", "1:25: tests[0].then: Expected a list of steps."),
        ("[{name: x, then: [{name: y}]}]", "1:27: tests[0].then[0].name: A step has no 'name'."),
        (
            "[{name: x, then: [{expect: {one: [{$mtches: a}]}}]}]",
            "tests[0].then[0].expect.one[0].$mtches: There is",
        ),
    ],
)
def test_a_mistake_is_reported_with_its_location(tmp_path, tests, expected):
    (tmp_path / "a.yaml").write_text(BOOTSTRAP)
    (tmp_path / "a.test.yaml").write_text(f"tests: {tests}\n")
    diagnostics = Diagnostics(Secrets())
    collect([str(tmp_path / "a.yaml")], [], diagnostics)
    told = [str(diagnostic).removeprefix(f"{tmp_path}/a.test.yaml:") for diagnostic in diagnostics.found]
    assert [text for text in told if expected in text], told


def test_a_test_file_without_tests_is_reported(tmp_path):
    (tmp_path / "a.yaml").write_text(BOOTSTRAP)
    (tmp_path / "a.test.yaml").write_text("modules: {}\n")
    diagnostics = Diagnostics(Secrets())
    collect([str(tmp_path / "a.yaml")], [], diagnostics)
    assert "There is no section 'tests'" in diagnostics.found[0].message
