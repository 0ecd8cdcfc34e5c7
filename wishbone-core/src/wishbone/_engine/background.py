"""Background: the greenlet that runs a module's background function, and restarts it when it raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gevent import Greenlet, GreenletExit

from wishbone import clock
from wishbone.diagnostics.describe import describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone._engine.process import ActorProcess

FIRST_PAUSE = 0.1
"""Delay before the first restart, in seconds; it doubles with each further failure."""

LONGEST_PAUSE = 30.0
"""Longest delay before a restart, in seconds. After a run that took longer, the first delay applies again."""


class Background(Greenlet):  # type: ignore[type-arg] # generic for the checker only
    """Runs a function until it returns, and restarts it after a growing delay when it raises.

    A `SystemExit` of a library or a kill from outside counts as a failure, too, unless the module is being
    closed. Only `KeyboardInterrupt` is passed on to the main program.
    """

    def __init__(
        self,
        process: ActorProcess,
        function: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """Create the greenlet; `start` starts it.

        Args:
            process: Runs the module.
            function: The function.
            args: Its positional arguments.
            kwargs: Its keyword arguments.
        """
        super().__init__()
        self.process = process
        self.function = function
        self.arguments = (args, kwargs)
        self.link(process.background_ended)

    def _run(self) -> None:
        args, kwargs = self.arguments
        pause = FIRST_PAUSE
        while True:
            began = clock.monotonic()
            try:
                self.function(*args, **kwargs)
            except BaseException as error:
                if self.process.closing and not isinstance(error, GreenletExit | KeyboardInterrupt):
                    self.process.report_failure(self._describe(error, pause), error)
                    return
                if self.process.closing or isinstance(error, KeyboardInterrupt):
                    raise
                if clock.monotonic() - began > LONGEST_PAUSE:
                    pause = FIRST_PAUSE
                self.process.report_failure(self._describe(error, pause), error)
            else:
                return
            if not self.process.loop():
                return
            # A stop ends the pause. The function runs once more then: it may keep events to hand on.
            self.process.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _describe(self, error: BaseException, pause: float) -> str:
        name = getattr(self.function, "__name__", repr(self.function))
        again = f"it starts again in {pause:g} s" if self.process.loop() else "it is not started again"
        return f"The background function {name} failed, {again}: {describe(error)}"
