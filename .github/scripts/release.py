"""Checks a release: `python release.py wishbone-output-stdout-v0.2.0` prints its package, or the error.

The tag, the version in the package's pyproject.toml and the newest heading of its changelog must agree.
"""

# ruff: noqa: INP001 - a program, not a package

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class ReleaseError(Exception):
    """The tag, the pyproject and the changelog do not agree."""


def package_of(tag: str, root: Path = ROOT) -> str:
    """Return the package that a tag releases.

    Raises:
        ReleaseError: The tag names no package, or the package's files name another version or no date.
    """
    match = re.fullmatch(r"(wishbone-[a-z0-9-]+)-v([0-9]+\.[0-9]+\.[0-9]+(?:(?:a|b|rc)[0-9]+)?)", tag)
    if match is None:
        message = f"The tag {tag!r} is not a release tag: write it as wishbone-output-stdout-v0.2.0."
        raise ReleaseError(message)
    package, version = match.groups()
    if not (root / package / "pyproject.toml").is_file():
        message = f"The tag {tag!r} names no package: there is no folder {package!r}."
        raise ReleaseError(message)
    heading, date = newest_heading(root / package)
    compare(tag, version, f"{package}/pyproject.toml", project_version(root / package))
    compare(tag, version, f"{package}/CHANGELOG.md", heading)
    if date == "unreleased":
        message = f"{package}/CHANGELOG.md says that {version} is unreleased: write the date of the release."
        raise ReleaseError(message)
    return package


def compare(tag: str, version: str, file: str, found: str) -> None:
    """Raise a ReleaseError unless a file has the version of the tag."""
    if found != version:
        message = (
            f"The tag {tag!r} is for {version}, and {file} says {found or 'nothing'}: correct one of them."
        )
        raise ReleaseError(message)


def project_version(folder: Path) -> str:
    """Return the version in a package's pyproject.toml."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def newest_heading(folder: Path) -> tuple[str, str]:
    """Return version and date of the first heading in a package's changelog.

    The date is "unreleased" before the release. Both are empty if the heading does not have this form.
    """
    changelog = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = re.search(r"^## (.*)$", changelog, re.MULTILINE)
    parts = re.fullmatch(r"(\S+) - ([0-9]{4}-[0-9]{2}-[0-9]{2}|unreleased)", heading[1]) if heading else None
    return (parts[1], parts[2]) if parts else ("", "")


def main(arguments: list[str]) -> None:
    """Print the package of the tag."""
    try:
        (tag,) = arguments
        print(package_of(tag))  # noqa: T201 - a program
    except ValueError:
        sys.exit("Give one tag, such as wishbone-output-stdout-v0.2.0.")
    except ReleaseError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
