"""What a worker process does: it runs the pipeline, and tells the supervisor and `wishbone status` of it."""

from __future__ import annotations

import os
import signal
from time import time
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from wishbone_cli.logs.text import LEVELS, escape
from wishbone_cli.pipeline import open_document
from wishbone_cli.server.status import status_path, write_status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wishbone.router import Default
    from wishbone_cli.bootstrap import Document, Mistakes
    from wishbone_cli.server.instance import Instance, Uplink

STATUS_SECONDS = 1.0
"""Seconds between two statuses."""


class Job(NamedTuple):
    """What the workers of a server run, and how: all of them, and those started later, what was read once."""

    document: Document
    mistakes: Mistakes
    pid_file: Path
    logs: str
    log_format: str
    log_level: str
    strict: bool

    def work(self, instance: Instance, uplink: Uplink) -> int:
        """Run the pipeline until it has stopped.

        Returns:
            The exit code.
        """
        try:
            self._work(instance, uplink)
        except click.exceptions.Exit as end:
            return end.exit_code
        except click.ClickException as error:
            error.show()
            return error.exit_code
        return 0

    def _work(self, instance: Instance, uplink: Uplink) -> None:
        from wishbone_cli.logs.output import connect_logs  # noqa: PLC0415 - the supervisor needs no core

        # This is about the supervisor's parent, if it is about anything.
        os.environ.pop("NOTIFY_SOCKET", None)
        router, _ = open_document(self.document, self.mistakes, self.strict, "text")
        hide = self.mistakes.secrets.hide
        connect_logs(router, self.logs, self.log_format, LEVELS.index(self.log_level), hide)
        teller = _Teller(router, instance, self.pid_file)
        _run(router, hide, uplink, teller)


def _run(router: Default, hide: Callable[[str], str], uplink: Uplink, teller: _Teller) -> None:
    import gevent  # noqa: PLC0415

    from wishbone.error import WishboneError  # noqa: PLC0415
    from wishbone_cli.foreground import run  # noqa: PLC0415

    def up() -> None:
        teller.tell()
        uplink.up()

    telling = gevent.spawn(teller.tell_again_and_again)
    following = gevent.spawn(_follow, uplink.lifeline)
    try:
        run(router, up)
    except WishboneError as error:
        raise click.ClickException(escape(hide(str(error)))) from None
    finally:
        following.kill()
        telling.kill()
        teller.tell()


def _follow(lifeline: int) -> None:
    """Stop in order when the supervisor is gone: nobody would know of this process any more."""
    from gevent.socket import wait_read  # noqa: PLC0415

    wait_read(lifeline)
    os.kill(os.getpid(), signal.SIGTERM)


class _Teller:
    """Tells how a worker does."""

    def __init__(self, router: Default, instance: Instance, pid_file: Path) -> None:
        self.router = router
        self.pid_file = pid_file
        self.path = status_path(pid_file, instance.number)
        self.trouble = ""
        self.known = {
            "instance": instance.number,
            "pid": os.getpid(),
            "since": time(),
            "restarts": instance.restarts.total,
        }

    def tell_again_and_again(self) -> None:
        from gevent import sleep  # noqa: PLC0415

        while True:
            sleep(STATUS_SECONDS)
            self.tell()

    def tell(self) -> None:
        """Write the status. A disk that is full costs the status, and not the pipeline."""
        left = sum(left.events for left in self.router.undelivered)
        trouble = ""
        try:
            write_status(self.path, {**self.known, **_count(self.router), "left": left, "told": time()})
            # Who cleans up temporary files removes what nobody has touched for days.
            os.utime(self.pid_file)
        except OSError as error:
            trouble = f"Warning: the status cannot be told: {error}"
        if trouble and trouble != self.trouble:
            click.echo(trouble, err=True)
        self.trouble = trouble


def _count(router: Default) -> dict[str, Any]:
    """Return how many events the inputs brought in, and how many the outputs took out."""
    from wishbone.module import InputModule, OutputModule  # noqa: PLC0415
    from wishbone_cli.logs.output import LogOutput  # noqa: PLC0415

    brought = taken = 0
    for module in router.modules.values():
        queues = module.pool.listQueues(default=False)
        if isinstance(module, InputModule):
            brought += sum(q.in_total for q in queues if q.source is not None and q.source.module is module)
        elif isinstance(module, OutputModule) and not isinstance(module, LogOutput):
            taken += sum(q.out_total for q in queues if q.consumers)
    return {"in": brought, "out": taken}
