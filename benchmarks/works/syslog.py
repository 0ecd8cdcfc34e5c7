"""Syslog lines over TCP, parsed and written to a file as JSON on one core, against rsyslog."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench

HERE = Path(__file__).parents[1]
LINES = 300_000
LINES_PER_SECOND = 10_000
"""Lines with the same time stamp."""
TIMEOUT = 30
"""Seconds for a server to start, and to write its lines."""

TEMPLATES = {"JSON": ("json", 0.25), "its own format": ("RSYSLOG_FileFormat", None)}
"""For each output of rsyslog: the template and the bound. Only JSON is the same work as on our side."""


def work(bench: Bench) -> list[Figure]:
    """Compare with both outputs of rsyslog. The server has the first core; sender and counter the others."""
    program = rsyslogd()
    if program is None:
        return [missing(name, "rsyslog is not installed") for name in TEMPLATES]
    if not hasattr(os, "sched_setaffinity"):
        return [missing(name, "processes cannot be pinned to a core here") for name in TEMPLATES]
    lines = bench.count(LINES)
    messages = b"".join(line(number) for number in range(lines))
    figures = []
    for name, (template, least) in TEMPLATES.items():
        ours, theirs, ratio = bench.compare(
            partial(rate, messages, lines, our_command),
            partial(rate, messages, lines, partial(their_command, program, template)),
        )
        shown = f"{ours:,.0f} to {theirs:,.0f} lines/s"
        figures.append(Figure("syslog to JSON", f"rsyslog, {name}", shown, ratio, least))
    return figures


def missing(name: str, reason: str) -> Figure:
    """Return the figure of a comparison that cannot run."""
    return Figure("syslog to JSON", f"rsyslog, {name}", reason, None, TEMPLATES[name][1])


def rsyslogd() -> str | None:
    """Return the path of rsyslogd, also outside the PATH of ordinary users; None if it is not installed."""
    return shutil.which("rsyslogd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def our_command(folder: Path, port: int) -> list[str]:
    """Return the command that starts our server."""
    return [sys.executable, str(HERE / "engine" / "syslog_server.py"), str(port), str(folder / "out")]


def their_command(program: str, template: str, folder: Path, port: int) -> list[str]:
    """Write a configuration for rsyslog, and return the command that starts it."""
    config = (HERE / "peers" / "rsyslog.conf").read_text()
    path = folder / "rsyslog.conf"
    for name, value in {"PORT": port, "FOLDER": folder, "TEMPLATE": template}.items():
        config = config.replace(name, str(value))
    path.write_text(config)
    return [program, "-n", "-f", str(path), "-i", str(folder / "pid")]


def rate(messages: bytes, lines: int, command) -> float:
    """Return the lines per second of a server."""
    with tempfile.TemporaryDirectory() as folder:
        return lines / seconds(messages, lines, command, Path(folder))


def seconds(messages: bytes, lines: int, command, folder: Path) -> float:
    """Return the seconds in which a server receives and parses all lines, and writes them to `folder/out`."""
    port = free_port()
    first, *others = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {first})  # the server inherits it
    server = subprocess.Popen(command(folder, port), stderr=subprocess.DEVNULL)
    os.sched_setaffinity(0, others or {first})
    try:
        with connect(port) as connection:
            began = perf_counter()
            connection.sendall(messages)
        wait_for_lines(folder / "out", lines)
        return perf_counter() - began
    finally:
        os.sched_setaffinity(0, {first, *others})
        server.kill()
        server.wait()


def line(number: int) -> bytes:
    """Return a message in the format of most programs (RFC 3164)."""
    second = number // LINES_PER_SECOND
    return b"<%d>Nov 23 %02d:%02d:%02d server%02d checkout[%d]: order %08d was paid by card, thank you\n" % (
        *(128 + number % 8, second // 3600 % 24, second // 60 % 60, second % 60),
        *(number % 100, 1000 + number % 50, number),
    )


def free_port() -> int:
    """Return a free TCP port."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def connect(port: int) -> socket.socket:
    """Connect as soon as the server listens."""
    deadline = monotonic() + TIMEOUT
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert monotonic() < deadline, "the server did not start"
            sleep(0.01)


def wait_for_lines(path: Path, lines: int) -> None:
    """Wait until a file has a number of lines."""
    deadline = monotonic() + TIMEOUT
    while not path.exists():
        assert monotonic() < deadline, "the server wrote nothing"
        sleep(0.001)
    with path.open("rb") as file:
        found = 0
        while found < lines:
            block = file.read(1 << 20)
            found += block.count(b"\n")
            if not block:
                assert monotonic() < deadline, f"only {found} of {lines} lines were written"
                sleep(0.001)
