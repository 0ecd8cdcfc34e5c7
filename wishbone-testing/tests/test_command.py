"""`wishbone test` runs test cases, and shows what differs."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator

from wishbone.discovery.plugins import Plugins
from wishbone.discovery.registry import Registry
from wishbone_cli.schema import bootstrap_schema
from wishbone_testing import plugin
from wishbone_testing.cases.schema import case_schema
from wishbone_testing.command import command

BOOTSTRAP = """
modules:
  input:
    module: wishbone.input.generator
    arguments: {payload: "${WORD}"}
  fanout: {module: wishbone.flow.fanout}
  out: {module: wishbone.output.stdout}
routingtable: [input.outbox -> fanout.inbox, fanout.out -> out.inbox]
tests:
  - {name: it passes, environment: {WORD: a}, given: {input: [a]}, expect: {out: [a]}}
  - {name: it fails, environment: {WORD: a}, given: {input: [a]}, expect: {out: [b]}}
"""


@pytest.fixture
def test(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pipeline.yaml").write_text(BOOTSTRAP)

    def invoke(*arguments):
        return CliRunner().invoke(command, ["--config", "pipeline.yaml", *arguments])

    return invoke


def test_prints_each_case_and_fails_if_one_fails(test):
    result = test()
    assert result.output == (
        "ok      it passes\n"
        "FAILED  it fails\n"
        "  pipeline.yaml:11:81: Unexpected events from 'out'.\n"
        "    - - b\n"
        "    + - a\n"
        "1 passed, 1 failed.\n"
    )
    assert result.exit_code == 1


def test_only_selects_cases_by_name(test):
    result = test("--only", "passes")
    assert result.output == "ok      it passes\n1 passed, 0 failed.\n"
    assert result.exit_code == 0


def test_json_is_for_machines(test):
    result = test("--format", "json")
    passed, failed = json.loads(result.output)["tests"]
    assert (passed["name"], passed["passed"], passed["mismatches"]) == ("it passes", True, [])
    assert (failed["file"], failed["line"], failed["passed"]) == ("pipeline.yaml", 11, False)
    assert failed["mismatches"][0]["diff"] == "- - b\n+ - a"
    assert result.exit_code == 1


def test_an_unknown_case_is_reported(test):
    result = test("--only", "nothing")
    assert "No test case has 'nothing' in its name. There are: 'it passes', 'it fails'." in result.output
    assert result.exit_code == 2


def test_a_pipeline_without_cases_is_reported_with_the_cure(test, tmp_path):
    (tmp_path / "pipeline.yaml").write_text(BOOTSTRAP.partition("tests:")[0].replace("${WORD}", "a"))
    result = test()
    assert "There are no test cases for pipeline.yaml" in result.output
    assert "'pipeline.test.yaml'" in result.output
    assert result.exit_code == 2


def test_a_mistake_in_a_case_is_reported_with_its_location(test, tmp_path):
    (tmp_path / "pipeline.test.yaml").write_text("tests:\n  - name: x\n    expct: {}\n")
    result = test()
    assert "pipeline.test.yaml:3:5: tests[0].expct: A test case has no 'expct'." in result.output
    assert result.exit_code == 2


def test_a_mistake_in_the_bootstrap_file_is_reported_once_for_all_cases(test, tmp_path):
    wrong = BOOTSTRAP.replace("-> out.inbox", "-> out.inbax").replace("{WORD: a}", "{WORD: b}", 1)
    (tmp_path / "pipeline.yaml").write_text(wrong)
    result = test()
    assert result.output.count("has no queue 'inbax'") == 1
    assert result.exit_code == 2


def test_a_variable_that_no_case_sets_is_reported(test, tmp_path, monkeypatch):
    monkeypatch.delenv("WORD", raising=False)
    (tmp_path / "pipeline.yaml").write_text(BOOTSTRAP.replace("environment: {WORD: a}, ", ""))
    result = test()
    assert "The environment variable 'WORD' is not set." in result.output
    assert result.exit_code == 2


def test_a_missing_file_is_reported(test):
    result = CliRunner().invoke(command, ["--config", "nowhere.yaml"])
    assert "The file 'nowhere.yaml' cannot be read" in result.output
    assert result.exit_code == 2


def test_cases_of_another_file_run_instead(test, tmp_path):
    (tmp_path / "other.yaml").write_text(
        "tests: [{name: other, environment: {WORD: a}, given: {input: [a]}, expect: {out: [a]}}]"
    )
    (tmp_path / "pipeline.yaml").write_text(BOOTSTRAP.partition("tests:")[0])
    result = test("--tests", "other.yaml")
    assert result.output == "ok      other\n1 passed, 0 failed.\n"


def test_a_secret_is_not_shown(test, tmp_path):
    bootstrap = BOOTSTRAP.replace('"${WORD}"', "!secret env:WORD").partition("tests:")[0]
    case = "tests: [{name: x, keep: [input], environment: {WORD: hunter2}, expect: {out: [b]}}]\n"
    (tmp_path / "pipeline.yaml").write_text(bootstrap + case)
    result = test()
    assert result.exit_code == 1
    assert "hunter2" not in result.output
    assert "(secret)" in result.output


def test_half_a_secret_is_not_shown(test, tmp_path):
    bootstrap = BOOTSTRAP.replace('"${WORD}"', "!secret env:WORD, count: 1").partition("tests:")[0]
    word = "hunter2" * 100
    case = f"{{name: x, keep: [input], environment: {{WORD: {word}}}, fail: {{out: 1}}, expect: {{out: []}}}}"
    (tmp_path / "pipeline.yaml").write_text(f"{bootstrap}tests:\n  - {case}\n")
    result = test()
    assert "The event: '(secret)'" in result.output
    assert "hunter2" not in result.output


def test_the_command_wishbone_has_it(tmp_path):
    (tmp_path / "pipeline.yaml").write_text(BOOTSTRAP)
    run = [sys.executable, "-m", "wishbone_cli", "test", "--config", "pipeline.yaml", "--only", "passes"]
    finished = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (finished.stdout, finished.stderr) == ("ok      it passes\n1 passed, 0 failed.\n", "")


def test_a_router_without_the_command_can_load_its_plugin():
    (offer,) = [offer for offer in entry_points(group="wishbone") if offer.name == "testing"]
    assert offer.load() is plugin
    told = []
    loaded = Plugins(strict=True, report=told.append)
    assert "testing" in loaded.names
    assert told == []


@pytest.fixture(scope="module")
def validator():
    schema = bootstrap_schema(Registry.installed())
    plugin.extend_bootstrap_schema(schema)
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


@pytest.mark.parametrize(
    "case",
    [
        {"name": "x", "given": {"input": ["a", {"b": 1}]}, "expect": {"out.inbox": {"$count": 2}}},
        {"name": "x", "after": 1.5, "end": True, "failures": [], "settled": {"failed": 1}},
        {"name": "x", "keep": ["a"], "environment": {"A": "b", "C": 1}, "then": [{"fail": {"out": 1}}]},
    ],
)
def test_the_schema_accepts_valid_cases(validator, case):
    assert [*validator.iter_errors({"tests": [case]})] == []


@pytest.mark.parametrize(
    "case",
    [
        {},
        {"name": "x", "expct": {}},
        {"name": "x", "after": -1},
        {"name": "x", "given": {"input": "a"}},
        {"name": "x", "given": {"a.b.c": []}},
        {"name": "x", "settled": {"lost": 1}},
        {"name": "x", "then": [{"name": "y"}]},
    ],
)
def test_the_schema_rejects_invalid_cases(validator, case):
    assert [*validator.iter_errors({"tests": [case]})]


def test_the_schema_and_the_reader_know_the_same_keys():
    from wishbone_testing.cases.read_case import CASE_KEYS, SETTLED, STEP_KEYS

    properties = case_schema()["properties"]
    step = properties["then"]["items"]["properties"]
    assert sorted(properties) == sorted(CASE_KEYS)
    assert sorted(step) == sorted(STEP_KEYS)
    assert sorted(step["settled"]["properties"]) == sorted(SETTLED)
