from __future__ import annotations

import os
import subprocess

import pytest

from wishbone_output_file import File
from wishbone_testing import Harness


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out.log"


@pytest.fixture
def write(path):
    """Run the module on a file, feed it, wait for the end of all, and return what became of each event."""

    def run(*payloads, name=None, **arguments):
        arguments = {"path": str(name or path), **arguments}
        with Harness(File, arguments, unconnected=("success",)) as file:
            settlements = [file.feed_acknowledged(payload) for payload in payloads]
        return [settlement.acknowledged for settlement in settlements]

    return run


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 64 KiB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no small file system can be mounted here: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)
