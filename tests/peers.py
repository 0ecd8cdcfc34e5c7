"""The servers that the examples use: on loopback, and able to be down, refuse, and come back."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic
from typing import NamedTuple

import pytest
from packages import ROOT

from wishbone_testing import Server, wait_until

EXAMPLES = ROOT / "examples"
FOLDERS = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin:/opt/homebrew/bin"


def needs(program, package):
    """Skip a test where a program is missing."""
    return pytest.mark.skipif(
        shutil.which(program, path=FOLDERS) is None, reason=f"needs {program}: apt-get install {package}"
    )


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for_port(port, server=None):
    """Wait until a server listens on a port; if its process has ended, fail with its output."""

    def listens():
        assert server is None or server.running, server.output
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until(listens, f"something to listen at port {port}")


class Request(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes
    time: float
    """The seconds of a monotonic clock."""

    @property
    def json(self):
        return json.loads(self.body)


class Service:
    """An HTTP server that keeps accepted requests; `answer` returns the status for a request."""

    def __init__(self, answer=lambda request: 200, *, down=False):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.requests = []
        self.answer = answer
        self._down = down
        self._server = None

    def __enter__(self):
        if not self._down:
            self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=[0.05], daemon=True)
        self._thread.start()

    def stop(self):
        """Refuse connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None

    @property
    def bodies(self):
        return [request.body.decode() for request in self.requests]

    def wait(self, count, timeout=20):
        """Wait for a number of requests, and return all requests."""
        wait_until(
            lambda: len(self.requests) >= count, f"{count} requests, not only {self.requests}", timeout
        )
        return self.requests

    def _handler(self):
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.path, headers, body, monotonic())
                status = service.answer(request)
                if status == 200:
                    service.requests.append(request)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Log nothing."""

        return Handler


def run_example(name, folder, **environment):
    """Start an example as a server in the folder of the test."""
    texts = {key: str(value) for key, value in environment.items()}
    return Server(EXAMPLES / name, environment={"STATE_DIRECTORY": str(folder), **texts}, folder=folder)


@contextmanager
def running(*command):
    """Run a program until the context ends."""
    program = shutil.which(command[0], path=FOLDERS)
    process = subprocess.Popen([program, *command[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def curl(url, *options):
    """Send a GET request and return the status."""
    command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20", *options, url]
    return int(subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout)


def lines(path):
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
