"""A shell in its own folder, in which a page is followed from beginning to end."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from packages import ROOT

SECONDS = 60
"""The time limit of a command on a page."""

NO_SYSLOG = re.compile("^Warning: No syslog listens .*\n", re.MULTILINE)
PORTS = re.compile(r"\b(?:8080|8081|5140|9090)\b")
"""The ports on pages. Free ones replace them, so that pages can be tested at the same time."""

PREPARE = """
pip() {{ python {pip} "$@"; }}
python3() {{
    if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin"; : > "$3/bin/activate"; else python "$@"; fi
}}
"""
"""Nothing is downloaded and no environment is created; docs_pip.py checks the names of packages."""


class Session:
    """A shell and the folder in which it runs."""

    def __init__(self, folder):
        self.folder = folder / "work"
        self.folder.mkdir()
        self._command = folder / "command.sh"
        self._ports = {}
        installed = folder / "installed"
        installed.mkdir()
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=self.folder,
            env=_environment(folder, installed),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.run(PREPARE.format(pip=Path(__file__).with_name("docs_pip.py")))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """End the shell and its processes, including detached servers."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._shell.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                self._shell.wait(5)
        self._shell.stdin.close()
        self._shell.stdout.close()
        for left in (self.folder.parent / "wishbone").glob("*.pid"):
            subprocess.run(
                [sys.executable, "-m", "wishbone_cli", "kill", "--pid", left], timeout=30, check=False
            )

    def write(self, title, text):
        """Write a file of a page."""
        path = self.path(title)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._with_free_ports(text), encoding="utf-8")

    def path(self, name):
        """Return the path of a file, relative to the current folder of the shell."""
        where, _ = self.run("pwd")
        return Path(where.strip()) / name

    def run(self, command):
        """Run commands as if they were pasted; return their output and the last exit code."""
        mark = uuid4().hex
        self._command.write_text(self._with_free_ports(command), encoding="utf-8")
        told = f". {self._command} < /dev/null\nprintf '%s %s\\n' {mark} $?\n"
        self._shell.stdin.write(told.encode())
        self._shell.stdin.flush()
        output = self._read_until(mark.encode(), command).decode("utf-8", "replace")
        said, _, code = output.rpartition(mark)
        # A reader's machine has a syslog server; the machine of the tests may not.
        return NO_SYSLOG.sub("", self._with_shown_ports(said)), int(code)

    def _read_until(self, mark, command):
        output = b""
        deadline = time.monotonic() + SECONDS
        while mark not in output or not output.endswith(b"\n"):
            ready, _, _ = select.select([self._shell.stdout], [], [], max(deadline - time.monotonic(), 0))
            assert ready, f"{command!r} does not end. So far: {output.decode()}"
            piece = os.read(self._shell.stdout.fileno(), 65_536)
            assert piece, f"{command!r} ended the shell. So far: {output.decode()}"
            output += piece
        return output

    def _with_free_ports(self, text):
        return PORTS.sub(lambda match: self._ports.setdefault(match[0], _free_port()), text)

    def _with_shown_ports(self, text):
        for shown, used in self._ports.items():
            text = text.replace(used, shown)
        return text


def compare(shown, said):
    """Return whether output matches a page; `...` is any text, and alone on a line, any lines."""
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "..." else _pattern(line) + "\n" for line in shown.splitlines()
    )
    said = "".join(line.rstrip() + "\n" for line in said.splitlines())
    return re.fullmatch(pattern, said) is not None


def _pattern(line):
    return ".*".join(re.escape(part) for part in line.rstrip().split("..."))


def _environment(folder, installed):
    kept = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
    binaries = Path(sys.executable).parent
    return {
        **kept,
        "COLUMNS": "80",
        "DOCS_CHECKOUT": str(ROOT),
        "DOCS_INSTALLED": str(installed),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PATH": f"{binaries}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(installed),
        "XDG_RUNTIME_DIR": str(folder),
    }


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
