"""The packages of the repository, as their files describe them."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = sorted(path.parent for path in ROOT.glob("wishbone-*/pyproject.toml"))
MODULES = [
    path for path in FOLDERS if path.name.split("-")[1] in {"input", "output", "function", "flow", "codec"}
]


def pyproject(folder):
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def import_name(folder):
    return "wishbone" if folder.name == "wishbone-core" else folder.name.replace("-", "_")


def tracked():
    """Return every file in git, with its text where it is a text."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]
