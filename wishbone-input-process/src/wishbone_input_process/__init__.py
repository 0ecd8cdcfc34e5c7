"""Creates events from the output of a child process, restarts it, and reports how it ended."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import gevent
from msgspec import Meta

from wishbone.arguments import DecoderFactory
from wishbone.codec import BadFrame
from wishbone.error import ConfigError
from wishbone.event import Event
from wishbone.module import InputModule
from wishbone_input_process.child import Child, Exit
from wishbone_input_process.environment import child_environment
from wishbone_input_process.reader import Reader

if TYPE_CHECKING:
    from gevent import Greenlet

    from wishbone.actor import ActorConfig

__all__ = ["Process"]

SILENCE_SECONDS = 1.0
"""Seconds without output after which a pipe that another process holds open is given up."""

REAP_SECONDS = 0.5
"""Seconds to wait for a killed child, when the module itself is killed."""

STDERR = DecoderFactory("plain", errors="replace", max_size=8192)
"""Decodes the lines of standard error."""


class Process(InputModule, optional_outputs={"stderr", "exit"}):
    """Creates events from the output of a child process, restarts it, and reports how it ended.

    The command is a program and its arguments. It does not go through a shell; if you want one, write
    `[sh, -c, "dmesg | tail"]`. When the child ends, it is restarted after `pause`. The pause doubles each
    time, until the child runs longer than `longest_pause`. When the child is not restarted, the input has
    finished.

        modules:
          process:
            module: wishbone.input.process
            arguments: {command: [vmstat, -n, "5"], restart: failure}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - process.outbox -> stdout.inbox

    While the pipeline is blocked, output is not read, so the child blocks when its pipe is full. Output that
    was read cannot be read again, so an event that fails is not repeated. The child is ended when the decoder
    cannot continue, for example after damaged compressed bytes.

    When the module stops, the child gets SIGTERM, and SIGKILL if it still runs after `grace`. Both signals go
    to its whole process group, also when the child ends by itself and leaves other processes. On Linux the
    kernel kills the child, but not the processes that it started, when the server dies.

    From the server's environment the child gets only harmless variables: HOME, LANG, LANGUAGE, LC_*, LOGNAME,
    PATH, SHELL, TMPDIR, TZ and USER, and those in `inherit`.

    `tmp.<module>.pid` of each event is the process ID of the child.

    Args:
        command: The program and its arguments, without a shell.
        directory: Working directory; that of the server by default.
        environment: Environment variables for the child.
        inherit: Names of further environment variables to copy from the server.
        decoder: Decoder of the output, such as `json`; lines of text by default.
        stderr: What happens to standard error: its lines go to the module's logs (`log`) or to the queue
            `stderr` (`queue`), or are discarded (`discard`).
        restart: When the child is restarted: `always`, on `failure` (a signal, or a status other than 0), or
            `never`.
        pause: Delay before the first restart, in seconds; doubles each time.
        longest_pause: Maximum delay before a restart, in seconds.
        grace: Seconds between SIGTERM and SIGKILL.

    Queues:
        outbox: The decoded output.
        stderr: Lines of standard error, with `stderr: queue`.
        exit: How the child ended: `pid`, `status` or `signal` (the other is null), and `seconds` that it ran.
        failed: Output that could not be decoded.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        command: Annotated[list[str], Meta(min_length=1)],
        directory: str | None = None,
        environment: dict[str, str] | None = None,
        inherit: list[str] | None = None,
        decoder: DecoderFactory = DecoderFactory("plain"),  # noqa: B008 - it never changes
        stderr: Literal["log", "queue", "discard"] = "log",
        restart: Literal["always", "failure", "never"] = "always",
        pause: Annotated[float, Meta(gt=0)] = 1,
        longest_pause: Annotated[float, Meta(gt=0)] = 60,
        grace: Annotated[float, Meta(ge=0)] = 5,
    ) -> None:
        super().__init__(config)
        self.command = command
        self.directory = directory
        self.environment = environment or {}
        self.inherit = inherit or []
        self.decoder = decoder
        self.stderr = stderr
        self.restart = restart
        self.pause = pause
        self.longest_pause = longest_pause
        self.grace = grace
        for queue in ("outbox", "stderr", "exit"):
            self.pool.createQueue(queue)
        self._environment: dict[str, str] = {}
        self._child: Child | None = None

    def preHook(self) -> None:
        """Check the program and the directory.

        Raises:
            ConfigError: One of them does not exist.
        """
        self._environment = child_environment(self.inherit, self.environment)
        if self.directory is not None and not Path(self.directory).is_dir():
            message = (
                f"Module {self.name!r}: the directory {self.directory!r} does not exist. Create it first."
            )
            raise ConfigError(message)
        program = self.command[0]
        path = os.path.join(self.directory or "", program) if os.sep in program else program  # noqa: PTH118
        if shutil.which(path, path=self._environment["PATH"]) is None:
            message = (
                f"Module {self.name!r}: there is no executable program {program!r}. 'command' is the program"
                " and its arguments, each an item of the list; the program is searched in PATH."
            )
            raise ConfigError(message)
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        """Run the child, and restart it as `restart` says."""
        pause = self.pause
        while self.loop():
            ended = self._run()
            if self.restart == "never" or (self.restart == "failure" and ended.status == 0):
                return
            if ended.seconds > self.longest_pause:
                pause = self.pause
            if not self.sleep(pause):
                return
            pause = min(pause * 2, self.longest_pause)

    def postHook(self) -> None:
        """Kill the child, if it still runs at the deadline."""
        if self._child is not None:
            self._child.close()
            self._child.wait(REAP_SECONDS)

    def _run(self) -> Exit:
        """Run the child once, and return how it ended."""
        child = self._child = Child(
            self.command, self.directory, self._environment, stderr=self.stderr != "discard"
        )
        guard = gevent.spawn(self._end_when_stopped, child)
        readers: list[Reader] = []
        try:
            readers += self._readers(child)
            child.wait()
            self._end_group(child, guard)
            for reader in readers:
                if not reader.finish(SILENCE_SECONDS):
                    self.logging.warning(
                        "Another process holds the output of the child open: it is not read any further."
                    )
        finally:
            gevent.killall([guard, *readers], block=False)
            child.close()
            child.wait(REAP_SECONDS)
            self._child = None
        ended = child.exit()
        self._report(ended)
        return ended

    def _readers(self, child: Child) -> list[Reader]:
        def submit_output(value: Any) -> None:
            self._submit(value, "outbox", child.pid)

        def submit_error(value: Any) -> None:
            if self.stderr == "queue":
                self._submit(value, "stderr", child.pid)
            else:
                self.logging.notice(f"stderr: {value.error if isinstance(value, BadFrame) else value}")

        def end_child() -> None:
            self.logging.warning("The rest of the child's output cannot be decoded: the child is ended.")
            gevent.spawn(child.end, self.grace)

        readers = [Reader(child.stdout, self.decoder(), submit_output, end_child)]
        if child.stderr is not None:
            readers.append(Reader(child.stderr, STDERR(), submit_error, end_child))
        for reader in readers:
            # Without its reader the child would block forever.
            reader.link_exception(lambda _: child.signal(signal.SIGKILL))
            reader.start()
        return readers

    def _submit(self, value: Any, queue: str, pid: int) -> None:
        bad = isinstance(value, BadFrame)
        event = Event(value.data if bad else value)
        event.tmp[self.name] = {"pid": pid}
        if bad:
            if value.truncated:
                event.tmp[self.name]["truncated"] = True
            self.fail(event, value.error)
        else:
            self.submit(event, queue)

    def _end_when_stopped(self, child: Child) -> None:
        while self.sleep(self.longest_pause):
            pass
        if not child.end(self.grace):
            self.logging.warning(
                f"The child did not end within {self.grace:g} s after SIGTERM, and was killed."
            )

    def _end_group(self, child: Child, guard: Greenlet[..., None]) -> None:
        """End the processes that the child left, while their output is still read."""
        if not self.loop():
            guard.join()
        elif child.alive:
            self.logging.notice("The child ended and left other processes: they are ended too.")
            child.end(self.grace)

    def _report(self, ended: Exit) -> None:
        event = Event(ended._asdict())
        how = f"status {ended.status}" if ended.signal is None else f"signal {ended.signal}"
        if ended.status == 0 or not self.loop():
            self.logging.info(f"The child ended with {how} after {ended.seconds:g} s.")
        else:
            self.logging.warning(f"The child ended with {how} after {ended.seconds:g} s.")
        self.submit(event, "exit")
