"""Supervisor: starts worker processes, restarts those that die, and stops them gracefully."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

from wishbone_cli.server.instance import INCOMPLETE, Instance, ReadinessPipe, describe_death
from wishbone_cli.server.unpatched import clock, fork, select, set_handler, waitpid

if TYPE_CHECKING:
    from collections.abc import Callable

STOP_SECONDS = 15.0
"""Seconds that a worker has to stop gracefully; longer than a router takes."""

STOP_NOW_SECONDS = 5.0
"""Seconds that a worker has to stop after the second signal."""

CHUNK = 65536
"""Bytes that are read at once, and the longest line of a worker that is forwarded whole."""

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
OWN_SIGNALS = (*STOP_SIGNALS, signal.SIGCHLD)


class Supervisor:
    """Keeps a number of worker processes running. It has no threads and no hub, so that it can fork.

    The first worker is started alone, so that an error that all would have is reported once. SIGTERM and
    SIGINT are passed on to all workers, and so is a second one, which stops them at once. Workers that do not
    end in time are killed.

    Args:
        count: The number of workers.
        work: Runs in each worker; returns the exit code.
        ready: Called once, when all workers are ready.
        log: Takes a syslog severity and a text. It must not block: the supervisor logs before it kills.
        close_in_child: File descriptors that no worker may keep.
        flush: Sends the logs that were not taken yet; returns False if it should be called again soon.
    """

    def __init__(  # noqa: PLR0917 - the parts of one server
        self,
        count: int,
        work: Callable[[Instance, ReadinessPipe], int],
        ready: Callable[[], object],
        log: Callable[[int, str], object],
        close_in_child: list[int],
        flush: Callable[[], bool] = lambda: True,
    ) -> None:
        """Create the pipes, and start nothing yet."""
        self.instances = [Instance(number) for number in range(1, count + 1)]
        self.code = 0
        self.killed = False
        self._work = work
        self._ready = ready
        self._log = log
        self._flush = flush
        self._rest = b""
        self._started = False
        self._has_written = False
        self._stops = 0
        self._deadline = float("inf")
        self._wake, self._wake_in = os.pipe()
        self._messages, self._messages_in = os.pipe()
        self._lifeline, self._lifeline_in = os.pipe()
        own = [self._wake, self._wake_in, self._messages, self._lifeline_in]
        self._close_in_child = [*close_in_child, *own]

    def run(self) -> int:
        """Run until all workers have ended.

        Returns:
            The exit code: 0 if their work was done or they were stopped.
        """
        self._handle_signals()
        self._launch(self.instances[0])
        while any(instance.active for instance in self.instances):
            self._wait()
            # In this order: an instance that has ended already was ready before, and starts the others.
            self._reap()
            self._check_ready()
            self._launch_due()
            self._kill_late()
        self._forward_messages(to_the_end=True)
        return self.code if self._started else self.code or 1

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop all workers: gracefully the first time, at once the second time."""
        self._stops += 1
        self._deadline = clock() + (STOP_SECONDS if self._stops == 1 else STOP_NOW_SECONDS)
        for instance in self.instances:
            instance.due = None
            if instance.pid:
                os.kill(instance.pid, number)

    def _handle_signals(self) -> None:
        """Let signals wake the loop, which handles them: a handler could interrupt anything."""
        os.set_blocking(self._wake, False)
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._messages, False)
        signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)
        for number in OWN_SIGNALS:
            set_handler(number, _wake_only)

    def _launch(self, instance: Instance) -> None:
        read_end, write_end = os.pipe()
        # A signal between the fork and the worker's own handlers would go to the supervisor's pipe.
        signal.pthread_sigmask(signal.SIG_BLOCK, OWN_SIGNALS)
        pid = fork()
        if not pid:
            self._become_worker(instance, read_end, write_end)
        os.close(write_end)
        instance.begin(pid, read_end)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, OWN_SIGNALS)

    def _become_worker(self, instance: Instance, read_end: int, write_end: int) -> None:
        """Run as a worker, and never return."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in OWN_SIGNALS:
                set_handler(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, OWN_SIGNALS)
            os.dup2(self._messages_in, 2)
            others = [other.read_end for other in self.instances if other.read_end >= 0]
            for descriptor in (*self._close_in_child, *others, self._messages_in, read_end):
                os.close(descriptor)
            code = self._work(instance, ReadinessPipe(write_end, self._lifeline))
        except BaseException:  # noqa: BLE001 - a worker must not continue as a second supervisor
            traceback.print_exc()
        finally:
            _exit(code)

    def _wait(self) -> None:
        pipes = [instance.read_end for instance in self.instances if instance.read_end >= 0]
        due = [instance.due for instance in self.instances if instance.due is not None]
        soonest = min(self._deadline, *due, clock() + (60 if self._flush() else 1))
        ready, _, _ = select([self._wake, self._messages, *pipes], [], [], max(0, soonest - clock()))
        if self._wake in ready:
            for number in os.read(self._wake, CHUNK):
                if number in STOP_SIGNALS:
                    self.stop(number)
        if self._messages in ready:
            self._forward_messages()

    def _forward_messages(self, to_the_end: bool = False) -> None:
        """Forward what workers wrote on standard error: to the terminal during the start, then to the log."""
        try:
            content = os.read(self._messages, CHUNK)
        except BlockingIOError:
            content = b""
        if content and not self._started:
            self._has_written = True
            _write_error(content)
            return
        # A line is logged whole: a secret in it is hidden only if it is not cut.
        *lines, self._rest = (self._rest + content).split(b"\n")
        if to_the_end or len(self._rest) > CHUNK:
            lines, self._rest = [*lines, self._rest], b""
        for line in filter(None, lines):
            self._log(3, line.decode(errors="replace"))

    def _check_ready(self) -> None:
        for instance in self.instances:
            instance.check_ready()
        if self._started or self._stops or not self.instances[0].ready:
            return
        for instance in self.instances:
            if not instance.started:
                self._launch(instance)
        if all(instance.ready for instance in self.instances):
            self._forward_messages()
            try:
                self._ready()
                self._started = True
            except BrokenPipeError:
                # The launcher was killed, so its user believes that the start failed.
                self.stop()

    def _reap(self) -> None:
        for instance in self.instances:
            if instance.pid:
                pid, status = waitpid(instance.pid, os.WNOHANG)
                if pid:
                    # What it wrote just before its end may have arrived after the last read.
                    self._forward_messages(to_the_end=True)
                    instance.end()
                    self._handle_end(instance, pid, os.waitstatus_to_exitcode(status))

    def _handle_end(self, instance: Instance, pid: int, code: int) -> None:
        if code == INCOMPLETE:
            self.code = self.code or 1
        if self._stops:
            return
        if code == 0:
            self._log(5, f"Instance {instance.number} (pid {pid}) has ended: its work is done.")
            return
        if code == INCOMPLETE:
            self._log(4, f"Instance {instance.number} (pid {pid}) has ended: not all events were delivered.")
            return
        death = f"Instance {instance.number} (pid {pid}) {describe_death(code)}"
        if not self._started:
            self._fail(f"{death} before the server was ready.", code)
            return
        delay = instance.restarts.delay(instance.lifetime)
        if delay is None:
            self._fail(f"{death} too often: the server stops.", code)
        else:
            self._log(3, f"{death}, and restarts in {delay:g} s.")
            instance.due = clock() + delay

    def _fail(self, message: str, code: int) -> None:
        self.code = max(code, 1)
        self._log(2, message)
        if not self._started and not self._has_written:
            # It died without a message, as from a signal.
            _write_error(f"Error: {message}\n".encode())
        self.stop()

    def _launch_due(self) -> None:
        for instance in self.instances:
            if instance.due is not None and clock() >= instance.due:
                self._launch(instance)
                self._log(5, f"Instance {instance.number} has restarted as pid {instance.pid}.")

    def _kill_late(self) -> None:
        if clock() < self._deadline:
            return
        self._deadline = float("inf")
        self.killed = True
        for instance in self.instances:
            if instance.pid:
                self._log(3, f"Instance {instance.number} (pid {instance.pid}) did not stop in time: killed.")
                os.kill(instance.pid, signal.SIGKILL)


def _exit(code: int) -> None:
    """End a worker. Its output may be closed or full, and what that raises must not keep it running."""
    try:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
    finally:
        os._exit(code)


def _write_error(content: bytes) -> None:
    """Write to standard error, of which the launcher may have died, or does not read."""
    with suppress(OSError):
        os.write(2, content)


def _wake_only(_number: int, _frame: object) -> None:
    """Do nothing: the handler only has to exist for the wake-up pipe to get the signal."""
