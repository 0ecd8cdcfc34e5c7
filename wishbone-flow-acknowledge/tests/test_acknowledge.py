from __future__ import annotations

from importlib.metadata import entry_points

from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone.event import Event
from wishbone.router import Default
from wishbone_cli.lint import lint_graph
from wishbone_flow_acknowledge import Acknowledge
from wishbone_testing import Harness, VirtualClock, wait_until
from wishbone_testing.conformance import FlowConformance

BY_HOST = {"key": "data.host"}
SETTLED = ("acknowledge",)
"""Without a route to this queue, an event is acknowledged when it settles."""


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.flow", name="acknowledge")
    assert entry_point.load() is Acknowledge


class TestConformance(FlowConformance):
    module = Acknowledge
    wrong_arguments = ({"key": "dta"}, {"timeout": 0}, {"max_keys": 0})

    def good_payload(self, number):
        return f"payload {number}"


def test_a_route_back_that_acknowledges_is_no_cycle():
    router = Default()
    router.registerModule(Acknowledge, "one")
    router.registerModule(Acknowledge, "two")
    router.connectQueue("one.outbox", "two.inbox")
    router.connectQueue("two.outbox", "one.acknowledge")
    assert "cycle" not in {finding.kind for finding in lint_graph(router)}


def through(module, *payloads):
    """Feed payloads, and return those that passed."""
    for payload in payloads:
        module.feed(payload)
    module.wait_until_idle()
    found = [event.data for event in module.received()]
    module.received().clear()
    return found


class Keeper:
    """Keeps the events that arrive until the test settles them."""

    def __init__(self, harness):
        self.kept = {}
        harness.module.pool.getQueue("outbox").consumers[0].function = self.keep

    def keep(self, event):
        event.acknowledgement.retain()
        self.kept.setdefault(event.data, []).append(event.acknowledgement)

    def settle(self, payload, error=None):
        self.kept[payload].pop(0).release(error)


def test_lets_one_event_per_key_through_until_it_is_settled():
    with VirtualClock(), Harness(Acknowledge, unconnected=SETTLED) as module:
        keeper = Keeper(module)
        through(module, "a", "b", "a", "a")
        assert {payload: len(kept) for payload, kept in keeper.kept.items()} == {"a": 1, "b": 1}
        assert [event.data for event in module.received("dropped")] == ["a", "a"]
        keeper.settle("a")
        through(module, "a", "b")
        assert len(keeper.kept["a"]) == 1
        assert [event.data for event in module.received("dropped")] == ["a", "a", "b"]


def test_a_key_is_free_when_its_event_fails():
    with VirtualClock(), Harness(Acknowledge, unconnected=SETTLED) as module:
        module.fail_next(queue="outbox")
        assert module.feed_acknowledged("a").wait().failed
        assert through(module, "a") == ["a"]


def test_the_input_sees_the_result_of_its_event():
    with VirtualClock(), Harness(Acknowledge, unconnected=SETTLED) as module:
        keeper = Keeper(module)
        good, bad = module.feed_acknowledged("good"), module.feed_acknowledged("bad")
        module.wait_until_idle()
        assert (good.errors, bad.errors) == ([], [])
        keeper.settle("good")
        keeper.settle("bad", ValueError("bad"))
        assert good.acknowledged
        assert bad.failed


def test_a_dropped_event_is_acknowledged():
    with VirtualClock(), Harness(Acknowledge, unconnected=[*SETTLED, "dropped"]) as module:
        Keeper(module)
        first, second = [module.feed_acknowledged("a") for _ in range(2)]
        assert second.wait().acknowledged
        assert first.errors == []


def test_with_a_route_to_acknowledge_an_event_there_frees_its_key():
    with VirtualClock(), Harness(Acknowledge, BY_HOST) as module:
        alarm = {"host": "db1", "state": "down"}
        settlement = module.feed_acknowledged(alarm)
        assert module.receive().data == alarm
        assert settlement.wait().acknowledged
        assert through(module, alarm) == []
        assert module.feed_acknowledged({"host": "db2"}, "acknowledge").wait().acknowledged
        assert through(module, alarm) == []
        assert module.feed_acknowledged({"host": "db1"}, "acknowledge").wait().acknowledged
        assert through(module, alarm) == [alarm]


def test_with_a_route_to_acknowledge_a_failed_event_frees_its_key_at_once():
    with VirtualClock(), Harness(Acknowledge) as module:
        module.fail_next(queue="outbox")
        assert module.feed_acknowledged("a").wait().failed
        assert through(module, "a") == ["a"]
        assert through(module, "a") == []


def test_a_key_is_free_after_the_timeout():
    with VirtualClock() as clock, Harness(Acknowledge, {"timeout": 60}) as module:
        assert through(module, "a") == ["a"]
        clock.advance(59.9)
        assert through(module, "a") == []
        clock.advance(0.1)
        assert through(module, "a") == ["a"]
        assert through(module, "a") == []


def test_an_event_that_settles_late_does_not_free_the_key_of_a_later_event():
    with VirtualClock() as clock, Harness(Acknowledge, {"timeout": 60}, unconnected=SETTLED) as module:
        keeper = Keeper(module)
        through(module, "a")
        clock.advance(60)
        through(module, "a")
        keeper.settle("a")
        through(module, "a")
        assert len(keeper.kept["a"]) == 1
        assert [event.data for event in module.received("dropped")] == ["a"]


def test_an_event_that_was_acknowledged_before_it_settles_frees_nothing_later():
    with VirtualClock(), Harness(Acknowledge) as module:
        keeper = Keeper(module)
        through(module, "a")
        module.feed("a", "acknowledge")
        module.wait_until_idle()
        through(module, "a")
        assert len(keeper.kept["a"]) == 2
        keeper.settle("a", ValueError("the first"))
        assert through(module, "a") == []
        assert len(keeper.kept["a"]) == 1


def test_an_event_without_the_key_fails_in_both_queues():
    with VirtualClock(), Harness(Acknowledge, BY_HOST) as module:
        module.feed({})
        module.feed({}, "acknowledge")
        for event in module.receive_many(2, "failed"):
            assert "no key 'data.host'" in event.errors["module"]["message"]
        assert through(module, {"host": 1}) == [{"host": 1}]


def test_at_max_keys_the_next_event_waits_until_a_key_is_free():
    with VirtualClock(), Harness(Acknowledge, {"max_keys": 2}) as module:
        for letter in "abcd":
            module.feed(letter)
        assert [event.data for event in module.receive_many(2)] == ["a", "b"]
        inbox = module.module.pool.getQueue("inbox")
        wait_until(lambda: inbox.size() == 1)
        module.feed("b", "acknowledge")
        assert module.receive().data == "c"
        assert inbox.empty()
        module.feed("x", "acknowledge")
        module.feed("a", "acknowledge")
        assert module.receive().data == "d"


def test_at_max_keys_the_next_event_waits_until_the_oldest_key_times_out():
    with VirtualClock() as clock, Harness(Acknowledge, {"max_keys": 1, "timeout": 60}) as module:
        for letter in "abc":
            module.feed(letter)
        clock.advance(59.9)
        assert [event.data for event in module.received()] == ["a"]
        clock.advance(0.1)
        assert [event.data for event in module.received()] == ["a", "b"]
        clock.advance(60)
        assert [event.data for event in module.received()] == ["a", "b", "c"]


def test_an_event_that_comes_back_through_a_retry_route_passes():
    with VirtualClock(), Harness(Acknowledge, unconnected=SETTLED) as module:
        settlement = module.feed_acknowledged("a")
        with module.stalled():
            wait_until(lambda: module.module._in_flight)
            again = Event("a")
            again.acknowledgement = module.module._in_flight["a"].acknowledgement
            again.holds_reference = False
            module.feed(again.tracked(lambda _: None))
        assert [event.data for event in module.receive_many(2)] == ["a", "a"]
        assert settlement.wait().acknowledged


def test_waiting_events_fail_when_the_module_is_killed():
    with VirtualClock(), Harness(Acknowledge, {"max_keys": 1}) as module:
        settlements = [module.feed_acknowledged(letter) for letter in "abc"]
        module.receive()
        module.stop(timeout=0)
        assert settlements[0].acknowledged
        assert all(settlement.failed for settlement in settlements[1:])


operations = st.lists(
    st.tuples(st.sampled_from(["feed", "acknowledge", "settle", "fail"]), st.sampled_from("abc"))
    | st.tuples(st.just("pass"), st.integers(1, 70)),
    max_size=40,
)


@settings(max_examples=80, deadline=None)
@given(operations, st.booleans())
def test_never_passes_two_unacknowledged_events_of_a_key(operations, has_route):
    """The model knows which key is held since when, with and without a route to `acknowledge`."""
    held, open_ = {}, {}
    unconnected = () if has_route else SETTLED
    with VirtualClock() as clock, Harness(Acknowledge, {"timeout": 60}, unconnected=unconnected) as module:
        keeper = Keeper(module)
        for what, key in operations:
            if what == "pass":
                clock.advance(key)
                held = {name: claim for name, claim in held.items() if clock.elapsed - claim[0] < 60}
            elif what == "feed":
                through(module, key)
                if key not in held:
                    claim = held[key] = (clock.elapsed, object())
                    open_.setdefault(key, []).append(claim)
            elif what == "acknowledge" and has_route:
                module.feed(key, "acknowledge")
                module.wait_until_idle()
                held.pop(key, None)
            elif what in ("settle", "fail") and open_.get(key):
                claim = open_[key].pop(0)
                keeper.settle(key, ValueError("failed") if what == "fail" else None)
                if held.get(key) is claim and (what == "fail" or not has_route):
                    del held[key]
            assert {name: len(kept) for name, kept in keeper.kept.items() if kept} == {
                name: len(claims) for name, claims in open_.items() if claims
            }
