"""Submitter: makes events of records and submits them, again when they fail."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from wishbone import clock
from wishbone.codec import BadFrame
from wishbone.copying import copy_value
from wishbone.error import InvalidData
from wishbone.event import Event
from wishbone_input_file.line import LongLine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.acknowledgement import Acknowledgement
    from wishbone.actor import Actor
    from wishbone.checkpoint import Checkpointer
    from wishbone.queue import Queue
    from wishbone_input_file.record import Record

MAX_PAUSE = 60.0
"""Longest delay in seconds before a record is submitted again."""


class Source(Protocol):
    """Where records come from."""

    label: str
    """Its path as text."""


class GivenUp(BadFrame):
    """A record that failed as often as `retries` allows."""

    __slots__ = ("value",)

    def __init__(self, value: Any, attempts: int, error: BaseException) -> None:
        """Describe the record.

        Args:
            value: What the decoder returned.
            attempts: How often it was submitted.
            error: Why it failed the last time.
        """
        times = f"{attempts} attempt{'s' if attempts > 1 else ''}"
        message = f"is given up after {times}: {error}. Correct the cause, or raise 'retries'."
        super().__init__(b"", InvalidData(message))
        self.value = value


class Failure(NamedTuple):
    """A record to submit again. Sorted by time; `order` keeps the other fields from being compared."""

    due: float
    order: int
    source: Source
    checkpointer: Checkpointer[Record]
    record: Record


class Submitter:
    """Submits the records of all sources to one queue, and decides what becomes of those that fail."""

    def __init__(self, actor: Actor, queue: str, noun: str, retries: int, pause: float) -> None:
        """Submit nothing yet; see the arguments of the module.

        Args:
            actor: The module.
            queue: The queue to submit to, by name: a route replaces the queue object.
            noun: What to call a record: `line` or `record`.
            retries: How often a record that failed is submitted again.
            pause: Delay in seconds before the first time.
        """
        self.actor = actor
        self.noun = noun
        self.retries = retries
        self.pause = pause
        self.too_long_total = 0
        self.given_up_total = 0
        self._queue = queue
        self._failures: list[Failure] = []
        self._order = count()

    @property
    def waiting(self) -> int:
        """How many records failed and wait to be submitted again."""
        return len(self._failures)

    def submit(
        self, source: Source, records: Iterable[Record], checkpointer: Checkpointer[Record] | None = None
    ) -> None:
        """Submit records, until the module must stop.

        Args:
            source: Where they come from.
            records: The records, in order.
            checkpointer: Tracks them, if the source's position is stored.
        """
        queue, submit, loop = self.actor.pool.getQueue(self._queue), self._submit, self.actor.loop
        acknowledgement = None
        for record in records:
            if self._failures:
                self._make_room()
            if not loop():
                return
            if checkpointer is not None:
                acknowledgement = checkpointer.track(record)
            submit(source.label, record, acknowledgement, queue)

    def failed(
        self, source: Source, checkpointer: Checkpointer[Record], record: Record, error: BaseException
    ) -> None:
        """Schedule a record that failed: to be submitted again, or to `failed` if its retries are used up.

        Args:
            source: Where it comes from.
            checkpointer: Tracks it. The file has another one if it was truncated meanwhile.
            record: The record.
            error: Why it failed.
        """
        record.attempts += 1
        pause = self.pause * 2 ** min(record.attempts - 1, 30)
        if record.attempts > self.retries:
            if isinstance(record.value, BadFrame):
                checkpointer.give_up(record)
                self.actor.logging.error(
                    f"{_locate(self.noun, source.label, record)} is lost: the module after 'failed' failed,"
                    f" too: {error}. Correct the cause, or raise 'retries'."
                )
                return
            self.given_up_total += 1
            record.value = GivenUp(record.value, record.attempts, error)
            record.attempts, pause = 0, 0.0
        # This function must not block, so the record goes to `failed` by `retry`, too.
        due = clock.monotonic() + min(pause, MAX_PAUSE)
        heappush(self._failures, Failure(due, next(self._order), source, checkpointer, record))

    def report_unread(self, source: str, rest: str, problem: str) -> None:
        """Send what is left of a source that cannot be read to `failed`.

        Args:
            source: Its path as text.
            rest: The text of the incomplete line at the end of what was read.
            problem: Why it cannot be read.
        """
        self._fail(Event(rest, None, {self.actor.name: {"path": source}}), InvalidData(problem))

    def retry(self) -> None:
        """Submit again the records that are due."""
        queue = self.actor.pool.getQueue(self._queue)
        while self._failures and self._failures[0].due <= clock.monotonic() and self.actor.loop():
            failure = heappop(self._failures)
            acknowledgement = failure.checkpointer.retry(failure.record)
            self._submit(failure.source.label, failure.record, acknowledgement, queue)

    def _make_room(self) -> None:
        """Block while as many records have failed as a queue holds: they must not pile up."""
        self.retry()
        while len(self._failures) >= self.actor.config.size and self.actor.loop():
            self.actor.sleep(max(0.0, self._failures[0].due - clock.monotonic()))
            self.retry()

    def _submit(
        self, path: str, record: Record, acknowledgement: Acknowledgement | None, queue: Queue
    ) -> None:
        value = record.value
        notes: dict[str, Any]
        if self.noun == "line":
            notes = {"path": path, "line": record.number, "offset": record.offset}
        else:
            notes = {"path": path, "record": record.number}
        if isinstance(value, BadFrame):
            self._refuse(value, path, record, acknowledgement, notes)
            return
        if acknowledgement is not None:
            # A record that is submitted again must be unchanged, whatever consumers do to the event.
            value = copy_value(value)
        self.actor.submit(Event(value, acknowledgement, {self.actor.name: notes}), queue)

    def _refuse(
        self,
        frame: BadFrame,
        path: str,
        record: Record,
        acknowledgement: Acknowledgement | None,
        notes: dict[str, Any],
    ) -> None:
        """Send a bad or given up record to `failed`. Without a route there, it counts as settled."""
        data: Any = frame.data
        reason = frame.error
        if isinstance(frame, LongLine):
            self.too_long_total += 1
            data = frame.text
        elif isinstance(frame, GivenUp):
            data = copy_value(frame.value)
        if isinstance(frame, (LongLine, GivenUp)):
            reason = InvalidData(f"{_locate(self.noun, path, record)} {frame.error}")
        if frame.truncated:
            notes["truncated"] = True
        left = self._fail(Event(data, acknowledgement, {self.actor.name: notes}), reason)
        if left is not None and acknowledgement is not None:
            acknowledgement.release()

    def _fail(self, event: Event, reason: InvalidData) -> BaseException | None:
        try:
            raise reason  # gives the error a traceback
        except InvalidData as error:
            return self.actor.fail(event, error)


def _locate(noun: str, path: str, record: Record) -> str:
    return f"{noun.capitalize()} {record.number} of {path!r} (at byte {record.offset})"
