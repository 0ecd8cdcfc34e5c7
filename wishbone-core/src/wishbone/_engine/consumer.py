"""Consumer: the greenlet that runs a module's function for each event of one queue."""

from __future__ import annotations

from itertools import repeat
from operator import length_hint
from typing import TYPE_CHECKING

from gevent import Greenlet, GreenletExit, Timeout

from wishbone._engine.specialize import clone_code
from wishbone._engine.timeslice import time_slice
from wishbone.error import TTLExpired

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from wishbone._engine.process import ActorProcess
    from wishbone.acknowledgement import Acknowledgement
    from wishbone.event import Event
    from wishbone.queue import Queue

CLOCK_CHECK_INTERVAL = 128
"""The most events between two checks of the time slice.

A consumer that has just started, or has just yielded, checks after 1, 2, 4, ... events.
"""

_NO_BUDGET = repeat(None, 0)


class Consumer(Greenlet):  # type: ignore[type-arg] # generic for the checker only
    """Takes one event after another from a queue and calls the module's function with it.

    It yields when it has to wait, and when the time slice has expired. An `Exception` of the function is
    an error of that event. Anything else (`GreenletExit`, a library's `SystemExit`) ends the greenlet, and
    the process of the module replaces it.
    """

    collecting = False
    """Whether the function waits for more events: see `BatchConsumer`."""

    def __init__(self, process: ActorProcess, function: Callable[..., object], queue: str) -> None:
        """Create the greenlet; `start` starts it.

        Args:
            process: Runs the module.
            function: Called with each event, in order.
            queue: The queue's name. The queue itself is looked up when the consumer starts, because
                connecting replaces it.
        """
        super().__init__()
        self.process = process
        self.submit = process.submit
        self.function = function
        self.queue_name = queue
        self.idle = False
        self.killed_busy = 0
        self._length = 0
        self._budget = _NO_BUDGET
        self._consume_each_fast = clone_code(Consumer._consume_each)
        self.link(self._replace_if_it_never_ran)

    @property
    def queue(self) -> Queue:
        """The queue that it consumes."""
        return self.process.pool.getQueue(self.queue_name)

    @property
    def taken(self) -> int:
        """The events taken that `Queue.taken_total` lacks: computed, so that no event has to be counted."""
        return self._length - length_hint(self._budget)

    def successor(self) -> Consumer:
        """Return a new consumer with the same function and queue."""
        return Consumer(self.process, self.function, self.queue_name)

    def abandon(self, error: BaseException) -> None:
        """Settle the event at work as failed: the function goes on although its greenlet was killed."""
        self.killed_busy = 1
        acknowledgement = self._acknowledgement_at_work()
        if acknowledgement is not None:
            acknowledgement.release(error)

    def _run(self) -> None:
        try:
            self._run_loop()
        except BaseException as death:
            self.process.restart_consumer(self, death)
            if isinstance(death, KeyboardInterrupt):
                raise
        finally:
            self.idle = True

    def _replace_if_it_never_ran(self, _: Consumer) -> None:
        """Replace a greenlet that was killed before its first run: `_run` could not do it."""
        self.process.restart_consumer(self, self.exception or GreenletExit())

    def _run_loop(self) -> None:
        queue = self.queue
        count = 1
        while True:
            self._wait_for_events(queue)
            while queue.items:
                self._consume(queue, count)
                queue.admit_blocked()
                count = 1 if time_slice.yield_if_expired() else min(count * 2, CLOCK_CHECK_INTERVAL)

    def _wait_for_events(self, queue: Queue) -> None:
        queue.admit_blocked()
        while not queue.items:
            if queue.closed:
                raise GreenletExit
            self.idle = True
            queue.wait()
            self.idle = False
            queue.admit_blocked()

    def _consume(self, queue: Queue, count: int) -> None:
        """Consume up to `count` events of a queue that is not empty."""
        self._length = count
        self._budget = budget = repeat(None, count)
        try:
            self._consume_each_fast(self, queue.items, budget)
        finally:
            queue.taken_total += self.taken
            self._length, self._budget = 0, _NO_BUDGET

    def _consume_each(self, items: deque[Event], budget: repeat[None]) -> None:
        """Consume events until the budget is used up or the queue is empty: every event passes this loop."""
        function = self.function
        submit = self.submit
        success = self.process.pool.getQueue("success")
        succeeds = success.connected
        for _ in budget:
            event = items.popleft()
            acknowledgement = event.acknowledgement
            try:
                event.ttl = ttl = event.ttl - 1
                if ttl < 0:
                    check_ttl(event)
                function(event)
                if succeeds:
                    submit(event, success)
            except BaseException as raised:  # noqa: BLE001 - modules do not trap errors
                self._fail(event, acknowledgement, raised)
            else:
                if acknowledgement is not None and not self.killed_busy:
                    if acknowledgement.references > 1:
                        acknowledgement.references -= 1
                    else:
                        acknowledgement.release()
            if not items:
                return

    def _fail(self, event: Event, acknowledgement: Acknowledgement | None, raised: BaseException) -> None:
        """Hand the event to `failed`, if what was raised is an `Exception`; else let the greenlet end."""
        try:
            if not isinstance(raised, Exception | Timeout):
                raise raised  # noqa: TRY301 - the `except` below settles the event
            error = self.process.hand_to_failed(event, raised)
        except BaseException as death:
            self.killed_busy = 1
            if acknowledgement is not None:
                acknowledgement.release(death)
            raise
        if acknowledgement is not None and not self.killed_busy:
            acknowledgement.release(error)

    def _acknowledgement_at_work(self) -> Acknowledgement | None:
        """Find it in the frame of `_consume_each`: storing it for each event would slow down all of them."""
        frame = self.gr_frame
        while frame is not None:
            if frame.f_code is self._consume_each_fast.__code__:
                found: Acknowledgement | None = frame.f_locals.get("acknowledgement")
                return found
            frame = frame.f_back
        return None


def check_ttl(event: Event) -> None:
    """Raise if the event's time to live is used up.

    It raises once, so that modules after `failed` can still handle the event; and again when the event
    passes too many modules there.

    Raises:
        TTLExpired: The time to live is used up.
    """
    if event.ttl == -1 or event.expired:
        message = (
            "The event passed more modules than its time to live allows: the graph has a cycle that"
            " it does not leave. Route it out of the cycle, or set a higher 'ttl'."
        )
        raise TTLExpired(message)
