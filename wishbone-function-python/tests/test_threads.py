"""Functions that block run in native threads; acknowledgement, order and back-pressure still hold."""

from __future__ import annotations

import callables
import gevent
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone.actor import ActorConfig
from wishbone.event import Event
from wishbone.module import FlowModule, InputModule, OutputModule
from wishbone.router import Default
from wishbone_function_python import Python
from wishbone_testing import Harness, wait_until


@pytest.fixture(autouse=True)
def _blocked():
    callables.set_released(False)
    yield
    callables.set_released(True)
    wait_until(lambda: not callables.running)


def run(name, threads, size=100, **arguments):
    return Harness(Python, {"callable": f"callables:{name}", "threads": threads, **arguments}, size=size)


def test_the_hub_runs_while_a_callable_blocks():
    with run("wait_for_release", 1) as calling:
        calling.feed("x")
        turns = 0
        wait_until(lambda: callables.running)
        for _ in range(10):
            gevent.sleep(0.001)
            turns += 1
        assert (turns, calling.received()) == (10, [])
        callables.set_released(True)
        assert calling.receive().data == "x"


def test_one_event_per_thread_is_processed_and_the_others_wait_in_the_queue():
    with run("wait_for_release", 3, size=5) as calling:
        feeding = gevent.spawn(lambda: [calling.feed(number) for number in range(30)])
        wait_until(lambda: len(callables.running) == 3 and calling.module.pool.queue.inbox.size() == 5)
        gevent.sleep(0.05)
        assert sorted(callables.running) == [0, 1, 2]
        assert calling.module.pool.queue.inbox.size() == 5
        assert not feeding.dead
        callables.set_released(True)
        assert [event.data for event in calling.receive_many(30)] == list(range(30))


def test_calls_run_at_the_same_time_in_different_threads():
    with run("block", 4) as calling:
        for number in range(8):
            calling.feed({"n": number, "seconds": 0.02})
        events = calling.receive_many(8)
        assert len({event.data["thread"] for event in events}) > 1


def test_without_a_key_all_events_stay_in_order():
    with run("block", 4) as calling:
        for number in range(24):
            calling.feed({"n": number, "seconds": 0.02 if number % 4 == 0 else 0})
        assert [event.data["n"] for event in calling.receive_many(24)] == list(range(24))


def test_multiple_results_stay_together_and_in_order():
    with run("block_in_generator", 4) as calling:
        for number in range(1, 13):
            calling.feed({"n": number, "seconds": 0.01 if number % 3 == 0 else 0})
        expected = [value for number in range(1, 13) for value in (number, -number)]
        assert [event.data for event in calling.receive_many(24)] == expected


def test_events_of_one_key_stay_in_order_and_do_not_wait_for_other_keys():
    with run("block", 3, key="data.user") as calling:
        calling.feed({"n": 0, "user": "slow", "seconds": 0.3})
        for number in range(1, 12):
            calling.feed({"n": number, "user": "quick", "seconds": 0.01 if number % 2 else 0})
        calling.feed({"n": 12, "user": "slow"})
        numbers = [event.data["n"] for event in calling.receive_many(13)]
        assert [number for number in numbers if 0 < number < 12] == list(range(1, 12))
        assert numbers[-2:] == [0, 12]


def test_a_failure_keeps_its_position_and_does_not_block_others():
    with run("block", 3) as calling:
        for number in range(12):
            calling.feed({"n": number, "seconds": 0.01, "fails": number % 3 == 0})
        assert [event.data["n"] for event in calling.receive_many(8)] == [1, 2, 4, 5, 7, 8, 10, 11]
        assert [event.data["n"] for event in calling.receive_many(4, "failed")] == [0, 3, 6, 9]


def test_an_event_without_the_key_fails_and_does_not_block_others():
    with run("block", 2, key="data.user") as calling:
        calling.feed({"n": 1})
        calling.feed({"n": 2, "user": "x"})
        assert "The event has no key 'data.user'" in calling.receive("failed").errors["module"]["message"]
        assert calling.receive().data["n"] == 2


def test_an_event_is_not_acknowledged_before_its_call_has_returned():
    with run("wait_for_release", 2) as calling:
        settlement = calling.feed_acknowledged("x")
        wait_until(lambda: callables.running)
        assert settlement.errors == []
        callables.set_released(True)
        assert settlement.wait().acknowledged


class Feed(InputModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        for number in range(40):
            self.submit(Event({"n": number, "user": number % 2}), "outbox")


class Collect(OutputModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.received = []
        self.registerConsumer(lambda event: self.received.append(event.data["n"]), "inbox")


class Retry(FlowModule):
    """Sends events back until they have arrived three times."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        for queue in ("inbox", "outbox", "again"):
            self.pool.createQueue(queue)
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        event.data["times"] = event.data.get("times", 0) + 1
        self.submit(event, "again" if event.data["times"] < 3 else "outbox")


class Merge(FlowModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        for queue in ("inbox", "again"):
            self.pool.createQueue(queue)
            self.registerConsumer(lambda event: self.submit(event, "outbox"), queue)


@pytest.mark.parametrize("arguments", [{}, {"key": "data.user"}])
def test_a_cycle_through_threads_does_not_deadlock_when_all_its_queues_are_full(arguments):
    router = Default(size=1)
    threads = {"callable": "callables:block", "threads": 3, **arguments}
    for module, name, module_arguments in (
        (Feed, "feed", {}),
        (Merge, "merge", {}),
        (Python, "python", threads),
        (Retry, "retry", {}),
        (Collect, "collect", {}),
    ):
        router.registerModule(module, name, module_arguments)
    for route in (
        "feed.outbox -> merge.inbox",
        "merge.outbox -> python.inbox",
        "python.outbox -> retry.inbox",
        "retry.again -> merge.again",
        "retry.outbox -> collect.inbox",
    ):
        router.connectQueue(*route.split(" -> "))
    router.start()
    with gevent.Timeout(20):
        router.block()
    assert sorted(router.getModule("collect").received) == list(range(40))


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 0, 0.003]), st.booleans()), max_size=25),
    st.integers(1, 5),
)
def test_each_key_stays_in_order_whatever_is_slow_or_fails(calls, threads):
    with run("block", threads, key="data.user") as calling:
        for number, (user, seconds, fails) in enumerate(calls):
            calling.feed({"n": number, "user": user, "seconds": seconds, "fails": fails})
        failing = sum(fails for _, _, fails in calls)
        out = {
            "outbox": calling.receive_many(len(calls) - failing),
            "failed": calling.receive_many(failing, "failed"),
        }
    for events in out.values():
        for user in range(4):
            numbers = [event.data["n"] for event in events if event.data["user"] == user]
            assert numbers == sorted(numbers)
    assert sorted(event.data["n"] for events in out.values() for event in events) == list(range(len(calls)))


def test_a_stop_waits_for_running_calls():
    calling = run("block", 2)
    with calling:
        settlements = [calling.feed_acknowledged({"n": number, "seconds": 0.1}) for number in range(5)]
    assert [event.data["n"] for event in calling.received()] == list(range(5))
    assert all(settlement.acknowledged for settlement in settlements)


def test_the_event_of_a_call_that_runs_past_the_deadline_fails():
    with run("wait_for_release", 2) as calling:
        settlements = [calling.feed_acknowledged(number) for number in range(4)]
        wait_until(lambda: len(callables.running) == 2)
        left = calling.stop(timeout=0.05)
        assert sum(each.events for each in left if each.module == "module") == 4
        assert all(settlement.failed for settlement in settlements)


def test_the_threads_end_with_the_module():
    with run("block", 3) as calling:
        for number in range(3):
            calling.feed({"n": number, "seconds": 0.01})
        calling.receive_many(3)
        pool = calling.module._workers._pool
        assert pool.size > 0
    assert pool.size == 0


def test_a_callable_in_a_thread_can_use_gevent():
    with run("sleep_patched", 2) as calling:
        calling.feed("x")
        assert calling.receive().data == "x"


def test_an_error_that_is_not_an_exception_fails_the_event_and_not_the_module():
    with run("leave", 1, size=10) as calling:
        assert calling.feed_acknowledged("x").wait().failed
        wait_until(lambda: calling.restarts_total == 1)
