"""The package among the examples passes its own tests, as the page that teaches to write it says."""

from __future__ import annotations

import subprocess
import sys

from packages import ROOT

FOLDER = ROOT / "examples" / "wishbone-output-ledgerly"
MOST_LINES = 120


def test_it_passes_its_own_tests():
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=FOLDER, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_short():
    lines = [line for file in FOLDER.rglob("*.py") for line in file.read_text("utf-8").splitlines()]
    assert len(lines) < MOST_LINES
