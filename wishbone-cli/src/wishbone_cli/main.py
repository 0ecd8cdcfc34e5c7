"""The console script: patches gevent before any module or plugin is imported, then runs the command."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402 - the patch comes first

from wishbone_cli.app import wishbone  # noqa: E402

STANDARD_ERROR = 2


def main() -> None:
    """Run the command line."""
    _open_standard_descriptors()
    wishbone(prog_name="wishbone", color=False if os.environ.get("NO_COLOR") else None)


def _open_standard_descriptors() -> None:
    """Open the descriptors 0 to 2 that are closed (`>&-`), or a socket would get one of these numbers."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= STANDARD_ERROR:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
