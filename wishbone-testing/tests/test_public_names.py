"""The public names of the package, and the examples of its README."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import wishbone_testing

README = Path(__file__).parents[1] / "README.md"
SNIPPETS = re.findall(r"```(\w+)\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_public_names():
    assert wishbone_testing.__all__ == [
        "Failure",
        "Harness",
        "InjectedError",
        "Pipeline",
        "Server",
        "Settlement",
        "VirtualClock",
        "wait_until",
    ]


@pytest.mark.parametrize("name", wishbone_testing.__all__)
def test_each_public_name_exists_and_is_documented(name):
    found = getattr(wishbone_testing, name)
    assert found.__name__ == name
    assert found.__doc__
    if inspect.isclass(found):
        own = {key: value for key, value in vars(found).items() if not key.startswith("_")}
        assert [key for key, value in own.items() if callable(value) and not value.__doc__] == []


OFFERED = {
    "Harness": """drained fail_next feed feed_acknowledged finished logs messages metrics receive receive_many
        received request_stop restarts_total stalled stop wait_until_idle""",
    "Pipeline": """end entrance fail_next failures feed feed_acknowledged is_idle logs messages queue
        receive receive_many received stalled stop wait_until_idle""",
    "VirtualClock": "active advance elapsed monotonic next_due paused settle time waits_for_io",
    "Server": "kill output pid running signal start stop wait wait_for",
    "Settlement": "acknowledged errors failed wait",
}


@pytest.mark.parametrize(("name", "methods"), OFFERED.items())
def test_public_methods(name, methods):
    classes = getattr(wishbone_testing, name).__mro__
    own = {key for each in classes if each.__module__.startswith("wishbone_testing") for key in vars(each)}
    assert sorted(key for key in own if not key.startswith("_")) == methods.split()


def test_an_unknown_name_is_an_error():
    with pytest.raises(AttributeError, match="has no attribute 'Harnes'"):
        wishbone_testing.Harnes  # noqa: B018


def snippets(language):
    return [text for kind, text in SNIPPETS if kind == language]


def test_the_tests_in_the_readme_pass(tmp_path):
    (tmp_path / "pipeline.yaml").write_text(snippets("yaml")[0])
    tests = [text for text in snippets("python") if "def test_" in text]
    for number, text in enumerate(tests):
        (tmp_path / f"test_{number}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert finished.returncode == 0, finished.stdout
    tested = sum(text.count("def test_") for text in tests)
    assert f"{tested} passed" in finished.stdout


def test_the_cases_in_the_readme_pass(tmp_path):
    bootstrap, *cases = snippets("yaml")
    (tmp_path / "pipeline.yaml").write_text(bootstrap)
    for number, text in enumerate(cases):
        (tmp_path / f"pipeline.{number}.test.yaml").write_text(text)
    command = [sys.executable, "-m", "wishbone_cli", "test", "--config", "pipeline.yaml"]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    named = sum(text.count("- name:") for text in cases)
    assert finished.stdout.endswith(f"{named} passed, 0 failed.\n"), finished.stdout + finished.stderr
