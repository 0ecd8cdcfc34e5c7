"""The console script: patches gevent before any module or plugin is imported, then runs the command."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402 - the patch comes first
import sys  # noqa: E402

from wishbone_cli.app import wishbone  # noqa: E402

STANDARD_ERROR = 2


def main() -> None:
    """Run the command line."""
    _open_standard_descriptors()
    _open_standard_streams()
    wishbone(prog_name="wishbone", color=False if os.environ.get("NO_COLOR") else None)


def _open_standard_descriptors() -> None:
    """Open the descriptors 0 to 2 that are closed (`>&-`), or a socket would get one of these numbers."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= STANDARD_ERROR:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def _open_standard_streams() -> None:
    """Replace a stream that is None, because its descriptor was closed, by one that takes what is written."""
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - for the whole life of the process
