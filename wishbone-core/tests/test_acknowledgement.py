from __future__ import annotations

import gevent
import pytest
from pipe import Pipe, Sink, assert_failed

from wishbone._engine.process import process_of
from wishbone.acknowledgement import Acknowledgement
from wishbone.actor import ActorConfig
from wishbone.error import InvalidData
from wishbone.event import Event
from wishbone_testing import Settlement, wait_until


def test_acknowledged_when_consumed_at_the_end_of_the_branch_and_not_before():
    with Pipe("outbox") as pipe:
        sink = pipe.sinks["outbox"]
        sink.gate.clear()
        settlement = pipe.feed()
        wait_until(lambda: not sink.pool.getQueue("inbox").items)
        assert settlement.errors == []
        sink.gate.set()
        assert settlement.wait().acknowledged
        pipe.rest()
        assert settlement.acknowledged


def test_acknowledged_when_filtered_out():
    with Pipe("outbox") as pipe:
        pipe.worker.act = lambda event: None
        assert pipe.feed().wait().acknowledged


def test_acknowledged_when_dropped_at_an_unconnected_queue():
    with Pipe() as pipe:
        pipe.worker.pool.createQueue("outbox")
        assert pipe.feed().wait().acknowledged
        assert pipe.worker.pool.getQueue("outbox").dropped_total == 1


def test_acknowledged_when_sent_on_by_success():
    with Pipe("success") as pipe:
        pipe.worker.act = lambda event: None
        assert pipe.feed("x").wait().acknowledged
        assert pipe.sinks["success"].seen == ["x"]


def test_failed_when_raised_and_failed_is_not_connected():
    with Pipe("outbox") as pipe:
        pipe.worker.act = lambda event: 1 / 0
        assert_failed(pipe.feed().wait(), ZeroDivisionError)


def test_acknowledged_when_raised_and_the_consumer_of_failed_returns():
    with Pipe("failed") as pipe:
        pipe.worker.act = lambda event: 1 / 0
        sink = pipe.sinks["failed"]
        sink.gate.clear()
        settlement = pipe.feed()
        wait_until(lambda: sink.pool.getQueue("inbox").out_total == 1)
        assert settlement.errors == []
        sink.gate.set()
        assert settlement.wait().acknowledged


def test_failed_once_when_submitted_and_then_raised():
    with Pipe("outbox") as pipe:

        def submit_and_raise(event: Event) -> None:
            pipe.worker.submit(event, "outbox")
            raise OSError("late")

        pipe.worker.act = submit_and_raise
        settlement = pipe.feed()
        pipe.rest()
        assert_failed(settlement, OSError, "late")


def test_failed_when_an_error_has_no_text():
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    def fail(event: Event) -> None:
        raise Mute

    with Pipe() as pipe:
        pipe.worker.act = fail
        assert isinstance(pipe.feed().wait().errors[0], Mute)
        assert process_of(pipe.worker).restarts_total == 0


@pytest.mark.parametrize("connected", [True, False])
def test_settled_once_when_the_time_to_live_is_used_up(connected):
    with Pipe(*(["failed"] if connected else [])) as pipe:
        settlement = Settlement()
        event = Event("x", settlement)
        event.ttl = 0
        pipe.source.submit(event, "outbox")
        settlement.wait()
        pipe.rest()
        assert settlement.acknowledged is connected
        assert settlement.failed is not connected


def test_waits_for_all_branches_when_cloned():
    with Pipe("one", "two", "three") as pipe:

        def fan_out(event: Event) -> None:
            for queue in ("one", "two", "three"):
                pipe.worker.submit(event.clone(), queue)

        pipe.worker.act = fan_out
        for sink in pipe.sinks.values():
            sink.gate.clear()
        settlement = pipe.feed()
        for sink in pipe.sinks.values():
            wait_until(lambda sink=sink: sink.pool.getQueue("inbox").out_total == 1)
            assert settlement.errors == []
            sink.gate.set()
        assert settlement.wait().acknowledged
        pipe.rest()
        assert settlement.acknowledged


def test_settled_when_some_clones_are_discarded():
    with Pipe("outbox") as pipe:

        def clone(event: Event) -> None:
            event.clone()
            pipe.worker.submit(event.clone(), "outbox")

        pipe.worker.act = clone
        assert pipe.feed().wait().acknowledged


def test_waits_for_a_clone_made_before_the_first_submit():
    with Pipe("outbox") as pipe:
        settlement = Settlement()
        event = Event("x", settlement)
        clone = event.clone()
        pipe.source.submit(event, "outbox")
        pipe.rest()
        assert settlement.errors == []
        pipe.source.submit(clone, "outbox")
        assert settlement.wait().acknowledged
        pipe.rest()
        assert settlement.acknowledged


def test_settled_once_when_submitted_twice():
    with Pipe("one", "two") as pipe:

        def submit_twice(event: Event) -> None:
            pipe.worker.submit(event, "one")
            pipe.worker.submit(event, "two")

        pipe.worker.act = submit_twice
        settlement = pipe.feed()
        pipe.rest()
        assert settlement.acknowledged


def merge(events: list[Event]) -> Event:
    """Merge several events into one, as a batch does: they settle when it settles."""
    kept = [event.acknowledgement for event in events]

    def settled(error: BaseException | None) -> None:
        for acknowledgement in kept:
            acknowledgement.release(error)

    return Event([event.data for event in events], Acknowledgement(settled))


@pytest.mark.parametrize("fails", [False, True])
def test_settled_when_merged_into_a_batch_and_split_again(fails):
    with Pipe("batches") as pipe:
        router = pipe.router
        kept = []

        def collect(event: Event) -> None:
            event.acknowledgement.retain()
            kept.append(event)
            if len(kept) == 3:
                pipe.worker.submit(merge(kept), "batches")

        def split(event: Event) -> None:
            for item in event.data:
                pipe.worker.submit(Event(item, event.acknowledgement), "items")

        pipe.worker.act = collect
        sink = pipe.sinks["batches"]
        sink.pool.getQueue("inbox").consumers[0].function = split
        last = Sink(ActorConfig("last"))
        if fails:
            pipe.worker.pool.createQueue("items")
            last.consume = lambda event: 1 / 0
        else:
            pipe.worker.connect("items", last, "inbox")
        router.modules["last"] = last
        last.start()
        settlements = [pipe.feed(number) for number in range(3)]
        for settlement in settlements:
            assert settlement.wait().acknowledged
        pipe.rest()
        assert all(settlement.acknowledged for settlement in settlements)
        assert last.seen == ([] if fails else [0, 1, 2])


def test_fails_all_of_a_batch_when_the_batch_fails():
    with Pipe("batches") as pipe:
        kept = []

        def collect(event: Event) -> None:
            event.acknowledgement.retain()
            kept.append(event)
            if len(kept) == 2:
                pipe.worker.submit(merge(kept), "batches")

        pipe.worker.act = collect
        pipe.sinks["batches"].pool.getQueue("inbox").consumers[0].function = lambda event: 1 / 0
        for settlement in [pipe.feed(), pipe.feed()]:
            assert_failed(settlement.wait(), ZeroDivisionError)


def test_settles_the_tracked_event_before_its_original():
    with Pipe("outbox") as pipe:
        settlement, errors = Settlement(), []

        def record(error):
            errors.append((error, settlement.errors[:]))

        pipe.worker.act = lambda event: pipe.worker.submit(event.tracked(record), "outbox")
        pipe.source.submit(Event("x", settlement), "outbox")
        assert settlement.wait().acknowledged
        pipe.rest()
        assert errors == [(None, [])]
        assert pipe.sinks["outbox"].seen == ["x"]


def test_fails_with_the_error_of_the_tracked_event():
    with Pipe("outbox") as pipe:
        errors = []
        pipe.sinks["outbox"].pool.getQueue("inbox").consumers[0].function = lambda event: 1 / 0
        pipe.worker.act = lambda event: pipe.worker.submit(event.tracked(errors.append), "outbox")
        settlement = pipe.feed().wait()
        assert_failed(settlement, ZeroDivisionError)
        assert errors == settlement.errors


def test_settled_even_if_the_callback_of_the_tracked_event_raises(capsys):
    with Pipe("outbox") as pipe:
        pipe.worker.act = lambda event: pipe.worker.submit(event.tracked(lambda _: 1 / 0), "outbox")
        assert pipe.feed().wait().acknowledged
        assert "ZeroDivisionError" in capsys.readouterr().err


def test_waits_for_success_when_a_tracked_event_was_dropped():
    with Pipe("success") as pipe:
        pipe.worker.pool.createQueue("outbox")
        errors = []
        pipe.worker.act = lambda event: pipe.worker.submit(event.tracked(errors.append), "outbox")
        assert pipe.feed().wait().acknowledged
        assert errors == [None]
        assert pipe.sinks["success"].seen == ["x"]


def test_linked_to_itself_and_to_its_parents():
    first, other = Acknowledgement(print), Acknowledgement(print)
    second = Acknowledgement(print, first)
    third = Acknowledgement(print, second)
    assert all(each.is_linked_to(first) for each in (first, second, third))
    assert not any(each.is_linked_to(other) for each in (first, second, third))
    assert not first.is_linked_to(third)


def test_linked_acknowledgements_settle_after_it():
    settlements = [Settlement() for _ in range(3)]
    watching = Acknowledgement(lambda _: None, settlements[0])
    merged = Acknowledgement(lambda _: None, watching)
    for each in (settlements[1], settlements[1]):
        merged.link_to(each)
    assert all(merged.is_linked_to(each) for each in (merged, watching, *settlements[:2]))
    assert not merged.is_linked_to(settlements[2])
    error = OSError("refused")
    merged.retain()
    merged.release(error)
    assert [settlement.errors for settlement in settlements] == [[error], [error], []]


def test_links_through_many_paths_are_searched_in_linear_time():
    first = last = Acknowledgement(print)
    for _ in range(1000):
        before, last = last, Acknowledgement(print, last)
        last.link_to(before)
    assert last.is_linked_to(first)


def test_cannot_be_linked_to_one_that_has_settled():
    first = Acknowledgement(lambda _: None)
    first.retain()
    first.release()
    with pytest.raises(InvalidData, match="has settled already"):
        Acknowledgement(print, first)


def test_an_event_without_acknowledgement_can_be_tracked():
    with Pipe("outbox") as pipe:
        errors = []
        pipe.worker.act = lambda event: pipe.worker.submit(event.tracked(errors.append), "outbox")
        pipe.source.submit(Event("x"), "outbox")
        assert wait_until(lambda: errors) == [None]


def test_waits_for_a_timer_that_keeps_the_event():
    with Pipe("outbox") as pipe:

        def later(event: Event) -> None:
            pipe.worker.submit(event, "outbox")
            event.acknowledgement.release()

        def keep(event: Event) -> None:
            event.acknowledgement.retain()
            kept.append(event)

        kept = []
        pipe.worker.act = keep
        settlement = pipe.feed()
        wait_until(lambda: kept)
        pipe.rest()
        assert settlement.errors == []
        gevent.spawn_later(0.01, later, kept[0])
        assert settlement.wait().acknowledged


def test_settled_once_when_a_background_greenlet_submits_after_the_consumer_returned():
    with Pipe("outbox") as pipe:
        go = gevent.event.Event()

        def in_background(event: Event) -> None:
            def work() -> None:
                go.wait()
                pipe.worker.submit(event, "outbox")
                event.acknowledgement.release()

            event.acknowledgement.retain()
            pipe.worker.sendToBackground(work)

        pipe.worker.act = in_background
        settlement = pipe.feed()
        pipe.rest()
        assert settlement.errors == []
        go.set()
        assert settlement.wait().acknowledged


def test_retain_is_refused_once_it_has_settled():
    settlement = Settlement()
    settlement.retain()
    settlement.release()
    with pytest.raises(InvalidData, match="has settled already"):
        settlement.retain()
    with pytest.raises(InvalidData, match="has settled already"):
        Event("late", settlement)
    with pytest.raises(InvalidData, match="more often than retained"):
        settlement.release()
    assert settlement.acknowledged


def test_serves_several_events_of_one_request():
    with Pipe("outbox") as pipe:
        settlement = Settlement()
        settlement.retain()
        for number in range(25):
            pipe.source.submit(Event(number, settlement), "outbox")
        pipe.rest()
        assert settlement.errors == []
        settlement.release()
        assert settlement.acknowledged


def test_settles_with_the_first_error():
    first, second = OSError("first"), OSError("second")
    settlement = Settlement()
    for _ in range(3):
        settlement.retain()
    for error in (first, second, None):
        settlement.release(error)
    assert settlement.errors == [first]


def test_a_callback_that_raises_does_not_stop_the_consumer(capsys):
    def settled(error: BaseException | None) -> None:
        raise OSError("the broker is away")

    with Pipe("outbox") as pipe:
        pipe.source.submit(Event("x", Acknowledgement(settled)), "outbox")
        assert pipe.feed().wait().acknowledged
        assert process_of(pipe.sinks["outbox"]).restarts_total == 0
    assert "the broker is away" in capsys.readouterr().err
