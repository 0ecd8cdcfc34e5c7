"""Supervisor: starts worker processes, starts those again that die, and stops them in order."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING

from wishbone_cli.server.instance import Instance, Uplink, describe_death
from wishbone_cli.server.original import clock, fork, select, set_handler, waitpid

if TYPE_CHECKING:
    from collections.abc import Callable

STOP_SECONDS = 15.0
"""Seconds that a worker has to stop in order, which is more than a router takes for it."""

AT_ONCE_SECONDS = 5.0
"""Seconds that a worker has to stop at once."""

CHUNK = 65536
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
OWN_SIGNALS = (*STOP_SIGNALS, signal.SIGCHLD)


class Supervisor:
    """Keeps a number of worker processes running. It has neither threads nor a hub, so that it can fork.

    The first worker is started alone: what cannot run is told once. SIGTERM and SIGINT are passed on to
    all of them; a second one too, which stops them at once. Who does not end in time is killed.
    """

    def __init__(
        self,
        count: int,
        work: Callable[[Instance, Uplink], int],
        up: Callable[[], object],
        log: Callable[[int, str], object],
        private: list[int],
    ) -> None:
        """Start nothing yet.

        Args:
            count: How many workers to run.
            work: What a worker does; returns its exit code.
            up: Called once, when all of them are up.
            log: Takes what is to be known: a syslog severity and a text.
            private: File descriptors that no worker may keep.
        """
        self.instances = [Instance(number) for number in range(1, count + 1)]
        self.code = 0
        self.killed = False
        self._work = work
        self._up = up
        self._log = log
        self._started = False
        self._spoken = False
        self._stops = 0
        self._deadline = float("inf")
        self._wake, self._wake_in = os.pipe()
        self._messages, self._messages_in = os.pipe()
        self._lifeline, self._lifeline_in = os.pipe()
        self._private = [*private, self._wake, self._wake_in, self._messages, self._lifeline_in]

    def run(self) -> int:
        """Run until all workers have ended.

        Returns:
            The exit code: 0 if they ended because their work was done, or because they were stopped.
        """
        self._listen()
        self._launch(self.instances[0])
        while any(instance.active for instance in self.instances):
            self._wait()
            # In this order: who has done its work already was up before, and the others are still to start.
            self._reap()
            self._note_those_up()
            self._launch_those_due()
            self._kill_if_late()
        self._pass_on_messages()
        return self.code if self._started else self.code or 1

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop all workers: in order, and at once the second time."""
        self._stops += 1
        self._deadline = clock() + (STOP_SECONDS if self._stops == 1 else AT_ONCE_SECONDS)
        for instance in self.instances:
            instance.due = None
            if instance.pid:
                os.kill(instance.pid, number)

    def _listen(self) -> None:
        """Let signals wake the loop, which handles them itself: a handler could interrupt anything."""
        os.set_blocking(self._wake, False)
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._messages, False)
        signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)
        for number in OWN_SIGNALS:
            set_handler(number, _note_signal)

    def _launch(self, instance: Instance) -> None:
        heard, told = os.pipe()
        # A signal between the fork and the worker's own handlers would be noted in the supervisor's pipe.
        signal.pthread_sigmask(signal.SIG_BLOCK, OWN_SIGNALS)
        pid = fork()
        if not pid:
            self._become_worker(instance, heard, told)
        os.close(told)
        instance.begin(pid, heard)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, OWN_SIGNALS)

    def _become_worker(self, instance: Instance, heard: int, told: int) -> None:
        """Run as a worker, and never return."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in OWN_SIGNALS:
                set_handler(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, OWN_SIGNALS)
            os.dup2(self._messages_in, 2)
            others = [other.heard for other in self.instances if other.heard >= 0]
            for descriptor in (*self._private, *others, self._messages_in, heard):
                os.close(descriptor)
            code = self._work(instance, Uplink(told, self._lifeline))
        except BaseException:  # noqa: BLE001 - nothing of a worker may go on as the supervisor
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _wait(self) -> None:
        heard = [instance.heard for instance in self.instances if instance.heard >= 0]
        due = [instance.due for instance in self.instances if instance.due is not None]
        soonest = min(self._deadline, *due, clock() + 60)
        ready, _, _ = select([self._wake, self._messages, *heard], [], [], max(0, soonest - clock()))
        if self._wake in ready:
            for number in os.read(self._wake, CHUNK):
                if number in STOP_SIGNALS:
                    self.stop(number)
        if self._messages in ready:
            self._pass_on_messages()

    def _pass_on_messages(self) -> None:
        """Take what workers wrote on standard error to where somebody sees it."""
        try:
            content = os.read(self._messages, CHUNK)
        except BlockingIOError:
            return
        if not self._started:
            self._spoken = True
            os.write(2, content)
            return
        for line in content.decode(errors="replace").splitlines():
            self._log(3, line)

    def _note_those_up(self) -> None:
        for instance in self.instances:
            instance.listen()
        if self._started or self._stops or not self.instances[0].up:
            return
        for instance in self.instances:
            if not instance.begun:
                self._launch(instance)
        if all(instance.up for instance in self.instances):
            self._pass_on_messages()
            self._say_started()

    def _say_started(self) -> None:
        try:
            self._up()
            self._started = True
        except BrokenPipeError:
            # Whoever started this gave up on it, so it must not run.
            self.stop()

    def _reap(self) -> None:
        for instance in self.instances:
            if instance.pid:
                pid, status = waitpid(instance.pid, os.WNOHANG)
                if pid:
                    # What it said before its end: the pipe may have got it after the last look.
                    self._pass_on_messages()
                    instance.end()
                    self._ended(instance, pid, status)

    def _ended(self, instance: Instance, pid: int, status: int) -> None:
        code = os.waitstatus_to_exitcode(status)
        if self._stops:
            return
        if code == 0:
            self._log(5, f"Instance {instance.number} (pid {pid}) has ended: its work is done.")
            return
        death = f"Instance {instance.number} (pid {pid}) {describe_death(code)}"
        if not self._started:
            self._fail(f"{death} before the server was up.", code)
            return
        pause = instance.restarts.pause(instance.lived)
        if pause is None:
            self._fail(f"{death} again and again, and is given up: everything stops.", code)
        else:
            self._log(3, f"{death}, and is started again in {pause:g} s.")
            instance.due = clock() + pause

    def _fail(self, message: str, code: int) -> None:
        self.code = max(code, 1)
        self._log(2, message)
        if not self._started and not self._spoken:
            # It died of something that left it no time to say so: a signal.
            os.write(2, f"Error: {message}\n".encode())
        self.stop()

    def _launch_those_due(self) -> None:
        for instance in self.instances:
            if instance.due is not None and clock() >= instance.due:
                self._launch(instance)
                self._log(5, f"Instance {instance.number} was started again, as pid {instance.pid}.")

    def _kill_if_late(self) -> None:
        if clock() < self._deadline:
            return
        self._deadline = float("inf")
        self.killed = True
        for instance in self.instances:
            if instance.pid:
                self._log(3, f"Instance {instance.number} (pid {instance.pid}) did not stop in time: killed.")
                os.kill(instance.pid, signal.SIGKILL)


def _note_signal(_number: int, _frame: object) -> None:
    """Do nothing: that there is a handler is what makes the wake-up pipe get the signal."""
