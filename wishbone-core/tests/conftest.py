from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import importlib_metadata
import pytest
from hypothesis import HealthCheck, settings

from wishbone.discovery.registry import Registry

# Tests import helpers from this folder, such as `pipe`.
sys.path.insert(0, str(Path(__file__).parent))

# On a busy machine, the duration of an example says nothing about the code under test.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


class Site:
    """A folder into which a test installs made-up distributions."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self._monkeypatch = monkeypatch

    def install(self, distribution, entry_points, version="1.0", **modules):
        """Install a distribution as pip does: its metadata and its Python modules."""
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        (info / "METADATA").write_text(metadata, "utf-8")
        (info / "entry_points.txt").write_text(entry_points, "utf-8")
        for name, code in modules.items():
            (self.folder / f"{name}.py").write_text(code, "utf-8")

    def run(self, code):
        """Return the words that code prints in a new process that can import from the folder."""
        code = f"import sys; sys.path.insert(0, {str(self.folder)!r})\n{dedent(code)}"
        command = [sys.executable, "-W", "error", "-c", code]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.split()

    @property
    def registry(self):
        """The registry of the folder, whose modules can be imported until the test ends."""
        self._monkeypatch.syspath_prepend(str(self.folder))
        found = importlib_metadata.distributions(path=[str(self.folder)])
        return Registry(entry_point for distribution in found for entry_point in distribution.entry_points)


@pytest.fixture
def site(tmp_path, monkeypatch):
    before = set(sys.modules)
    yield Site(tmp_path, monkeypatch)
    for name in set(sys.modules) - before:
        if name.startswith("made_up"):
            del sys.modules[name]
