"""Server: a pipeline in a process of its own, to kill it at a given moment and start it again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from wishbone_testing.waiting import PATIENCE, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType


class Server:
    """Runs a bootstrap file with `wishbone debug` in a process of its own.

        with Server("pipeline.yaml") as server:
            server.wait_for("line 5000")
            server.kill()
            server.start()
            server.wait_for("line 9999")

    What it writes to standard output and standard error, over all its lives, is in `output`. It is killed
    when the context ends, if it still runs.
    """

    def __init__(
        self,
        config: str | os.PathLike[str],
        *options: str,
        environment: Mapping[str, str] | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        """Prepare it; the context, or `start`, starts it.

        Args:
            config: The bootstrap file.
            *options: Further options of `wishbone debug`, such as `--log-level=debug`.
            environment: Environment variables to set, beside those of the test's process.
            folder: The folder that it runs in; that of the test's process, if it is not given.
        """
        self._command = [
            sys.executable,
            "-m",
            "wishbone_cli",
            "debug",
            "--config",
            os.fspath(config),
            *options,
        ]
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        # A file: nobody has to read it for the server to go on.
        self._kept: TemporaryDirectory[str] | None = None
        self._last = ""
        self._seen = 0

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Kill it, if it still runs."""
        if self.running:
            self.kill()
        if self._kept is not None:
            self._last = self.output
            self._kept.cleanup()
            self._kept = None

    @property
    def running(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The number of the process that runs, or ran last.

        Raises:
            AssertionError: It was never started.
        """
        assert self._process is not None, "The server was not started: call start() first."
        return self._process.pid

    @property
    def output(self) -> str:
        """What it has written so far, over all its lives."""
        if self._kept is None:
            return self._last
        return Path(self._kept.name, "output").read_text(errors="replace")

    def start(self) -> None:
        """Start it, again after it has ended.

        Raises:
            AssertionError: It runs.
        """
        assert not self.running, "The server runs already: kill or stop it first."
        self._kept = self._kept or TemporaryDirectory()
        with Path(self._kept.name, "output").open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - it runs what the test says
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self._folder,
            )

    def wait_for(self, pattern: str, timeout: float = PATIENCE) -> re.Match[str]:
        """Wait until it has written something, behind what was waited for before.

        Args:
            pattern: A regular expression.
            timeout: Seconds to wait.

        Returns:
            What was found.

        Raises:
            AssertionError: It did not write it in time, or ended before.
        """
        searched = re.compile(pattern)

        def look() -> re.Match[str] | None:
            alive = self.running
            found = searched.search(self.output, self._seen)
            assert found or alive, f"The server ended before it wrote {pattern!r}. It wrote:\n{self.output}"
            return found

        found = wait_until(look, f"the server to write {pattern!r}; it wrote: {self.output[-2000:]}", timeout)
        assert found is not None
        self._seen = found.end()
        return found

    def kill(self) -> None:
        """Let it die at once, as it does when the machine loses its power (SIGKILL)."""
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self, timeout: float = PATIENCE) -> int:
        """Ask it to stop in order (SIGTERM).

        Args:
            timeout: Seconds to wait for its end.

        Returns:
            Its exit code.
        """
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait for its end.

        Args:
            timeout: Seconds to wait.

        Returns:
            Its exit code; below zero, the signal that it died of.

        Raises:
            AssertionError: It did not end in time.
        """
        process = self._process
        assert process is not None, "The server was not started: call start() first."
        wait_until(lambda: process.poll() is not None, "the server to end", timeout)
        return process.returncode
