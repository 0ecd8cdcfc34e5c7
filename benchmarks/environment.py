"""Environments: a virtual environment for each peer."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NEWEST = (3, 12)
"""The newest Python that all peers support."""


class Unavailable(Exception):
    """A peer cannot be installed."""


class Environments:
    """Creates the environment of a peer when it is first needed, and keeps it.

    Args:
        folder: The folder of the environments.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def python(self, peer: str) -> Path:
        """Return the Python interpreter of a peer.

        Raises:
            Unavailable: The peer cannot be installed.
        """
        requirements = HERE / "peers" / f"{peer}.txt"
        if not requirements.exists():
            return Path(sys.executable)
        home = self.folder / peer
        python = home / "bin" / "python"
        installed = home / "installed.txt"
        if not installed.exists() or installed.read_text() != requirements.read_text():
            shutil.rmtree(home, ignore_errors=True)
            self._install(home, python, requirements)
            installed.write_text(requirements.read_text())
        return python

    def _install(self, home: Path, python: Path, requirements: Path) -> None:
        uv = shutil.which("uv")
        if uv:
            _call(uv, "venv", "--quiet", "--python", _base_python(), home)
            _call(uv, "pip", "install", "--quiet", "--python", python, "--requirement", requirements)
        else:
            _call(_base_python(), "-m", "venv", home)
            _call(python, "-m", "pip", "install", "--quiet", "--requirement", requirements)


def _base_python() -> str:
    if sys.version_info[:2] <= NEWEST:
        return sys.executable
    for name in ("python3.12", "python3.11"):
        found = shutil.which(name)
        if found:
            return found
    message = "it needs Python 3.12 or 3.11, which are not on the PATH"
    raise Unavailable(message)


def _call(*command: object) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        message = f"{Path(str(command[0])).name} {command[1]} failed: {last}"
        raise Unavailable(message)
