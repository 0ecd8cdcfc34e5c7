"""HTTP requests with one event each on keep-alive connections, against gevent's own server."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench

HERE = Path(__file__).parents[1]
SECONDS = 10
CONNECTIONS = 16
LEAST = 0.7

SCRIPT = """
wrk.method = "POST"
wrk.body = '{"user": "ada", "action": "login", "number": 1}'
wrk.headers["Content-Type"] = "application/json"
"""


def work(bench: Bench) -> list[Figure]:
    """Compare the two. The engine answers a request when its event is acknowledged."""
    peer = "gevent.pywsgi, bare"
    if shutil.which("wrk") is None:
        return [Figure("http", peer, "wrk is not installed", None, LEAST)]
    seconds = max(1, round(SECONDS * bench.scale))
    ours, theirs, ratio = bench.compare(
        partial(rate, HERE / "engine" / "http_server.py", seconds),
        partial(rate, HERE / "peers" / "pywsgi_peer.py", seconds),
    )
    return [Figure("http", peer, f"{ours:,.0f} to {theirs:,.0f} requests/s", ratio, LEAST)]


def rate(server: Path, seconds: float) -> float:
    """Return the requests per second of a server."""
    with (
        tempfile.NamedTemporaryFile("w", suffix=".lua") as script,
        subprocess.Popen([sys.executable, str(server)], stdout=subprocess.PIPE, text=True) as process,
    ):
        script.write(SCRIPT)
        script.flush()
        try:
            return load(int(process.stdout.readline()), seconds, script.name)
        finally:
            process.kill()


def load(port: int, seconds: float, script: str) -> float:
    """Send requests with wrk, and return the rate that it reports."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "-s", script, f"http://127.0.0.1:{port}/"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Non-2xx" not in done.stdout, done.stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])
