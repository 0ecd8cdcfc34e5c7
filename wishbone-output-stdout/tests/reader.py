"""Reads standard output in tests."""

from __future__ import annotations

import os
from contextlib import suppress
from types import SimpleNamespace

from wishbone_testing import wait_until


def put_in_place(monkeypatch, file, name="stdout"):
    """Replace a standard stream by a file, for the module only: pytest changes sys.stdout, too."""
    monkeypatch.setattr("wishbone_output_stdout.standard_stream.sys", SimpleNamespace(**{name: file}))


class Reader:
    """The reading end of a pipe or terminal that replaces standard output."""

    def __init__(self, monkeypatch, far, near, name="stdout"):
        self.far, self.near = far, near
        self.file = os.fdopen(near, "w", closefd=True)
        put_in_place(monkeypatch, self.file, name)
        os.set_blocking(far, False)
        self.data = b""

    def close(self):
        self.file.close()
        self.hang_up()

    def hang_up(self):
        if self.far >= 0:
            os.close(self.far)
        self.far = -1

    def read(self):
        with suppress(BlockingIOError):
            self.data += os.read(self.far, 1_000_000)
        return self.data

    def wait(self, size):
        wait_until(lambda: len(self.read()) >= size, f"{size} bytes")
        return self.data

    def fill(self):
        """Fill the pipe."""
        copy = os.open(f"/proc/self/fd/{self.near}", os.O_WRONLY | os.O_NONBLOCK)
        filled = 0
        try:
            while True:
                filled += os.write(copy, b"." * 4096)
        except BlockingIOError:
            return filled
        finally:
            os.close(copy)
