"""Reader: makes values of what comes through a pipe, and hands them on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gevent import Greenlet

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.codec import Decoder

BLOCK = 1 << 16
"""Bytes that are read at once: what a pipe holds."""


class Reader(Greenlet):  # type: ignore[type-arg] # generic for the checker only
    """Reads a pipe to its end. While nobody takes the values it does not read, and who writes has to wait."""

    def __init__(
        self, pipe: Any, decoder: Decoder, hand_on: Callable[[Any], object], give_up: Callable[[], object]
    ) -> None:
        """Prepare it; `start` starts it.

        Args:
            pipe: What to read.
            decoder: Makes values of bytes.
            hand_on: Called with each value, or what stands in the place of one.
            give_up: Called when the decoder can make nothing of all that follows.
        """
        super().__init__()
        self._pipe = pipe
        self._decoder = decoder
        self._hand_on = hand_on
        self._give_up = give_up
        self._reading = False
        self._blocks = 0

    def _run(self) -> None:
        while data := self._read():
            for value in self._decoder.decode(data):
                self._hand_on(value)
            if self._decoder.desynchronized:
                self._give_up()
                self._throw_away()
        self._flush()

    def finish(self, seconds: float) -> bool:
        """Wait for the end of the pipe, and give up when nothing comes for some time.

        Args:
            seconds: How long nothing may come, although somebody holds the other end.

        Returns:
            Whether the end came.

        Raises:
            Exception: What handing on raised.
        """
        while not self.dead:
            blocks = self._blocks
            self.join(seconds)
            if self._reading and blocks == self._blocks:
                self.kill()
                self._flush()
                return False
        self.get()
        return True

    def _flush(self) -> None:
        for value in self._decoder.flush():
            self._hand_on(value)

    def _throw_away(self) -> None:
        """Read on, or who writes could not even end in order."""
        while self._read():
            pass

    def _read(self) -> bytes:
        self._reading = True
        data: bytes = self._pipe.read(BLOCK)
        self._reading = False
        self._blocks += 1
        return data
