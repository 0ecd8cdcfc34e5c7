"""Syslog lines over TCP, parsed and written to a file on one core, against rsyslog doing the same."""

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
A_SECOND = 10_000
"""Lines that tell the same time."""
LEAST = 0.25
PATIENCE = 30
"""Seconds that a server may take to start, or to write what it was sent."""


def work(bench: Bench) -> list[Figure]:
    """Compare the two, each alone on the first core; what sends and counts has the others."""
    program = rsyslogd()
    if program is None:
        return [Figure("syslog", "rsyslog", "rsyslog is not installed", None, LEAST)]
    if not hasattr(os, "sched_setaffinity"):
        return [Figure("syslog", "rsyslog", "a process cannot be bound to a core here", None, LEAST)]
    lines = bench.count(LINES)
    ours, theirs, ratio = bench.compare(
        partial(rate, lines, our_command), partial(rate, lines, partial(their_command, program))
    )
    return [Figure("syslog", "rsyslog", f"{ours:,.0f} to {theirs:,.0f} lines/s", ratio, LEAST)]


def rsyslogd() -> str | None:
    """Return the program, which is not always on the PATH of people; None, if it is not installed."""
    return shutil.which("rsyslogd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def our_command(folder: Path, port: int) -> list[str]:
    """Return what starts the engine."""
    return [sys.executable, str(HERE / "engine" / "syslog_server.py"), str(port), str(folder / "out")]


def their_command(program: str, folder: Path, port: int) -> list[str]:
    """Return what starts rsyslog, with a configuration of its own."""
    config = (HERE / "peers" / "rsyslog.conf").read_text()
    path = folder / "rsyslog.conf"
    path.write_text(config.replace("PORT", str(port)).replace("FOLDER", str(folder)))
    return [program, "-n", "-f", str(path), "-i", str(folder / "pid")]


def rate(lines: int, command) -> float:
    """Return the lines a second that a server receives, parses and writes."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        first, *others = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {first})  # what is started has the same
        server = subprocess.Popen(command(folder, port), stderr=subprocess.DEVNULL)
        os.sched_setaffinity(0, others or {first})
        try:
            with wait_for(port) as connection:
                began = perf_counter()
                connection.sendall(b"".join(line(number) for number in range(lines)))
            wait_for_lines(folder / "out", lines)
            return lines / (perf_counter() - began)
        finally:
            os.sched_setaffinity(0, {first, *others})
            server.kill()
            server.wait()


def line(number: int) -> bytes:
    """Return a message as most programs send it (RFC 3164): some thousand in each second."""
    second = number // A_SECOND
    return b"<%d>Nov 23 %02d:%02d:%02d server%02d checkout[%d]: order %08d was paid by card, thank you\n" % (
        *(128 + number % 8, second // 3600 % 24, second // 60 % 60, second % 60),
        *(number % 100, 1000 + number % 50, number),
    )


def free_port() -> int:
    """Return a port that nobody listens at now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int) -> socket.socket:
    """Return a connection, as soon as somebody listens."""
    deadline = monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert monotonic() < deadline, "the server did not start"
            sleep(0.01)


def wait_for_lines(path: Path, lines: int) -> None:
    """Wait until a file has so many lines."""
    deadline = monotonic() + PATIENCE
    while not path.exists():
        sleep(0.001)
    with path.open("rb") as file:
        found = 0
        while found < lines:
            block = file.read(1 << 20)
            found += block.count(b"\n")
            if not block:
                assert monotonic() < deadline, f"only {found} of {lines} lines were written"
                sleep(0.001)
