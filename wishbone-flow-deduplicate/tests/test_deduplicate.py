from __future__ import annotations

from importlib.metadata import entry_points

from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone.acknowledgement import Acknowledgement
from wishbone.event import Event
from wishbone.router import Default
from wishbone_cli.lint import lint_graph
from wishbone_flow_deduplicate import Deduplicate
from wishbone_testing import Harness, Settlement, VirtualClock, wait_until
from wishbone_testing.conformance import FlowConformance


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.flow", name="deduplicate")
    assert entry_point.load() is Deduplicate


class TestConformance(FlowConformance):
    module = Deduplicate
    wrong_arguments = ({"key": "dta"}, {"window": 0}, {"max_keys": 0})

    def good_payload(self, number):
        return f"payload {number}"


def through(deduplicate, *payloads):
    """Feed payloads, and return those that passed."""
    for payload in payloads:
        deduplicate.feed(payload)
    deduplicate.wait_until_idle()
    found = [event.data for event in deduplicate.received()]
    deduplicate.received().clear()
    return found


def test_passes_the_first_event_of_each_key_and_drops_the_others():
    with VirtualClock(), Harness(Deduplicate) as deduplicate:
        assert through(deduplicate, "a", "b", "a", "a", "c", "b") == ["a", "b", "c"]
        assert [event.data for event in deduplicate.received("dropped")] == ["a", "a", "b"]


def test_whole_payloads_are_compared_regardless_of_the_order_of_names():
    with VirtualClock(), Harness(Deduplicate) as deduplicate:
        payloads = [{"a": 1, "b": [2]}, {"b": [2], "a": 1}, {"a": 1, "b": [3]}]
        assert through(deduplicate, *payloads) == [payloads[0], payloads[2]]


def test_only_the_key_is_compared():
    with VirtualClock(), Harness(Deduplicate, {"key": "data.id"}) as deduplicate:
        assert through(deduplicate, {"id": 1, "n": 1}, {"id": 1, "n": 2}) == [{"id": 1, "n": 1}]


def test_a_key_is_remembered_for_the_window_after_its_event_passed():
    with VirtualClock() as clock, Harness(Deduplicate, {"window": 60}) as deduplicate:
        assert through(deduplicate, "a") == ["a"]
        clock.advance(40)
        assert through(deduplicate, "a") == []
        clock.advance(19.9)
        assert through(deduplicate, "a") == []
        clock.advance(0.1)
        assert through(deduplicate, "a") == ["a"]


def test_the_oldest_key_is_forgotten_at_max_keys():
    with VirtualClock(), Harness(Deduplicate, {"max_keys": 2}) as deduplicate:
        assert through(deduplicate, "a", "b", "c") == ["a", "b", "c"]
        assert through(deduplicate, "c", "b", "a") == ["a"]


def test_expired_keys_are_forgotten_without_being_seen_again():
    with VirtualClock() as clock, Harness(Deduplicate, {"window": 1}) as deduplicate:
        for _ in range(10):
            through(deduplicate, *range(100))
            clock.advance(1)
        through(deduplicate, "x")
        assert len(deduplicate.module._seen) == 1


def test_an_event_without_the_key_fails_and_the_next_passes():
    with Harness(Deduplicate, {"key": "data.id"}) as deduplicate:
        assert through(deduplicate, {}, {"id": 1}) == [{"id": 1}]
        assert "no key 'data.id'" in deduplicate.receive("failed").errors["module"]["message"]


def test_a_duplicate_is_acknowledged_with_the_first_event():
    with VirtualClock(), Harness(Deduplicate) as deduplicate:
        with deduplicate.stalled():
            first, duplicate = [deduplicate.feed_acknowledged("a") for _ in range(2)]
            wait_until(deduplicate.module.pool.getQueue("inbox").empty)
            deduplicate.receive("dropped")
            assert (first.errors, duplicate.errors) == ([], [])
        assert first.wait().acknowledged
        assert duplicate.wait().acknowledged


def test_a_duplicate_fails_with_the_first_event_and_either_can_be_sent_again():
    with VirtualClock(), Harness(Deduplicate) as deduplicate:
        deduplicate.fail_next(queue="outbox")
        with deduplicate.stalled():
            settlements = [deduplicate.feed_acknowledged("a") for _ in range(3)]
            deduplicate.receive_many(2, "dropped")
            assert [settlement.errors for settlement in settlements] == [[], [], []]
        assert all(settlement.wait().failed for settlement in settlements)
        deduplicate.received().clear()
        retry = deduplicate.feed_acknowledged("a")
        assert deduplicate.receive().data == "a"
        assert retry.wait().acknowledged
        assert through(deduplicate, "a") == []


def test_a_duplicate_of_a_delivered_event_is_acknowledged_at_once():
    with VirtualClock(), Harness(Deduplicate, unconnected=["dropped"]) as deduplicate:
        assert deduplicate.feed_acknowledged("a").wait().acknowledged
        assert deduplicate.feed_acknowledged("a").wait().acknowledged
        assert deduplicate.module.pool.getQueue("dropped").dropped_total == 1


def test_a_failed_event_without_acknowledgement_is_forgotten_too():
    with VirtualClock(), Harness(Deduplicate) as deduplicate:
        deduplicate.fail_next(queue="outbox")
        deduplicate.feed("a")
        deduplicate.wait_until_idle()
        assert through(deduplicate, "a") == ["a"]


def test_an_event_that_fails_late_does_not_forget_a_later_event():
    with VirtualClock() as clock, Harness(Deduplicate, {"window": 60}) as deduplicate:
        kept = []

        def keep(event):
            event.acknowledgement.retain()
            kept.append(event)

        deduplicate.module.pool.getQueue("outbox").consumers[0].function = keep
        deduplicate.feed("a")
        wait_until(lambda: kept)
        clock.advance(60)
        deduplicate.feed("a")
        wait_until(lambda: len(kept) == 2)
        kept[0].acknowledgement.release(ValueError("late"))
        deduplicate.feed("a")
        deduplicate.receive("dropped")
        kept[1].acknowledgement.release()
        assert len(kept) == 2


def test_an_event_that_comes_back_through_a_retry_route_is_not_its_own_duplicate():
    with VirtualClock(), Harness(Deduplicate) as deduplicate:
        settlement = Settlement()
        with deduplicate.stalled():
            deduplicate.feed(Event("a", settlement))
            outbox = deduplicate.module.pool.getQueue("outbox")
            deduplicate.feed("b")
            wait_until(lambda: outbox.items or outbox.out_total)
            first = Event("a")
            first.acknowledgement = deduplicate.module._seen["a"].acknowledgement
            first.holds_reference = False
            # Another module can have tracked it meanwhile.
            deduplicate.feed(first.tracked(lambda _: None))
        assert [event.data for event in deduplicate.receive_many(3)] == ["a", "b", "a"]
        assert settlement.wait().acknowledged
        assert deduplicate.received("dropped") == []


def test_two_events_never_wait_for_each_other():
    """Each is a duplicate of one that waits for the other, as when failed events come back in batches."""
    with VirtualClock(), Harness(Deduplicate) as deduplicate:
        settlements = {name: Settlement() for name in "ab"}
        with deduplicate.stalled():
            for name, settlement in settlements.items():
                deduplicate.feed(Event(name, settlement))
            firsts = deduplicate.module._seen
            wait_until(lambda: len(firsts) == len(settlements))
            for name, other in ("ba", "ab"):
                batch = Acknowledgement(lambda _: None, firsts[other].acknowledgement)
                deduplicate.feed(Event(name, batch))
        assert all(settlement.wait().acknowledged for settlement in settlements.values())
        assert [event.data for event in deduplicate.received()] == ["a", "b", "a"]
        assert [event.data for event in deduplicate.received("dropped")] == ["b"]


def test_events_in_flight_settle_once_when_the_module_is_killed():
    with VirtualClock(), Harness(Deduplicate, size=1) as deduplicate, deduplicate.stalled():
        settlements = [deduplicate.feed_acknowledged(letter) for letter in "aab"]
        wait_until(lambda: len(deduplicate.module._seen) == 2)
        deduplicate.stop(timeout=0)
        assert all(settlement.failed for settlement in settlements)


class Model:
    """The simplest model: the keys and when they were seen."""

    def __init__(self, window):
        self.window = window
        self.delivered = {}

    def lets_through(self, key, now, fails):
        came = self.delivered.get(key)
        if came is not None and now - came < self.window:
            return False
        self.delivered[key] = now
        if fails:
            del self.delivered[key]
        return True


steps = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()) | st.integers(1, 40), max_size=40)


@settings(max_examples=80, deadline=None)
@given(steps, st.integers(1, 60))
def test_passes_what_the_model_passes(steps, window):
    model = Model(window)
    with VirtualClock() as clock, Harness(Deduplicate, {"window": window, "key": "data.key"}) as deduplicate:
        for step in steps:
            if isinstance(step, int):
                clock.advance(step)
                continue
            key, fails = step
            deduplicate.received().clear()
            expected = model.lets_through(key, clock.elapsed, fails)
            if expected and fails:
                deduplicate.fail_next(queue="outbox")
            before = deduplicate.module.pool.getQueue("outbox").in_total
            settlement = deduplicate.feed_acknowledged({"key": key}).wait()
            assert deduplicate.module.pool.getQueue("outbox").in_total - before == expected
            assert settlement.failed == (expected and fails)


operations = st.lists(
    st.tuples(st.sampled_from(["feed", "deliver", "fail"]), st.sampled_from("ab")), max_size=40
)


@settings(max_examples=80, deadline=None)
@given(operations)
def test_no_event_is_acknowledged_before_one_of_its_key_was_delivered(operations):
    """A sender that repeats failed events loses nothing, whichever duplicate passes."""
    kept, pending, delivered = {"a": [], "b": []}, {"a": [], "b": []}, set()

    def keep(event):
        event.acknowledgement.retain()
        kept[event.data].append(event.acknowledgement)

    def settle(key, error=None):
        kept[key].pop().release(error)
        if error is None:
            delivered.add(key)
        assert not any(settlement.errors != [error] for settlement in pending[key])
        pending[key].clear()

    with VirtualClock(), Harness(Deduplicate) as deduplicate:
        deduplicate.module.pool.getQueue("outbox").consumers[0].function = keep
        for what, key in operations:
            if what == "feed":
                settlement = deduplicate.feed_acknowledged(key)
                deduplicate.wait_until_idle()
                assert len(kept[key]) == (key not in delivered)
                if key in delivered:
                    assert settlement.acknowledged
                else:
                    assert settlement.errors == []
                    pending[key].append(settlement)
            elif kept[key]:
                settle(key, ValueError("failed") if what == "fail" else None)
        for key in [key for key, acknowledgements in kept.items() if acknowledgements]:
            settle(key)


def test_check_does_not_warn_about_dropped_events():
    router = Default()
    router.registerModule(Deduplicate, "deduplicate")
    assert "dropped" not in {finding.queue for finding in lint_graph(router)}
