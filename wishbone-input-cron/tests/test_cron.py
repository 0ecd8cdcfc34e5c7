from __future__ import annotations

from datetime import datetime
from importlib.metadata import entry_points
from zoneinfo import ZoneInfo

import pytest

import wishbone.clock
from wishbone.arguments.convert import ArgumentError
from wishbone.error import ConfigError
from wishbone_input_cron import Cron
from wishbone_testing import Harness, VirtualClock

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 28, 12, 0, 30, tzinfo=BERLIN)
DAY = 86_400


@pytest.fixture
def clock():
    with VirtualClock(START) as clock:
        yield clock


def cron(expression, **more):
    arguments = {"expression": expression, "timezone": "Europe/Berlin", **more}
    return Harness(Cron, arguments, frequency=DAY)


def payloads(module):
    return [event.data for event in module.received()]


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.input", name="cron")
    assert entry_point.load() is Cron


def test_creates_an_event_at_each_tick(clock):
    with cron("* * * * *") as module:
        clock.advance(29.9)
        assert payloads(module) == []
        clock.advance(0.1)
        assert payloads(module) == ["2026-03-28T12:01:00+01:00"]
        clock.advance(120)
        assert payloads(module)[1:] == ["2026-03-28T12:02:00+01:00", "2026-03-28T12:03:00+01:00"]


def test_follows_daylight_saving_time(clock):
    with cron("0 9 * * *", payload="x") as module:
        clock.advance(3 * DAY)
        scheduled = [event.tmp["module"]["scheduled"] for event in module.received()]
    assert scheduled == [
        "2026-03-29T09:00:00+02:00",
        "2026-03-30T09:00:00+02:00",
        "2026-03-31T09:00:00+02:00",
    ]


def test_the_default_time_zone_is_utc(clock):
    with Harness(Cron, {"expression": "0 12 * * *"}) as module:
        clock.advance(3600)
        assert payloads(module) == ["2026-03-28T12:00:00+00:00"]


def test_payloads_share_nothing(clock):
    with cron("* * * * *", payload={"a": [1]}) as module:
        clock.advance(120)
        one, two = module.received()
        one.data["a"].append(2)
        assert two.data == {"a": [1]}
        assert one.tmp == {"module": {"scheduled": "2026-03-28T12:01:00+01:00", "missed": 0}}


def test_jitter_delays_each_event_by_less_than_its_maximum(clock):
    delays = []
    with cron("* * * * *", jitter=20) as module:
        clock.advance(30)
        for count in range(1, 21):
            before = wishbone.clock.time()
            while len(payloads(module)) < count:
                clock.advance(0.5)
            delays.append(wishbone.clock.time() - before)
            clock.advance(60 - delays[-1])
    assert max(delays) <= 20.5
    assert max(delays) - min(delays) > 2


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        ("once", [("12:04", 2)]),
        ("all", [("12:02", 0), ("12:03", 0), ("12:04", 0)]),
        ("skip", [("12:04", 2)]),
    ],
)
def test_ticks_missed_while_the_pipeline_was_blocked(clock, missed, expected):
    with cron("* * * * *", missed=missed) as module:
        submit = module.module.submit

        def slow(event, queue):
            submit(event, queue)
            if len(module.received()) == 0:
                module.module.sleep(185)

        module.module.submit = slow
        clock.advance(30 + 186)
        module.module.submit = submit
        clock.advance(0)
        notes = [event.tmp["module"] for event in module.received()[1:]]
    assert [(note["scheduled"][11:16], note["missed"]) for note in notes] == expected


@pytest.mark.parametrize(("missed", "expected"), [("once", 1), ("all", 8), ("skip", 0)])
def test_ticks_missed_while_the_machine_was_suspended(clock, monkeypatch, missed, expected):
    with cron("30 * * * *", missed=missed) as module:
        clock.settle()
        time = wishbone.clock.time
        monkeypatch.setattr("wishbone.clock.time", lambda: time() + 8 * 3600)
        clock.advance(60)
        events = list(module.received())
        assert len(events) == expected
        if missed == "once":
            assert events[0].tmp["module"] == {"scheduled": "2026-03-28T19:30:00+01:00", "missed": 7}
        clock.advance(1800)
        assert payloads(module)[-1] == "2026-03-28T20:30:00+01:00"
        assert len(payloads(module)) == expected + 1
        monkeypatch.undo()


def test_no_tick_comes_twice_when_the_clock_is_set_back_a_little(clock, monkeypatch):
    with cron("0 * * * *") as module:
        clock.advance(3600)
        assert payloads(module) == ["2026-03-28T13:00:00+01:00"]
        clock.settle()
        time = wishbone.clock.time
        monkeypatch.setattr("wishbone.clock.time", lambda: time() - 3600)
        clock.advance(3600)
        assert len(payloads(module)) == 1
        clock.advance(3600)
        assert payloads(module)[1:] == ["2026-03-28T14:00:00+01:00"]
        monkeypatch.undo()


def test_a_clock_that_is_set_back_by_days_is_followed(clock, monkeypatch):
    with cron("0 * * * *") as module:
        clock.settle()
        time = wishbone.clock.time
        monkeypatch.setattr("wishbone.clock.time", lambda: time() - 10 * DAY)
        clock.advance(3600)
        assert payloads(module) == ["2026-03-18T13:00:00+01:00"]
        assert any("The clock was set back to 2026-03-18T12:0" in text for text in module.messages())
        monkeypatch.undo()


def test_stops_at_once_between_two_ticks(clock):
    with cron("@yearly") as module:
        clock.settle()
        assert module.stop() == []
        assert clock.elapsed < 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "expression: It is missing"),
        (
            {"expression": "@daily", "timezone": "Europe/Berln"},
            "timezone: There is no time zone 'Europe/Berln'",
        ),
        ({"expression": "@daily", "timezone": "../../etc/passwd"}, "timezone: There is no time zone"),
        ({"expression": "@daily", "timezone": "Europe"}, "timezone: There is no time zone 'Europe'"),
        ({"expression": "@daily", "timezone": 1}, "timezone: Expected a time zone (a text), got `int`"),
        ({"expression": "@daily", "jitter": -1}, "jitter: Expected `float` >= 0"),
        ({"expression": "@daily", "missed": "twice"}, "missed: Invalid enum value 'twice'"),
    ],
)
def test_refuses_wrong_arguments(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        Harness(Cron, arguments)
    assert message in str(caught.value)


def test_refuses_an_invalid_expression():
    with pytest.raises(ConfigError, match="'often' is not a valid cron expression"):
        Harness(Cron, {"expression": "often"})
