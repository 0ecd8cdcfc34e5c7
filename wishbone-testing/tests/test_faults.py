"""A harness shows metrics, and makes a module or the next one fail and hang."""

from __future__ import annotations

import gevent
import pytest

from wishbone.error import QueueMissing
from wishbone.module import FunctionModule
from wishbone_testing import Harness, InjectedError


class Pass(FunctionModule):
    """Passes events on."""

    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event):
        self.submit(event, "outbox")


def test_metrics_are_about_each_queue(clock):
    with Harness(Pass, frequency=10) as passing:
        passing.feed("a")
        clock.advance(10)
        values = {metric.name: metric.value for metric in passing.metrics}
    assert values["module.module.queue.inbox.out_total"] == 1
    assert values["module.module.queue.outbox.in_total"] == 1


def test_a_module_fails_a_number_of_times():
    with Harness(Pass) as passing:
        passing.fail_next(2)
        for letter in "abc":
            passing.feed(letter)
        assert passing.receive().data == "c"
        assert [event.data for event in passing.receive_many(2, "failed")] == ["a", "b"]


def test_the_error_can_be_chosen():
    with Harness(Pass) as passing:
        passing.fail_next(error=OSError("disk full"))
        passing.feed("a")
        assert passing.receive("failed").errors["module"]["message"] == "disk full"


def test_the_consumer_after_a_module_fails():
    with Harness(Pass) as passing:
        passing.fail_next(queue="outbox")
        settlement = passing.feed_acknowledged("a").wait()
        assert isinstance(settlement.errors[0], InjectedError)
        assert passing.feed_acknowledged("b").wait().acknowledged


def test_a_stalled_queue_fills_until_the_module_waits(clock):
    with Harness(Pass, size=2) as passing:
        with passing.stalled():
            feeding = gevent.spawn(lambda: [passing.feed(number) for number in range(10)])
            clock.settle()
            assert not feeding.ready()
            assert passing.module.pool.queue.outbox.waited_total == 1
            assert passing.received() == []
        passing.wait_until_idle()
        assert [event.data for event in passing.received()] == list(range(10))


def test_a_stalled_module_goes_on_afterwards(clock):
    with Harness(Pass) as passing:
        with passing.stalled("inbox"):
            settlement = passing.feed_acknowledged("a")
            clock.advance(3600)
            assert not settlement.errors
        assert settlement.wait().acknowledged


def test_a_stall_ends_with_its_context_even_after_an_error():
    with Harness(Pass) as passing:
        passing.feed("a")
        with pytest.raises(ZeroDivisionError), passing.stalled():
            raise ZeroDivisionError
        assert passing.receive().data == "a"


@pytest.mark.parametrize("queue", ["success", "failed"])
def test_a_queue_without_a_consumer_cannot_stall(queue):
    with (
        Harness(Pass, unconnected=[queue]) as passing,
        pytest.raises(AssertionError, match="has no consumer"),
        passing.stalled(queue),
    ):
        pass


def test_an_unknown_queue_is_reported():
    with Harness(Pass) as passing, pytest.raises(QueueMissing, match="There is no queue 'inbax'"):
        passing.fail_next(queue="inbax")


def test_a_timeout_shows_what_was_received_and_logged():
    with Harness(Pass) as passing:
        passing.fail_next()
        passing.feed("a")
        passing.feed("b")
        with pytest.raises(
            AssertionError, match=r"2 events from 'outbox'; received 1; logs: \['InjectedError"
        ):
            passing.receive_many(2, timeout=0.05)
