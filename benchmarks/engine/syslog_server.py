"""Receives syslog over TCP, parses it and writes it to a file, until killed: `syslog_server.py PORT FILE`."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()  # as the command does

import sys  # noqa: E402 - patch before importing
from pathlib import Path  # noqa: E402

from wishbone.router import Default  # noqa: E402
from wishbone_cli.bootstrap import load  # noqa: E402

CONFIG = Path(__file__).with_suffix(".yaml")


def serve(port: str, destination: str) -> None:
    """Run until killed."""
    router = Default()
    load([CONFIG], router, environment={"PORT": port, "DESTINATION": destination})
    router.start()
    router.block()


if __name__ == "__main__":
    serve(*sys.argv[1:])
