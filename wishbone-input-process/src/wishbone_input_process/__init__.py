"""Makes events of what a child process writes, starts it again when it ends, and tells of its end."""

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

SILENT_SECONDS = 1.0
"""Seconds of silence after which nobody waits for the end of a pipe that a stranger holds open."""

LAST_SECONDS = 0.5
"""Seconds that a killed child has to be gone, when the module is killed itself."""

STDERR = DecoderFactory("plain", errors="replace", max_size=8192)
"""What makes lines of what a child writes to standard error."""


class Process(InputModule, optional_outputs={"stderr", "exit"}):
    """Makes events of what a child process writes, starts it again when it ends, and tells of its end.

    The command is a program and its arguments, which no shell reads; where you want one, write
    `[sh, -c, "dmesg | tail"]`. When it ends it is started again after a pause, which doubles each time until
    it runs longer than the longest pause. When it is not to be started again the input has finished.

        modules:
          process:
            module: wishbone.input.process
            arguments: {command: [vmstat, -n, "5"], restart: failure}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - process.outbox -> stdout.inbox

    While the pipeline takes nothing, nothing is read, and the child has to wait when its pipe is full. What
    was read cannot be read again: an event that fails is not made anew. A child whose output the decoder
    can read nothing more of, such as compressed bytes that are damaged, is ended.

    The child gets SIGTERM when the module is stopped, and SIGKILL when it has not ended after the grace.
    Both go to all processes of its group, also when the child ends by itself and leaves others behind. On
    Linux the kernel kills the child (not what it started) when the server dies.

    Of the server's environment the child sees only what is harmless: HOME, LANG, LANGUAGE, LC_*, LOGNAME,
    PATH, SHELL, TMPDIR, TZ and USER, and what `inherit` names.

    In `tmp.<name of the module>` is `pid`, the child's number.

    Args:
        command: The program and its arguments.
        directory: Where it runs; where the server runs, if it is not given.
        environment: Variables that it gets.
        inherit: Names of variables of the server's environment that it gets too.
        decoder: What makes values of its output, such as `json`; lines of text, if it is not given.
        stderr: What becomes of what it writes to standard error: lines go to the module's `log`, or to the
            `queue` of that name, or it is `discard`ed.
        restart: When it is started again: `always`, on `failure` (a signal, or a status other than 0), or
            `never`.
        pause: Seconds before it is started again for the first time; they double with each.
        longest_pause: Seconds that the pause grows to.
        grace: Seconds that it has to end when it is asked to.

    Queues:
        outbox: What it writes, decoded.
        stderr: Lines that it writes to standard error, if they are to go there.
        exit: How it ended: `pid`, `status` or `signal` (the other is null), and `seconds` that it ran.
        failed: What could not be decoded.
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
        """Bring values out by `outbox`."""
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
        """Look whether there is such a program.

        Raises:
            ConfigError: There is none, or no such directory.
        """
        self._environment = child_environment(self.inherit, self.environment)
        if self.directory is not None and not Path(self.directory).is_dir():
            message = f"Module {self.name!r}: there is no directory {self.directory!r}."
            raise ConfigError(message)
        program = self.command[0]
        path = os.path.join(self.directory or "", program) if os.sep in program else program  # noqa: PTH118
        if shutil.which(path, path=self._environment["PATH"]) is None:
            message = (
                f"Module {self.name!r}: there is no program {program!r} that can be run. 'command' is the"
                " program and its arguments, each an item of the list; the program is looked for in PATH."
            )
            raise ConfigError(message)
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        """Run the child, again and again, until it is not to be started again."""
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
        """Kill the child, if the module was killed before it had ended."""
        if self._child is not None:
            self._child.close()
            self._child.wait(LAST_SECONDS)

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
                if not reader.finish(SILENT_SECONDS):
                    self.logging.warning(
                        "A process that is no child's holds its output open: it is not read."
                    )
        finally:
            gevent.killall([guard, *readers], block=False)
            child.close()
            child.wait(LAST_SECONDS)
            self._child = None
        ended = child.exit()
        self._tell(ended)
        return ended

    def _readers(self, child: Child) -> list[Reader]:
        def hand_on(value: Any) -> None:
            self._submit(value, "outbox", child.pid)

        def hand_on_error(value: Any) -> None:
            if self.stderr == "queue":
                self._submit(value, "stderr", child.pid)
            else:
                self.logging.notice(f"stderr: {value.error if isinstance(value, BadFrame) else value}")

        def give_up() -> None:
            self.logging.warning("What it writes cannot be read on: it is ended.")
            gevent.spawn(child.end, self.grace)

        readers = [Reader(child.stdout, self.decoder(), hand_on, give_up)]
        if child.stderr is not None:
            readers.append(Reader(child.stderr, STDERR(), hand_on_error, give_up))
        for reader in readers:
            # Nobody would read on: it would wait for ever.
            reader.link_exception(lambda _: child.signal(signal.SIGKILL))
            reader.start()
        return readers

    def _submit(self, value: Any, queue: str, pid: int) -> None:
        bad = isinstance(value, BadFrame)
        event = Event(value.data if bad else value)
        event.tmp[self.name] = {"pid": pid}
        if bad:
            self.fail(event, value.error)
        else:
            self.submit(event, queue)

    def _end_when_stopped(self, child: Child) -> None:
        while self.sleep(self.longest_pause):
            pass
        if not child.end(self.grace):
            self.logging.warning(f"It did not end within {self.grace:g} s after SIGTERM, and was killed.")

    def _end_group(self, child: Child, guard: Greenlet[..., None]) -> None:
        """End what the child left behind, while what that writes is still read."""
        if not self.loop():
            guard.join()
        elif child.alive:
            self.logging.notice("It ended and left other processes behind: they are ended too.")
            child.end(self.grace)

    def _tell(self, ended: Exit) -> None:
        event = Event(ended._asdict())
        how = f"status {ended.status}" if ended.signal is None else f"signal {ended.signal}"
        if ended.status == 0 or not self.loop():
            self.logging.info(f"It ended with {how} after {ended.seconds:g} s.")
        else:
            self.logging.warning(f"It ended with {how} after {ended.seconds:g} s.")
        self.submit(event, "exit")
