"""StandardInput: reads standard input, without making the others wait for it."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

import gevent
from gevent.select import select

from wishbone_input_file.gzip import MAGIC, Gzip
from wishbone_input_file.tail import BLOCK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.actor import Actor
    from wishbone_input_file.delivery import Delivery
    from wishbone_input_file.framing import Framing

DESCRIPTOR = 0

LOOK_SECONDS = 0.2
"""Seconds between two looks, while nothing comes, at whether the module is to stop."""


class StandardInput:
    """Reads plain and gzip compressed text; its name in events is `-`."""

    def __init__(self, actor: Actor, delivery: Delivery, framing: Framing) -> None:
        """Prepare it.

        Args:
            actor: The module.
            delivery: What the lines are given to.
            framing: How what comes is cut.
        """
        self.actor = actor
        self.delivery = delivery
        self._splitter = framing.splitter()
        self._head: bytes | None = b"" if framing.expands else None
        self._gzip: Gzip | None = None

    def read(self) -> None:
        """Read to the end, or until the module is to stop."""
        try:
            while self.actor.loop():
                if select([DESCRIPTOR], [], [], LOOK_SECONDS)[0]:
                    block = os.read(DESCRIPTOR, BLOCK)
                    if not block:
                        self._finish()
                        return
                    for text in self._decode(block):
                        self.delivery.submit("-", self._splitter.split(text))
                    gevent.sleep(0)
        except zlib.error as error:
            self.actor.logging.error(
                f"Standard input is damaged gzip: {error}. What comes after is not read."
            )

    def _decode(self, block: bytes) -> Iterable[bytes]:
        """Return the text of a block: none while too little has come to tell whether it is compressed."""
        if self._head is not None:
            block = self._head = self._head + block
            if len(block) < len(MAGIC) and MAGIC.startswith(block):
                return ()
            self._head = None
            if block.startswith(MAGIC):
                self._gzip = Gzip()
        return (block,) if self._gzip is None else self._gzip.decode(block)

    def _finish(self) -> None:
        if self._gzip is not None and not self._gzip.complete:
            self.actor.logging.error("Standard input is gzip that ends too early: its last line is left out.")
            return
        self.delivery.submit("-", self._splitter.split(self._head or b""))
        self.delivery.submit("-", self._splitter.finish())
