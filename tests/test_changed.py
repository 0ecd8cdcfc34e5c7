"""The workflow tests the packages that a change touches."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".github" / "scripts" / "changed.py"
changed = runpy.run_path(str(SCRIPT))
ALL = ["wishbone-cli", "wishbone-core", "wishbone-flow-fanout", "wishbone-input-file", "wishbone-testing"]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], []),
        (["wishbone-input-file/src/x.py"], ["wishbone-cli", "wishbone-input-file"]),
        (["wishbone-cli/README.md"], ALL),
        (["README.md", "docs/index.md", "template/x", "tests/x.py", "examples/x.yaml"], []),
        (["wishbone-input-file/x", "wishbone-flow-fanout/y"], [ALL[0], ALL[2], ALL[3]]),
        (["wishbone-core/src/wishbone/event.py"], ALL),
        (["wishbone-testing/pyproject.toml"], ALL),
        (["tox.ini"], ALL),
        (["pyproject.toml"], ALL),
        (["conftest.py"], ALL),
        ([".github/workflows/ci.yml"], ALL),
        (["wishbone-input-removed/x"], ALL),
        (["docs/x", "wishbone-flow-fanout/x", "requirements.txt"], ALL),
    ],
)
def test_tests_what_is_touched(paths, expected):
    assert changed["touched"](paths, ALL) == expected


def test_tests_the_packages_that_require_what_is_touched():
    users = changed["users"]()
    assert {"wishbone-input-socket", "wishbone-output-socket", "wishbone-output-syslog"} <= users[
        "wishbone-network"
    ]
    assert users["wishbone-input-file"] == set()
    known = ["wishbone-cli", "wishbone-input-file", "wishbone-network", "wishbone-output-syslog"]
    assert changed["touched"](["wishbone-network/x"], known, users) == [known[0], *known[2:]]


def test_each_package_has_an_environment_for_each_python():
    assert changed["environments"](["wishbone-core", "wishbone-input-file"]) == [
        "core-py311",
        "core-py312",
        "core-py313",
        "input-file-py311",
        "input-file-py312",
        "input-file-py313",
    ]


def git(folder, *arguments):
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_finds_what_changed_since_the_branch_left(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "old").write_text("1", encoding="utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    git(tmp_path, "checkout", "-q", "-b", "branch")
    (tmp_path / "ümlaut and space").write_text("2", encoding="utf-8")
    git(tmp_path, "mv", "old", "new")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "two")
    assert sorted(changed["changed_since"]("main", tmp_path)) == ["new", "old", "ümlaut and space"]


@pytest.mark.parametrize("base", ["0" * 40, "no-such-branch", "--output=x"])
def test_tests_everything_when_the_base_is_unknown(base, tmp_path):
    finished = subprocess.run(
        [sys.executable, SCRIPT, base], capture_output=True, encoding="utf-8", check=True
    )
    assert json.loads(finished.stdout) == changed["environments"](changed["packages"]())
    assert "Testing all packages" in finished.stderr
