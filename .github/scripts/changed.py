"""Prints which packages a change touches: `python changed.py BASE` (a commit, a branch), or all without BASE.

The output is JSON: the tox environments of a matrix, such as `["input-file-py311", ...]`.
"""

# ruff: noqa: INP001 - a program, not a package

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("311", "312", "313")
SHARED = {"wishbone-cli", "wishbone-core", "wishbone-testing"}
"""The packages that the tests of every package use: conformance suites check snippets with the command."""

ALONE = {"benchmarks", "docs", "examples", "template", "tests"}
"""The folders that no package's tests use."""


def packages(root: Path = ROOT) -> list[str]:
    """Return the packages of the repository."""
    return sorted(path.parent.name for path in root.glob("wishbone-*/pyproject.toml"))


def users(root: Path = ROOT) -> dict[str, set[str]]:
    """Return the packages that require each package, directly or through others."""
    required = {name: _requirements(root / name / "pyproject.toml") for name in packages(root)}

    def requires(name: str, other: str) -> bool:
        return other in required[name] or any(
            requires(each, other) for each in required[name] & required.keys()
        )

    return {other: {name for name in required if requires(name, other)} for other in required}


def _requirements(path: Path) -> set[str]:
    dependencies = tomllib.loads(path.read_text(encoding="utf-8"))["project"]["dependencies"]
    return {name for pin in dependencies if (name := re.split(r"[^\w-]", pin)[0]).startswith("wishbone-")}


def touched(
    paths: Iterable[str], known: list[str], users: Mapping[str, set[str]] = MappingProxyType({})
) -> list[str]:
    """Return the packages to test when files changed.

    Args:
        paths: The files, relative to the root.
        known: All packages there are.
        users: The packages that require each package.

    Returns:
        All packages if a file changed that all use; texts at the root, such as the README, do not count.
        wishbone-cli is tested with every module, because its tests run some of them.
    """
    found = set()
    for path in paths:
        top, slash, _ = path.partition("/")
        if top in SHARED:
            return known
        if top in known:
            found |= {top, "wishbone-cli", *users.get(top, ())}
        elif top not in ALONE and (slash or not top.endswith(".md")):
            return known
    return [name for name in known if name in found]


def environments(names: Iterable[str]) -> list[str]:
    """Return the tox environments of packages, one for each Python."""
    return [f"{name.removeprefix('wishbone-')}-py{python}" for name in names for python in PYTHONS]


def changed_since(base: str, root: Path = ROOT) -> list[str] | None:
    """Return the files that changed between a commit and HEAD; None if git does not know the commit."""
    command = [
        "git",
        "diff",
        "--name-only",
        "--no-renames",
        "-z",
        "--merge-base",
        "--end-of-options",
        base,
        "HEAD",
    ]
    finished = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - a list
    if finished.returncode:
        print(f"Testing all packages: {finished.stderr.strip()}", file=sys.stderr)  # noqa: T201 - a program
        return None
    return finished.stdout.split("\0")[:-1]


def main(arguments: list[str]) -> None:
    """Print the environments."""
    known = packages()
    paths = changed_since(arguments[0]) if arguments and arguments[0] else None
    print(json.dumps(environments(known if paths is None else touched(paths, known, users()))))  # noqa: T201 - a program


if __name__ == "__main__":
    main(sys.argv[1:])
