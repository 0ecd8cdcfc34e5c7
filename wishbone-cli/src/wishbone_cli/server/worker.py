"""A worker process: runs the pipeline, and reports its state to the supervisor and to `wishbone status`."""

from __future__ import annotations

import os
import signal
from time import time
from typing import TYPE_CHECKING, NamedTuple

import click

from wishbone_cli.console import warn
from wishbone_cli.logs.format import LEVELS, escape
from wishbone_cli.pipeline import open_document
from wishbone_cli.server.instance import INCOMPLETE
from wishbone_cli.server.status import read_status, status_path, write_status
from wishbone_cli.server.unpatched import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wishbone.router import Default
    from wishbone_cli.bootstrap import Diagnostics, Document
    from wishbone_cli.server.instance import Instance, ReadinessPipe

STATUS_SECONDS = 1.0
"""Seconds between two status reports."""


class Job(NamedTuple):
    """What the workers of a server run: the same document for all, and for those restarted later."""

    document: Document
    diagnostics: Diagnostics
    pid_file: Path
    logs: str
    log_format: str
    log_level: str
    strict: bool

    def work(self, instance: Instance, pipe: ReadinessPipe) -> int:
        """Run the pipeline until it has stopped, and return the exit code."""
        try:
            return 0 if self._work(instance, pipe) else INCOMPLETE
        except click.exceptions.Exit as end:
            return end.exit_code
        except click.ClickException as error:
            error.show()
            return error.exit_code

    def _work(self, instance: Instance, pipe: ReadinessPipe) -> bool:
        """Run the pipeline, and return whether every event was delivered."""
        from wishbone_cli.logs.output import connect_logs  # noqa: PLC0415 - the supervisor does without the core

        # The service manager watches the process that started the supervisor, if any.
        os.environ.pop("NOTIFY_SOCKET", None)
        router, _ = open_document(self.document, self.diagnostics, self.strict, "text")
        hide = self.diagnostics.secrets.hide
        connect_logs(router, self.logs, self.log_format, LEVELS.index(self.log_level), hide)
        reporter = StatusReporter(router, instance, self.pid_file)
        _run(router, hide, pipe, reporter)
        return reporter.outcome.complete


def _run(router: Default, hide: Callable[[str], str], pipe: ReadinessPipe, reporter: StatusReporter) -> None:
    import gevent  # noqa: PLC0415

    from wishbone.error import WishboneError  # noqa: PLC0415
    from wishbone_cli.foreground import run  # noqa: PLC0415

    def ready() -> None:
        reporter.report()
        pipe.ready()

    reporting = gevent.spawn(reporter.report_regularly)
    following = gevent.spawn(_stop_without_supervisor, pipe.lifeline)
    try:
        run(router, ready)
        reporter.ended = True
    except WishboneError as error:
        raise click.ClickException(escape(hide(str(error)))) from None
    finally:
        following.kill()
        reporting.kill()
        reporter.report()


def _stop_without_supervisor(lifeline: int) -> None:
    """Stop gracefully when the supervisor has ended, as no command could find this process any more."""
    from gevent.socket import wait_read  # noqa: PLC0415

    wait_read(lifeline)
    os.kill(os.getpid(), signal.SIGTERM)


class StatusReporter:
    """Writes the status of a worker."""

    def __init__(self, router: Default, instance: Instance, pid_file: Path) -> None:
        """Keep the figures that do not change."""
        from wishbone_cli.outcome import Outcome  # noqa: PLC0415 - the supervisor does without the core

        self.router = router
        self.outcome = Outcome(router)
        self.ended = False
        self.pid_file = pid_file
        self.path = status_path(pid_file, instance.number)
        self.problem = ""
        self.started = clock()
        before = read_status(self.path)
        self.failed_before = before["failed"] if before else 0
        self.constant = {
            "instance": instance.number,
            "pid": os.getpid(),
            "since": time(),
            "restarts": instance.restarts.total,
        }

    def report_regularly(self) -> None:
        """Write the status every second."""
        from gevent import sleep  # noqa: PLC0415

        while True:
            sleep(STATUS_SECONDS)
            self.report()

    def report(self) -> None:
        """Write the status. When that fails, as on a full disk, the pipeline runs on."""
        problem = ""
        now = clock()
        status = {
            **self.constant,
            **_count(self.router),
            "failed": self.failed_before + self.outcome.failed,
            "left": self.outcome.left,
            "ended": self.ended,
            "uptime": now - self.started,
            "updated": time(),
            "clock": now,
        }
        try:
            write_status(self.path, status)
            # Some systems remove temporary files that have not been touched for days.
            os.utime(self.pid_file, follow_symlinks=False)
        except OSError as error:
            problem = f"The status cannot be written: {error}"
        if problem and problem != self.problem:
            warn(problem)
        self.problem = problem


def _count(router: Default) -> dict[str, int]:
    """Return how many events the inputs submitted, and how many the outputs consumed."""
    from wishbone.module import InputModule, OutputModule  # noqa: PLC0415
    from wishbone_cli.logs.output import LogOutput  # noqa: PLC0415

    submitted = consumed = 0
    for module in router.modules.values():
        queues = module.pool.listQueues(default=False)
        if isinstance(module, InputModule):
            submitted += sum(q.in_total for q in queues if q.source is not None and q.source.module is module)
        elif isinstance(module, OutputModule) and not isinstance(module, LogOutput):
            consumed += sum(q.out_total for q in queues if q.consumers)
    return {"in": submitted, "out": consumed}
