"""Bakes packages, and installs them into environments of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("input", "output", "function", "flow", "codec", "plugin")
ANSWERS = {"name": "my_thing", "description": "does what it's told & more", "author": "O'Neil & Ana"}


def run(*command, cwd=None, check=True, **environment):
    """Run a program to its end. If it fails, the error shows its output."""
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert not check or finished.returncode == 0, f"{command}\n{finished.stdout}\n{finished.stderr}"
    return finished


def bake(folder, kind, *, check=True, **answers):
    """Bake a package into a folder. The answers override those of the tests; None takes the default."""
    answers = {"kind": kind, **ANSWERS, **answers}
    return run(
        sys.executable,
        "-m",
        "cookiecutter",
        "--no-input",
        "--output-dir",
        folder,
        ROOT / "template",
        *(f"{key}={value}" for key, value in answers.items() if value is not None),
        check=check,
        HOME=str(folder.parent),
    )


class Baked:
    """A fresh package of one kind, and an environment with it and the packages that it uses."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.output = folder / "baked"
        self.output.mkdir()
        bake(self.output, kind)
        self.path = self.output / f"wishbone-{kind}-my-thing"
        self.bin = folder / "environment" / "bin"
        uv = Path(sys.executable).with_name("uv")
        run(uv, "venv", "-q", "--python", sys.executable, self.bin.parent)
        siblings = ("core", "testing", "cli", "input-generator", "output-stdout")
        editable = [part for name in siblings for part in ("-e", ROOT / f"wishbone-{name}")]
        python = self.bin / "python"
        tools = ("mypy", "pytest", "ruff")
        run(uv, "pip", "install", "-q", "--python", python, *editable, self.path, *tools, cwd=folder)
