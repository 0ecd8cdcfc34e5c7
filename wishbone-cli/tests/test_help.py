from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import wishbone_cli.commands

COMMANDS = sorted(path.stem for path in Path(wishbone_cli.commands.__file__).parent.glob("[a-z]*.py"))


def test_there_are_all_commands():
    assert {"debug", "start", "stop", "kill", "status", "check", "list", "show", "schema", "graph"} <= {
        *COMMANDS
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_ends_in_an_example(command):
    done = subprocess.run(
        [sys.executable, "-m", "wishbone_cli", command, "--help"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip().rpartition("\n\n")[2].strip().startswith(f"Example: wishbone {command}")
