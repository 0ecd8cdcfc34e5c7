"""Delivery: makes events of lines and submits them, again where they fail."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from wishbone import clock
from wishbone.codec import BadFrame
from wishbone.copying import copy_value
from wishbone.error import InvalidData
from wishbone.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.acknowledgement import Acknowledgement
    from wishbone.actor import Actor
    from wishbone.checkpoint import Checkpointer
    from wishbone.queue import Queue
    from wishbone_input_file.decoder import Decoder
    from wishbone_input_file.line import Line
    from wishbone_input_file.record import Record
    from wishbone_input_file.tail import Tail

LONGEST_PAUSE = 60.0
"""Seconds that the pause before a line is submitted again grows to."""


class Failure(NamedTuple):
    """A line that is to be submitted again. In order of time; `order` keeps the rest from being compared."""

    due: float
    order: int
    tail: Tail
    committer: Checkpointer[Line]
    line: Line


class Delivery:
    """Brings the lines of all files out by one queue, and decides about those that fail."""

    def __init__(self, actor: Actor, outbox: str, decoder: Decoder, retries: int, pause: float) -> None:
        """Prepare it.

        Args:
            actor: The module.
            outbox: The queue to submit to, by name: a route puts another in its place.
            decoder: Makes text of bytes.
            retries: How often a line that failed is submitted again.
            pause: Seconds before the first time; they double with each.
        """
        self.actor = actor
        self.decoder = decoder
        self.retries = retries
        self.pause = pause
        self.too_long_total = 0
        self.given_up_total = 0
        self._decode = decoder.decode
        self._outbox = outbox
        self._failures: list[Failure] = []
        self._order = count()

    @property
    def waiting(self) -> int:
        """How many lines failed and wait to be submitted again."""
        return len(self._failures)

    def submit(self, path: str, lines: Iterable[Line]) -> None:
        """Submit lines that need no acknowledgement."""
        queue = self.actor.pool.getQueue(self._outbox)
        goes_on, submit = self.actor.loop, self._submit
        for line in lines:
            if not goes_on():
                return
            submit(path, line, None, queue)

    def submit_tracked(self, tail: Tail, committer: Checkpointer[Line], lines: Iterable[Line]) -> None:
        """Submit lines of a file whose position is kept."""
        queue = self.actor.pool.getQueue(self._outbox)
        for line in lines:
            if self._failures:
                self._make_room()
            if not self.actor.loop():
                return
            self._submit(tail.path, line, committer.track(line), queue)

    def failed(self, tail: Tail, committer: Checkpointer[Line], line: Line, error: BaseException) -> None:
        """Note that a line is to be submitted again, or give it up.

        Args:
            tail: The file that it is from.
            committer: What tracks it: no longer the file's own, if that was truncated meanwhile.
            line: The line.
            error: What it failed of.
        """
        line.attempts += 1
        if line.attempts <= self.retries:
            due = clock.monotonic() + min(self.pause * 2 ** min(line.attempts - 1, 30), LONGEST_PAUSE)
            heappush(self._failures, Failure(due, next(self._order), tail, committer, line))
            return
        self.given_up_total += 1
        committer.give_up(line)
        self.actor.logging.error(
            f"{line.noun} {line.number} of {tail.path!r} (at byte {line.offset}) is given up after"
            f" {line.attempts} attempts: {error}. Mend what it failed of, or raise 'retries'."
        )

    def retry(self) -> None:
        """Submit again what is due."""
        queue = self.actor.pool.getQueue(self._outbox)
        while self._failures and self._failures[0].due <= clock.monotonic() and self.actor.loop():
            failure = heappop(self._failures)
            acknowledgement = failure.committer.retry(failure.line)
            self._submit(failure.tail.path, failure.line, acknowledgement, queue)

    def _make_room(self) -> None:
        """Wait while as many lines failed as a queue holds: what waits must not pile up."""
        self.retry()
        while len(self._failures) >= self.actor.config.size and self.actor.loop():
            self.actor.sleep(max(0.0, self._failures[0].due - clock.monotonic()))
            self.retry()

    def _submit(self, path: str, line: Line, acknowledgement: Acknowledgement | None, queue: Queue) -> None:
        notes = {"path": path, "line": line.number, "offset": line.offset}
        event = Event(self._decode(path, line), acknowledgement, {self.actor.name: notes})
        if line.excess:
            self._refuse(event, path, line)
        else:
            self.actor.submit(event, queue)

    def _refuse(self, event: Event, path: str, line: Line) -> None:
        """Send a line that is too long to `failed`; where nobody takes it there, it is settled."""
        self.too_long_total += 1
        message = (
            f"Line {line.number} of {path!r} (at byte {line.offset}) is {len(line.data) + line.excess} bytes"
            f" long and was cut to {len(line.data)}: raise 'max_line'."
        )
        self._fail(event, InvalidData(message))

    def _fail(self, event: Event, reason: InvalidData) -> None:
        """Send an event to `failed`; where nobody takes it there, it is settled."""
        try:
            raise reason  # an error that was raised knows its place
        except InvalidData as error:
            unclaimed = self.actor.fail(event, error)
        if unclaimed is not None and event.acknowledgement is not None:
            event.acknowledgement.release()


class RecordDelivery(Delivery):
    """Brings out the values that a decoder made."""

    def submit(self, path: str, lines: Iterable[Record]) -> None:  # type: ignore[override]
        """Submit values that need no acknowledgement."""
        actor, queue = self.actor, self.actor.pool.getQueue(self._outbox)
        for record in lines:
            if not actor.loop():
                return
            if record.value.__class__ is BadFrame:
                self._submit(path, record, None, queue)
            else:
                notes = {"path": path, "record": record.number}
                actor.submit(Event(record.value, None, {actor.name: notes}), queue)

    def _submit(  # type: ignore[override]
        self, path: str, line: Record, acknowledgement: Acknowledgement | None, queue: Queue
    ) -> None:
        value = line.value
        notes = {self.actor.name: {"path": path, "record": line.number}}
        if value.__class__ is BadFrame:
            self._fail(Event(value.data, acknowledgement, notes), value.error)
            return
        # What may be submitted again must be what it was, whatever is done to the event.
        data = value if acknowledgement is None else copy_value(value)
        self.actor.submit(Event(data, acknowledgement, notes), queue)
