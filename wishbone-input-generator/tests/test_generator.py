from __future__ import annotations

from time import monotonic

import pytest

from wishbone.arguments.convert import ArgumentError
from wishbone_input_generator import Generator
from wishbone_testing import Harness, wait_until
from wishbone_testing.conformance import InputConformance


class TestConformance(InputConformance):
    module = Generator
    arguments = {"interval": 0}
    wrong_arguments = ({"interval": -1}, {"count": -1})


@pytest.mark.parametrize("payload", ["hello", 1, 1.5, True, None, {"a": [1, {"b": 2}]}, ["x"]])
def test_creates_events_with_any_payload(payload):
    with Harness(Generator, {"payload": payload, "count": 2, "interval": 0}) as generator:
        assert [event.data for event in generator.receive_many(2)] == [payload, payload]


def test_payloads_share_nothing():
    with Harness(Generator, {"payload": {"a": [1]}, "count": 2, "interval": 0}) as generator:
        one, two = generator.receive_many(2)
        one.data["a"].append(2)
        assert two.data == {"a": [1]}


@pytest.mark.parametrize("interval", [0, 0.001])
@pytest.mark.parametrize("count", [0, 1, 250])
def test_finishes_after_count_events(interval, count):
    with Harness(Generator, {"interval": interval, "count": count}, size=7) as generator:
        assert generator.finished.wait(10)
        assert generator.module.pool.queue.outbox.in_total == count


def test_keeps_the_interval():
    with Harness(Generator, {"interval": 0.05, "count": 4}) as generator:
        generator.receive()
        began = monotonic()
        generator.receive_many(3)
        assert monotonic() - began > 0.14


def test_runs_without_end_by_default():
    with Harness(Generator, {"interval": 0}) as generator:
        wait_until(lambda: generator.module.pool.queue.outbox.in_total > 5_000)
        assert not generator.finished.is_set()


def test_stops_at_once_within_an_interval():
    with Harness(Generator, {"interval": 3600}) as generator:
        generator.receive()
        began = monotonic()
        assert generator.stop() == []
        assert monotonic() - began < 5


def test_other_greenlets_run_while_outbox_is_not_connected():
    with Harness(Generator, {"interval": 0}, unconnected=["outbox"]) as generator:
        wait_until(lambda: generator.module.pool.queue.outbox.dropped_total > 1_000)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"interval": -1}, "interval: Expected `float` >= 0"),
        ({"interval": "often"}, "interval: Expected `float`, got `str`"),
        ({"count": 1.5}, "count: Expected `int | null`, got `float`"),
        ({"cuont": 1}, "cuont: There is no such argument. Did you mean 'count'?"),
    ],
)
def test_refuses_wrong_arguments(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        Harness(Generator, arguments)
    assert message in str(caught.value)
