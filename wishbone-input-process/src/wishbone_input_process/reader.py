"""Reader: reads and decodes a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gevent import Greenlet

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.codec import Decoder

BLOCK_SIZE = 1 << 16
"""Bytes to read at once: the capacity of a pipe."""


class Reader(Greenlet):  # type: ignore[type-arg] # generic for the checker only
    """Reads a pipe to its end. While `submit` blocks, nothing is read, and the writer blocks."""

    def __init__(
        self,
        pipe: Any,
        decoder: Decoder,
        submit: Callable[[Any], object],
        desynchronized: Callable[[], object],
    ) -> None:
        """Prepare the greenlet; `start` starts it.

        Args:
            pipe: The pipe to read.
            decoder: Decodes its bytes.
            submit: Called with each value, and with a `BadFrame` in place of one that cannot be decoded.
            desynchronized: Called when the rest of the output cannot be decoded.
        """
        super().__init__()
        self._pipe = pipe
        self._decoder = decoder
        self._submit = submit
        self._desynchronized = desynchronized
        self._reading = False
        self._blocks = 0

    def _run(self) -> None:
        while data := self._read():
            for value in self._decoder.decode(data):
                self._submit(value)
            if self._decoder.desynchronized:
                self._desynchronized()
                self._discard()
        self._flush()

    def finish(self, seconds: float) -> bool:
        """Wait for the end of the pipe.

        Args:
            seconds: Give up after this time without data, because another process holds the pipe open.

        Returns:
            Whether the end of the pipe was reached.

        Raises:
            Exception: The error that `submit` raised.
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
            self._submit(value)

    def _discard(self) -> None:
        """Read the rest, so that the writer does not block and can end."""
        while self._read():
            pass

    def _read(self) -> bytes:
        self._reading = True
        data: bytes = self._pipe.read(BLOCK_SIZE)
        self._reading = False
        self._blocks += 1
        return data
