"""What a stop reports: the events that were not delivered, and the reason."""

from __future__ import annotations

import gevent
import pytest
from test_stop import Endless, FailingHook, Pass, Sink, build

from wishbone._engine.process import process_of
from wishbone.error import ModuleInitFailure, WishboneError
from wishbone.event import Event
from wishbone.router import Default
from wishbone_testing import Settlement, wait_until


def test_events_in_queues_of_modules_that_never_ran_fail_and_are_reported():
    """In a cycle, a module that runs already submits to one whose `preHook` raises then."""

    class Early(Pass):
        def preHook(self) -> None:
            self.submit(Event("early", settlement), "outbox")

    settlement = Settlement()
    router = Default()
    router.registerModule(Early, "early")
    router.registerModule(FailingHook, "late").error = ValueError("no")
    router.connectQueue("early.outbox", "late.inbox")
    router.connectQueue("late.outbox", "early.inbox")
    with pytest.raises(ModuleInitFailure):
        router.start()
    assert router.undelivered == [("late", "inbox", 1)]
    assert settlement.failed


def test_a_module_that_stops_itself_is_awaited_and_its_events_are_reported():
    class Slow(Sink):
        def postHook(self) -> None:
            gevent.sleep(0.3)
            super().postHook()

    router = Default()
    router.registerModule(Endless, "input")
    slow = router.registerModule(Slow, "output")
    router.connectQueue("input.outbox", "output.inbox")
    router.start()
    slow.gate.clear()
    wait_until(lambda: slow.pool.queue.inbox.blocked)
    gevent.spawn(slow.stop, 0)
    wait_until(lambda: process_of(slow).closing)
    router.stop(timeout=5)
    assert slow.life[-1] == "closed"
    assert "output" in [module for module, _, _ in router.undelivered]


def test_a_router_that_was_started_takes_no_more_modules():
    router = build()
    router.start()
    with pytest.raises(WishboneError, match="started already: register the module 'late' before"):
        router.registerModule(Sink, "late")
    router.stop()


def test_the_first_reason_for_a_stop_is_kept():
    router = build()
    router.start()
    router.getModule("output").stopPipeline("the cause")
    router.getModule("between").stopPipeline("a consequence")
    router.block()
    assert router.reason == "the cause"
