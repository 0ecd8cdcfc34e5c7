"""Reads the state of processes from the operating system."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def script(text):
    """Return a command that runs a Python program."""
    return [sys.executable, "-u", "-c", text]


def state(pid):
    """Return the state of a process as in ps, or an empty text if it does not exist."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[0]


def gone(pid):
    """Return whether a process has ended; a zombie has."""
    if not Path("/proc").is_dir():
        try:
            os.kill(pid, 0)
        except OSError:
            return True
        return False
    return state(pid) in ("", "Z")


def children():
    """Return the child processes of this process, including zombies."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.append(int(path.parent.name))
    return found
