from __future__ import annotations

import pytest

from wishbone.module import FunctionModule
from wishbone_testing import Harness, Settlement, wait_until


class Upper(FunctionModule):
    """Turns text into upper case."""

    def __init__(self, config, mark: str = ""):
        super().__init__(config)
        self.mark = mark
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event):
        event.data = event.data.upper() + self.mark
        self.logging.info("done", event)
        self.submit(event, "outbox")


def test_feeds_and_receives():
    with Harness(Upper, {"mark": "!"}) as upper:
        upper.feed("hello")
        assert upper.receive().data == "HELLO!"


def test_receives_many_in_order_and_keeps_the_rest():
    with Harness(Upper) as upper:
        for letter in "abc":
            upper.feed(letter)
        assert [event.data for event in upper.receive_many(2)] == ["A", "B"]
        assert upper.receive().data == "C"


def test_outputs_may_name_existing_queues():
    with Harness(Upper, outputs=["outbox"], inputs=["inbox"]) as upper:
        upper.feed("a")
        assert upper.receive().data == "A"


def test_shows_failures_and_logs():
    with Harness(Upper) as upper:
        upper.feed(1)
        failed = upper.receive("failed")
        assert failed.errors["module"]["type"] == "AttributeError"
        assert "AttributeError" in upper.messages()[0]


def test_a_timeout_names_what_was_waited_for():
    with Harness(Upper) as upper, pytest.raises(AssertionError, match="1 events from 'outbox'"):
        upper.receive(timeout=0.01)


def test_settles_as_acknowledged_at_the_end():
    with Harness(Upper) as upper:
        assert upper.feed_acknowledged("hello").wait().acknowledged


def test_settles_as_failed_if_failed_is_not_connected():
    with Harness(Upper, unconnected=["failed"]) as upper:
        settlement = upper.feed_acknowledged(1).wait()
        assert settlement.failed
        assert isinstance(settlement.errors[0], AttributeError)


def test_waits_until_the_module_is_idle():
    with Harness(Upper) as upper:
        for _ in range(300):
            upper.feed("x")
        upper.wait_until_idle()
        assert len(upper.received()) == 300


def test_a_settlement_times_out():
    with pytest.raises(AssertionError, match="the event to be settled"):
        Settlement().wait(timeout=0.01)


def test_wait_until_returns_what_became_true():
    assert wait_until(lambda: "yes") == "yes"
