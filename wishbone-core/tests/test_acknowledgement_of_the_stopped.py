from __future__ import annotations

import gevent
from pipe import Pipe, Source, assert_failed

from wishbone.error import WishboneError
from wishbone.event import Event
from wishbone.router import Default
from wishbone_testing import Settlement, wait_until


def test_failed_when_in_a_queue_of_a_router_that_is_stopped():
    with Pipe("outbox") as pipe:
        pipe.sinks["outbox"].gate.clear()
        settlements = [pipe.feed() for _ in range(5)]
        wait_until(lambda: len(pipe.sinks["outbox"].pool.getQueue("inbox").items) == 4)
        left = pipe.router.stop(timeout=0)
        assert [settlement.failed for settlement in settlements] == [True] * 5
        assert left == [("sink_outbox", "inbox", 5)]


def test_failed_when_its_put_is_blocked_on_a_queue_that_is_closed():
    with Pipe("outbox", size=1) as pipe:
        pipe.sinks["outbox"].gate.clear()
        settlements = [Settlement() for _ in range(5)]

        def produce() -> None:
            for settlement in settlements:
                pipe.source.submit(Event("x", settlement), "outbox")

        pipe.source.sendToBackground(produce)
        wait_until(lambda: pipe.worker.pool.getQueue("inbox").waited_total)
        pipe.router.stop(timeout=0)
        assert pipe.sinks["outbox"].seen == []
        assert not any(settlement.acknowledged for settlement in settlements)
        assert [len(settlement.errors) for settlement in settlements[:3]] == [1, 1, 1]


def test_failed_when_its_consumer_is_killed():
    with Pipe("outbox") as pipe:
        sink = pipe.sinks["outbox"]
        sink.gate.clear()
        settlement = pipe.feed()
        wait_until(lambda: sink.pool.getQueue("inbox").out_total)
        sink.pool.getQueue("inbox").consumers[0].kill()
        assert_failed(settlement.wait(), gevent.GreenletExit)
        sink.gate.set()
        assert pipe.feed().wait().acknowledged


def test_settled_once_when_killed_after_its_put_was_admitted():
    with Pipe("outbox", size=1) as pipe:
        sink = pipe.sinks["outbox"]
        sink.gate.clear()
        inbox = sink.pool.getQueue("inbox")
        settlements = [pipe.feed()]
        wait_until(lambda: inbox.out_total == 1)
        settlements.append(pipe.feed())
        wait_until(lambda: len(inbox.items) == 1)
        last = Settlement()
        putter = gevent.spawn(pipe.worker.submit, Event("last", last), "outbox")
        wait_until(lambda: inbox.waited_total == 1)
        inbox.max_size = 2
        inbox.admit_blocked()
        putter.kill()
        assert last.errors == []
        sink.gate.set()
        pipe.rest()
        assert all(settlement.acknowledged for settlement in [*settlements, last])
        assert sink.seen == ["x", "x", "last"]


def test_settled_when_taken_with_get_or_left_in_a_queue_without_consumers():
    router = Default()
    source = router.registerModule(Source, "source")
    taker = router.registerModule(Source, "taker")
    inbox = taker.pool.createQueue("inbox")
    router.connectQueue("source.outbox", "taker.inbox")
    inbox = taker.pool.getQueue("inbox")
    router.start()
    one, two = Settlement(), Settlement()
    source.submit(Event("one", one), "outbox")
    source.submit(Event("two", two), "outbox")
    inbox.get().acknowledgement.release()
    assert one.acknowledged
    assert router.stop(timeout=0) == [("taker", "inbox", 1)]
    assert two.failed


def test_an_event_that_was_released_too_often_does_not_keep_others_unsettled():
    closed = []
    with Pipe("outbox") as pipe:
        sink = pipe.sinks["outbox"]
        sink.postHook = lambda: closed.append(sink.name)
        sink.gate.clear()
        settlements = [pipe.feed(number) for number in range(3)]
        wait_until(lambda: sink.pool.queue.inbox.size() == 2)
        settlements[1].release()
    assert closed == [sink.name]
    assert_failed(settlements[2], WishboneError, "stopped before")
    messages = [event.data.message for event in sink.pool.queue.logs.items]
    assert any("An event could not be settled: InvalidData" in message for message in messages)
