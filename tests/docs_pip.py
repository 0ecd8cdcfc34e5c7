"""Replaces `pip` on the pages that are tested: it checks the names of packages and installs nothing.

A folder with a package is linked into the session's path, with its entry points.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOREIGN = {"build", "cookiecutter", "mypy", "pytest", "ruff", "tox", "tox-uv", "twine", "types-gevent"}
"""The packages of other projects that pages install."""


def main(action, *arguments):
    """Do what a page can notice of `pip install`."""
    if action != "install":
        sys.exit(f"pages use only 'pip install', not {action!r}")
    for argument in arguments:
        if argument.startswith("-"):
            continue
        if Path(argument).is_dir():
            link(Path(argument).resolve(), Path(os.environ["DOCS_INSTALLED"]))
            continue
        name = re.split(r"[\[<>=~!]", argument)[0]
        if name not in FOREIGN and not (ROOT / name / "pyproject.toml").is_file():
            sys.exit(f"{name!r} is neither a package of this repository nor one of {sorted(FOREIGN)}")


def link(folder, installed):
    """Link a package, as an editable installation does."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (source,) = (folder / "src").iterdir()
    (installed / source.name).symlink_to(source)
    metadata = installed / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in offers.items())
        for group, offers in project["entry-points"].items()
    ]
    (metadata / "entry_points.txt").write_text("".join(groups), encoding="utf-8")


main(*sys.argv[1:])
