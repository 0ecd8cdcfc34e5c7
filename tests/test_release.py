"""A release needs a tag, a pyproject and a changelog that agree."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".github" / "scripts" / "release.py"
release = runpy.run_path(str(SCRIPT))
ReleaseError = release["ReleaseError"]


@pytest.fixture
def repository(tmp_path):
    """Return a function that makes a repository of one package."""

    def make(version="0.2.0", changelog="# Changelog\n\n## 0.2.0 - 2026-01-31\n\n## 0.1.0 - 2026-01-01\n"):
        folder = tmp_path / "wishbone-input-file"
        folder.mkdir()
        (folder / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n', encoding="utf-8")
        (folder / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
        return tmp_path

    return make


def test_names_the_package_when_all_agree(repository):
    assert release["package_of"]("wishbone-input-file-v0.2.0", repository()) == "wishbone-input-file"


@pytest.mark.parametrize(
    "tag",
    [
        "v0.2.0",
        "wishbone-input-file",
        "wishbone-input-file-v1",
        "wishbone-../x-v0.2.0",
        "wishbone-v-v0.2.0 x",
    ],
)
def test_refuses_a_tag_that_is_not_a_release(repository, tag):
    with pytest.raises(ReleaseError, match="is not a release tag"):
        release["package_of"](tag, repository())


def test_refuses_an_unknown_package(repository):
    with pytest.raises(ReleaseError, match="there is no folder 'wishbone-input-fiel'"):
        release["package_of"]("wishbone-input-fiel-v0.2.0", repository())


def test_refuses_another_version_in_the_pyproject(repository):
    with pytest.raises(
        ReleaseError, match=r"is for 0.2.0, and wishbone-input-file/pyproject.toml says 0.1.0"
    ):
        release["package_of"]("wishbone-input-file-v0.2.0", repository(version="0.1.0"))


@pytest.mark.parametrize(
    ("changelog", "says"),
    [
        ("## 0.3.0 - 2026-01-31\n## 0.2.0 - 2026-01-01\n", "0.3.0"),
        ("## Unreleased\n## 0.2.0 - 2026-01-01\n", "nothing"),
        ("## 0.2.0\n", "nothing"),
        ("", "nothing"),
    ],
)
def test_refuses_another_heading_in_the_changelog(repository, changelog, says):
    with pytest.raises(ReleaseError, match=f"CHANGELOG.md says {says}"):
        release["package_of"]("wishbone-input-file-v0.2.0", repository(changelog=changelog))


def test_refuses_a_version_that_is_marked_as_unreleased(repository):
    root = repository(changelog="## 0.2.0 - unreleased\n")
    with pytest.raises(ReleaseError, match=r"says that 0.2.0 is unreleased: write the date"):
        release["package_of"]("wishbone-input-file-v0.2.0", root)


def test_prints_the_error_without_a_traceback():
    finished = subprocess.run(
        [sys.executable, SCRIPT, "v1"], capture_output=True, encoding="utf-8", check=False
    )
    assert finished.returncode == 1
    assert finished.stderr.startswith("The tag 'v1' is not a release tag")
