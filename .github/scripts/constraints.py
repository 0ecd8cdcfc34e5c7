"""Writes `constraints.txt`: the exact versions of everything that this repository installs from elsewhere.

python constraints.py update    writes the newest versions
python constraints.py complete  keeps the versions, adds what is missing, drops what is not needed any more
python constraints.py drift     prints what is newer than the file, as "gevent 25.1 -> 25.2"
"""

# ruff: noqa: INP001, T201 - a program, not a package

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "3.11"
"""The oldest Python; where a newer one needs another version, the file has a line with a marker for each."""

BUILD = (
    "build>=1.2",  # builds the archives of a release
    "editables>=0.5",  # hatchling asks for it when a package is installed editable
)
"""What is installed to build packages, beside what they declare themselves."""


def requirements(root: Path = ROOT) -> list[str]:
    """Return the third-party requirements of all packages, of tox and of its environments."""
    found = [*BUILD, *_of_tox(root / "tox.ini")]
    for path in [*root.glob("wishbone-*/pyproject.toml"), *root.glob("examples/*/pyproject.toml")]:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        project = content["project"]
        found += [*content["build-system"]["requires"], *project["dependencies"]]
        found += chain.from_iterable(project.get("optional-dependencies", {}).values())
    return sorted({line for line in found if not line.startswith(("-", "wishbone-"))})


def _of_tox(path: Path) -> list[str]:
    """Return what tox.ini requires, without the factors before it: "input-http: trustme>=1.1"."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(path, encoding="utf-8")
    lines = [tox["tox"]["requires"], *(section.get("deps", "") for section in tox.values())]
    return [re.sub(r"^[\w-]+: *", "", line) for line in "\n".join(lines).splitlines() if line]


def resolve(output: Path, *options: str, root: Path = ROOT) -> None:
    """Write the versions that meet all requirements; those in the file already are kept where they do."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", PYTHON]
    command += ["--no-annotate", "--custom-compile-command", "tox -e constraints", *options]
    subprocess.run(  # noqa: S603 - a list
        [*command, "--output-file", output, "-"],
        input="\n".join(requirements(root)),
        # tox sets it to the file whose versions are looked for here.
        env={name: value for name, value in os.environ.items() if name != "UV_CONSTRAINT"},
        encoding="utf-8",
        check=True,
    )


def pins(path: Path) -> dict[str, str]:
    """Return the versions of a file by name, several joined by a comma where Pythons differ."""
    found: dict[str, list[str]] = {}
    for match in re.finditer(r"^([\w.-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE):
        found.setdefault(match[1], []).append(match[2])
    return {name: ", ".join(versions) for name, versions in found.items()}


def drift(root: Path = ROOT) -> list[str]:
    """Return what has a newer version than the file names."""
    with tempfile.TemporaryDirectory() as folder:
        newest = Path(folder, "constraints.txt")
        resolve(newest, root=root)
        before, after = pins(root / "constraints.txt"), pins(newest)
    names = sorted(before.keys() | after.keys())
    pairs = [(name, before.get(name, "not installed"), after.get(name, "not installed")) for name in names]
    return [f"{name} {old} -> {new}" for name, old, new in pairs if old != new]


def completed(root: Path = ROOT) -> str:
    """Return the text of the file with what is missing, and without what is not needed any more."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(root / "constraints.txt", folder))
        resolve(copy, root=root)
        return copy.read_text(encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Do what the command line says."""
    file = ROOT / "constraints.txt"
    match arguments:
        case ["update"]:
            resolve(file, "--upgrade")
        case ["complete"]:
            file.write_text(completed(), encoding="utf-8")
        case ["drift"]:
            print("\n".join(drift()) or "Everything in constraints.txt is the newest.")
        case _:
            sys.exit(f"{__doc__}")


if __name__ == "__main__":
    main(sys.argv[1:])
