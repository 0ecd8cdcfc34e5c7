"""Background: the greenlet that runs a module's background function, and runs it again when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gevent import Greenlet

from wishbone import clock
from wishbone.diagnostics.describe import describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone._engine.process import ActorProcess

FIRST_PAUSE = 0.1
"""Seconds before a function that failed is started again; they double with each failure."""

LONGEST_PAUSE = 30.0
"""Seconds that the pause grows to. A function that ran longer than this starts with the first pause again."""


class Background(Greenlet):  # type: ignore[type-arg] # generic for the checker only
    """Runs a function until it returns, starting it again after a growing pause when it raises.

    What is no `Exception` (a library's `SystemExit`, a kill from outside) is a failure as any other,
    unless the module is being closed; only `KeyboardInterrupt` is passed on to the main program.
    """

    def __init__(
        self,
        process: ActorProcess,
        function: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """Create it; `start` starts it.

        Args:
            process: Runs the module.
            function: What to run.
            args: Its arguments by position.
            kwargs: Its arguments by name.
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
                if self.process.closing or isinstance(error, KeyboardInterrupt):
                    raise
                if clock.monotonic() - began > LONGEST_PAUSE:
                    pause = FIRST_PAUSE
                self.process.report_failure(self._describe(error, pause), error)
            else:
                return
            if not self.process.sleep(pause):
                return
            pause = min(pause * 2, LONGEST_PAUSE)

    def _describe(self, error: BaseException, pause: float) -> str:
        name = getattr(self.function, "__name__", repr(self.function))
        again = f"it starts again in {pause:g} s" if self.process.loop() else "it is not started again"
        return f"The background function {name} failed, {again}: {describe(error)}"
