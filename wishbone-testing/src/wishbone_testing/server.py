"""Server: runs a pipeline in a process of its own, to kill it and start it again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from wishbone_testing.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT = 30.0
"""Default seconds to wait for a process: longer than for a module, as it has to start and import first."""


class Server:
    """Runs a bootstrap file with `wishbone debug`.

        with Server("pipeline.yaml") as server:
            server.wait_for("line 5000")
            server.kill()
            server.start()
            server.wait_for("line 9999")

    At the end of the context, the process is killed if it still runs.
    """

    def __init__(
        self,
        config: str | os.PathLike[str],
        *options: str,
        environment: Mapping[str, str] | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        """Prepare it. The context, or `start`, starts it.

        Args:
            config: The bootstrap file.
            *options: Options of `wishbone debug`, such as `--log-level=debug`.
            environment: Environment variables to add to those of the test.
            folder: The working directory; by default that of the test.
        """
        program = [sys.executable, "-m", "wishbone_cli", "debug"]
        self._command = [*program, "--config", os.fspath(config), *options]
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        # A file, unlike a pipe, never fills up.
        self._temporary: TemporaryDirectory[str] | None = None
        self._final_output = ""
        self._seen = 0

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it if it still runs."""
        if self.running:
            self.kill()
        if self._temporary is not None:
            self._final_output = self.output
            self._temporary.cleanup()
            self._temporary = None

    @property
    def running(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the last start.

        Raises:
            AssertionError: It was never started.
        """
        return self._started.pid

    @property
    def output(self) -> str:
        """What all processes together wrote to standard output and standard error."""
        if self._temporary is None:
            return self._final_output
        return Path(self._temporary.name, "output").read_text(errors="replace")

    def start(self) -> None:
        """Start the process.

        Raises:
            AssertionError: It runs already.
        """
        assert not self.running, "The server runs already: kill or stop it first."
        self._temporary = self._temporary or TemporaryDirectory()
        with Path(self._temporary.name, "output").open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the test chooses the command
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self._folder,
            )

    def wait_for(self, pattern: str, timeout: float = TIMEOUT) -> re.Match[str]:
        """Wait until the output has a match of a regular expression, after the previous match.

        Raises:
            AssertionError: There was none within `timeout` seconds, or the process ended.
        """
        searched = re.compile(pattern)

        def look() -> re.Match[str] | None:
            running = self.running
            found = searched.search(self.output, self._seen)
            assert found or running, f"The server ended before it wrote {pattern!r}. Output:\n{self.output}"
            return found

        found = wait_until(look, f"the server to write {pattern!r}; output: {self.output[-2000:]}", timeout)
        assert found is not None
        self._seen = found.end()
        return found

    def kill(self) -> None:
        """Kill the process (SIGKILL), as a power failure would."""
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self, timeout: float = TIMEOUT) -> int:
        """Stop the process in order (SIGTERM), and return its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def signal(self, number: int) -> None:
        """Send a signal to the process."""
        os.kill(self.pid, number)

    def wait(self, timeout: float = TIMEOUT) -> int:
        """Wait for the end of the process.

        Returns:
            Its exit code; for a process that a signal killed, the negative number of the signal.

        Raises:
            AssertionError: It still runs after `timeout` seconds.
        """
        process = self._started
        wait_until(lambda: process.poll() is not None, "the server to end", timeout)
        return process.returncode

    @property
    def _started(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "The server was not started: call start() first."
        return self._process
