"""Runner: starts a router with a context, and stops it at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from wishbone_testing.waiting import TIMEOUT

if TYPE_CHECKING:
    from types import TracebackType

    from wishbone.actor import Undelivered
    from wishbone.router import Default


class Runner:
    """What a harness and a pipeline share."""

    router: Default

    def __enter__(self) -> Self:
        """Start the modules."""
        self.router.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the modules, at once if the test has failed."""
        self.stop(timeout=TIMEOUT if error is None else 0)

    def stop(self, timeout: float = TIMEOUT) -> list[Undelivered]:
        """Stop the modules, and return the events that were not delivered within `timeout` seconds."""
        return self.router.stop(timeout)
