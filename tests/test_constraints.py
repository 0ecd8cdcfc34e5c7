"""`constraints.txt` has the version of everything that the README's commands install from elsewhere."""

from __future__ import annotations

import re
import runpy

import pytest
from packages import ROOT

script = runpy.run_path(str(ROOT / ".github" / "scripts" / "constraints.py"))
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
INSTALLERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / ".github" / "workflows").glob("*.yml")]


@pytest.fixture
def repository(tmp_path):
    """A repository of one package, which needs one distribution that is pinned to an old version."""
    package = tmp_path / "wishbone-input-file"
    package.mkdir()
    (package / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\n'
        '[project]\ndependencies = ["wishbone-core>=0.2,<0.3", "iniconfig>=1"]\n'
        '[project.optional-dependencies]\nzstd = ["backports.zstd>=1.0"]\n',
        encoding="utf-8",
    )
    (tmp_path / "tox.ini").write_text(
        "[tox]\nrequires = tox>=4.28\n"
        "[testenv]\ndeps =\n    pytest>=8.2\n    -e ./wishbone-core\n    input-file: trustme>=1.1\n",
        encoding="utf-8",
    )
    (tmp_path / "constraints.txt").write_text("iniconfig==2.0.0\nunused==1.0\n", encoding="utf-8")
    return tmp_path


def test_is_complete_and_has_no_version_that_is_not_needed():
    """Closed over all packages, their extras, tox and its environments, on each Python."""
    assert script["completed"]() == CONSTRAINTS, "Run: tox -e constraints -- complete"


def test_has_exact_versions_and_no_address():
    lines = [line for line in CONSTRAINTS.splitlines() if not line.startswith("#")]
    assert len(lines) > 50
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9.-]+==[\w.]+( ; [^:]+)?", line)] == []


def test_packages_of_the_repository_are_not_in_it():
    assert "wishbone" not in CONSTRAINTS


def test_requirements_are_those_of_packages_extras_builds_and_tox(repository):
    found = script["requirements"](repository)
    assert {"hatchling", "iniconfig>=1", "backports.zstd>=1.0", "tox>=4.28", "pytest>=8.2"} <= set(found)
    assert "trustme>=1.1" in found
    assert [line for line in found if "wishbone" in line] == []


def test_completion_keeps_a_version_and_drops_what_is_not_needed(repository):
    lines = script["completed"](repository).splitlines()
    assert "iniconfig==2.0.0" in lines
    assert any(line.startswith("trustme==") for line in lines)
    assert not any(line.startswith("unused==") for line in lines)


def test_drift_names_old_and_new_version(repository):
    (line,) = [line for line in script["drift"](repository) if line.startswith("iniconfig ")]
    assert re.fullmatch(r"iniconfig 2\.0\.0 -> (?!2\.0\.0)[\d.]+", line)
    assert "unused 1.0 -> not installed" in script["drift"](repository)


@pytest.mark.parametrize("path", INSTALLERS, ids=lambda path: path.name)
def test_every_installation_from_a_checkout_uses_it(path):
    """The nightly run has one more, which is there to try the newest versions."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    commands = [line.split() for line in re.findall(r"pip install([^\n`&]*)", text)]
    free = [command for command in commands if needs_constraints(command) and command[0] != "-c"]
    assert free == ([["tox", "tox-uv"]] if path.name == "nightly.yml" else [])


def needs_constraints(arguments):
    """Whether it installs in a checkout; not an example of what users install, and not a bare "-e"."""
    names = [argument.strip('"') for argument in arguments if not argument.startswith("-")]
    return any(not name.startswith("wishbone-") for name in names)
