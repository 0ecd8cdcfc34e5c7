"""Settlement: what became of an event, as its input would be told."""

from __future__ import annotations

from wishbone.acknowledgement import Acknowledgement
from wishbone_testing.waiting import PATIENCE, wait_until


class Settlement(Acknowledgement):
    """An acknowledgement that notes how often and how it was settled."""

    __slots__ = ("errors",)

    def __init__(self) -> None:
        """Wait to be settled."""
        super().__init__(self._note)
        self.errors: list[BaseException | None] = []

    @property
    def acknowledged(self) -> bool:
        """Whether it was settled once, and nothing went wrong."""
        return self.errors == [None]

    @property
    def failed(self) -> bool:
        """Whether it was settled once, with an error."""
        return len(self.errors) == 1 and self.errors[0] is not None

    def wait(self, timeout: float = PATIENCE) -> Settlement:
        """Wait until it is settled.

        Args:
            timeout: Seconds to wait.

        Returns:
            The settlement itself.

        Raises:
            AssertionError: It was not settled in time.
        """
        wait_until(lambda: self.errors, "the event to be settled", timeout)
        return self

    def _note(self, error: BaseException | None) -> None:
        self.errors.append(error)
