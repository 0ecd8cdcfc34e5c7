"""Settlement: an acknowledgement that a test can look at."""

from __future__ import annotations

from typing import Self

from wishbone.acknowledgement import Acknowledgement
from wishbone_testing.waiting import TIMEOUT, wait_until


class Settlement(Acknowledgement):
    """Records how an event settles."""

    __slots__ = ("errors",)

    def __init__(self) -> None:
        """Create one that is pending."""
        self.errors: list[BaseException | None] = []
        super().__init__(self.errors.append)

    @property
    def acknowledged(self) -> bool:
        """Whether it settled once, without an error."""
        return self.errors == [None]

    @property
    def failed(self) -> bool:
        """Whether it settled once, with an error."""
        return len(self.errors) == 1 and self.errors[0] is not None

    def wait(self, timeout: float = TIMEOUT) -> Self:
        """Wait until it is settled.

        Raises:
            AssertionError: It took longer than `timeout` seconds.
        """
        wait_until(lambda: self.errors, "the event to be settled", timeout)
        return self
