"""Consumer: the greenlet that runs a module's function for each event of one queue."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from gevent import Greenlet, GreenletExit, Timeout

from wishbone.error import TTLExpired
from wishbone.turn import turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.acknowledgement import Acknowledgement
    from wishbone.actor import Actor
    from wishbone.event import Event
    from wishbone.queue import Queue

CLOCK_EVERY = 64
"""Events between two looks at the clock, as long as events are quick."""


class Consumer(Greenlet):  # type: ignore[type-arg] # generic for the checker only
    """Takes event after event from a queue and runs the module's function on it.

    It takes what is there, and yields when it has to wait or when the turn is over. What the
    function raises is an error of that event. What is no `Exception` (`GreenletExit`, a library's
    `SystemExit`) ends the greenlet, and the module replaces it.
    """

    def __init__(self, actor: Actor, function: Callable[[Event], object], queue: str) -> None:
        """Prepare it; `start` starts it.

        Args:
            actor: The module.
            function: Called with each event, in order.
            queue: The queue's name, looked up in the module when the consumer starts.
        """
        super().__init__()
        self.actor = actor
        self.function = function
        self.queue_name = queue
        self.idle = False
        self.interrupted = False
        self.link(self._replace_if_it_never_ran)

    @property
    def queue(self) -> Queue:
        """The queue it takes from."""
        return self.actor.pool.getQueue(self.queue_name)

    def give_up(self, error: BaseException) -> None:
        """Settle the event at work as failed, because the function refuses to die."""
        self.interrupted = True
        acknowledgement = self._acknowledgement_at_work()
        if acknowledgement is not None:
            acknowledgement.release(error)

    def _run(self) -> None:
        try:
            self._take_turns()
        except BaseException as death:
            self.actor.replace_consumer(self, death)
            if isinstance(death, KeyboardInterrupt):
                raise
        finally:
            self.idle = True

    def _replace_if_it_never_ran(self, _: Consumer) -> None:
        """Called after every death: who was killed before the first run could not call for a successor."""
        self.actor.replace_consumer(self, self.exception or GreenletExit())

    def _take_turns(self) -> None:
        queue = self.queue
        count = CLOCK_EVERY
        while True:
            self._wait_for_events(queue)
            while queue.items:
                self._consume(queue, count)
                queue.admit()
                count = 1 if turn.give_way() else min(count * 2, CLOCK_EVERY)

    def _wait_for_events(self, queue: Queue) -> None:
        queue.admit()
        while not queue.items:
            if queue.closed:
                raise GreenletExit
            self.idle = True
            queue.wait()
            self.idle = False
            queue.admit()

    def _consume(self, queue: Queue, count: int) -> None:  # noqa: C901 - each call less counts here
        """Consume up to `count` events: the lines that every event of every pipeline passes."""
        actor = self.actor
        function = self.function
        success = actor.pool.getQueue("success")
        items = queue.items
        for _ in repeat(None, count):
            if not items:
                return
            event = items.popleft()
            queue.out_total += 1
            acknowledgement = event.acknowledgement
            error = None
            try:
                try:
                    event.ttl -= 1
                    if event.ttl < 0:
                        _check_ttl(event)
                    function(event)
                except (Exception, Timeout) as raised:  # noqa: BLE001 - modules do not trap errors
                    error = actor.fail(event, raised)
                else:
                    if success.connected:
                        actor.submit(event, success)
            except BaseException as death:
                self.interrupted = True
                if acknowledgement is not None:
                    acknowledgement.release(death)
                raise
            if acknowledgement is not None and not self.interrupted:
                if error is None and acknowledgement.references > 1:
                    acknowledgement.references -= 1
                else:
                    acknowledgement.release(error)

    def _acknowledgement_at_work(self) -> Acknowledgement | None:
        """Find it in the frame of `_consume`: noting it there for each event would cost all of them."""
        frame = self.gr_frame
        while frame is not None:
            if frame.f_code is Consumer._consume.__code__:
                found: Acknowledgement | None = frame.f_locals.get("acknowledgement")
                return found
            frame = frame.f_back
        return None


def _check_ttl(event: Event) -> None:
    """Fail the event when its time to live is used up: once, so that `failed` can still be handled.

    Raises:
        TTLExpired: It is used up now, or was long ago and the event still goes round.
    """
    if event.ttl == -1 or event.expired:
        message = (
            "The event passed more modules than its time to live allows: the graph has a cycle that"
            " it does not leave. Lead it out of the cycle, or set its 'ttl' higher."
        )
        raise TTLExpired(message)
