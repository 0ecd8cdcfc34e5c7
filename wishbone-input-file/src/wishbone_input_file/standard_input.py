"""StandardInput: reads standard input without blocking other modules."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

import gevent
from gevent.select import select

from wishbone_input_file.expander import Expander
from wishbone_input_file.tail import BLOCK

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone_input_file.format import Format
    from wishbone_input_file.submitter import Submitter

DESCRIPTOR = 0

POLL_SECONDS = 0.2
"""Seconds between two checks whether the module must stop, while no data comes."""


class StandardInput:
    """Reads plain and gzip compressed data; its path in events is `-`."""

    label = "-"

    def __init__(self, actor: Actor, submitter: Submitter, form: Format) -> None:
        """Read nothing yet.

        Args:
            actor: The module.
            submitter: Submits the records.
            form: How the bytes become records.
        """
        self.actor = actor
        self._submitter = submitter
        self._records = form.records(self.label)
        self._expander = Expander(expands=form.expands)

    def read(self) -> None:
        """Read to the end, or until the module must stop."""
        try:
            while self.actor.loop():
                if select([DESCRIPTOR], [], [], POLL_SECONDS)[0]:
                    block = os.read(DESCRIPTOR, BLOCK)
                    if not block:
                        self._finish()
                        return
                    for text in self._expander.expand(block):
                        self._submitter.submit(self, self._records.decode(text))
                    gevent.sleep(0)
        except zlib.error as error:
            self._report(f"Standard input is damaged gzip: {error}. The rest of it is not read.")

    def _finish(self) -> None:
        try:
            rest = self._expander.flush()
        except EOFError:
            self._report("Standard input is gzip that ends too early; its last line is left out.")
            return
        self._submitter.submit(self, self._records.decode(rest))
        self._submitter.submit(self, self._records.flush())

    def _report(self, problem: str) -> None:
        self._submitter.report_unread(self.label, self._records.unfinished_text, problem)
