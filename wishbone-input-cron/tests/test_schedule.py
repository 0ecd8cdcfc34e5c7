from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone.error import ConfigError
from wishbone_input_cron.schedule import NICKNAMES, Schedule

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/St_Johns",
]


def ticks(expression, after, zone, count):
    found = islice(Schedule(expression).ticks(after.timestamp(), zone), count)
    return [datetime.fromtimestamp(tick, zone).isoformat() for tick in found]


def fields(low, high):
    number = st.integers(low, high).map(str)
    two = st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted)
    step = st.integers(1, high).map("*/{}".format)
    return st.one_of(st.just("*"), step, number, two.map(lambda pair: f"{pair[0]}-{pair[1]}"))


expressions = st.tuples(fields(0, 59), fields(0, 23), fields(1, 28), fields(1, 12), fields(0, 6)).map(
    " ".join
)
moments = st.integers(1_577_836_800, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(expressions, moments, st.sampled_from(ZONES))
def test_ticks_increase_without_repetition(expression, after, zone):
    found = list(islice(Schedule(expression).ticks(after.timestamp(), ZoneInfo(zone)), 5))
    assert found == sorted(set(found))
    assert found[0] > after.timestamp()


@given(expressions, moments, st.sampled_from(ZONES))
def test_starting_at_a_tick_finds_the_same_ticks(expression, after, zone):
    schedule, info = Schedule(expression), ZoneInfo(zone)
    first, second = islice(schedule.ticks(after.timestamp(), info), 2)
    assert next(schedule.ticks(first, info)) == second
    assert next(schedule.ticks(first - 0.5, info)) == first


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (
            "30 2 * * *",
            ["2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
        ),
        (
            "0,30 2 * * *",
            ["2026-03-28T02:00:00+01:00", "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00"],
        ),
    ],
)
def test_ticks_in_the_skipped_hour_come_right_after_it(expression, expected):
    assert ticks(expression, datetime(2026, 3, 28, 1, tzinfo=BERLIN), BERLIN, 3) == expected


def test_ticks_in_the_repeated_hour_come_once():
    assert ticks("30 2 * * *", datetime(2026, 10, 24, 12, tzinfo=BERLIN), BERLIN, 2) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


def test_a_start_in_the_second_pass_of_the_repeated_hour_has_no_tick_of_the_first():
    after = datetime(2026, 10, 25, 2, 40, tzinfo=BERLIN, fold=1)
    assert ticks("50 2 * * *", after, BERLIN, 1) == ["2026-10-26T02:50:00+01:00"]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_with_a_star_every_hour_counts(day, hours):
    before = datetime.fromisoformat(day).replace(tzinfo=BERLIN) - timedelta(seconds=1)
    found = ticks("0 * * * *", before, BERLIN, 30)
    assert len([tick for tick in found if tick.startswith(day)]) == hours


def test_six_fields_start_with_the_second():
    assert ticks("*/20 * * * * *", datetime(2026, 1, 1, tzinfo=UTC), UTC, 3) == [
        "2026-01-01T00:00:20+00:00",
        "2026-01-01T00:00:40+00:00",
        "2026-01-01T00:01:00+00:00",
    ]


@pytest.mark.parametrize(
    ("nickname", "expected"),
    [
        ("@hourly", "2026-05-05T06:00:00+00:00"),
        ("@daily", "2026-05-06T00:00:00+00:00"),
        ("@midnight", "2026-05-06T00:00:00+00:00"),
        ("@weekly", "2026-05-10T00:00:00+00:00"),
        ("@monthly", "2026-06-01T00:00:00+00:00"),
        ("@Yearly", "2027-01-01T00:00:00+00:00"),
        ("@annually", "2027-01-01T00:00:00+00:00"),
    ],
)
def test_nicknames(nickname, expected):
    assert nickname.lower() in NICKNAMES
    assert ticks(nickname, datetime(2026, 5, 5, 5, 5, tzinfo=UTC), UTC, 1) == [expected]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 12 L * *", "2028-02-29T12:00:00+00:00"),
        ("0 12 * * FRI#2", "2028-02-11T12:00:00+00:00"),
        ("0 12 * * 5L", "2028-02-25T12:00:00+00:00"),
        ("0 12 13 * FRI", "2028-02-04T12:00:00+00:00"),
        ("0 12 */2 * FRI", "2028-02-11T12:00:00+00:00"),
    ],
)
def test_days_can_be_written_in_many_ways(expression, expected):
    assert ticks(expression, datetime(2028, 2, 1, tzinfo=UTC), UTC, 1) == [expected]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "'' is not a valid cron expression: Wrong number of fields"),
        ("* * * *", "Wrong number of fields"),
        ("60 * * * *", "Bad minute"),
        ("* 24 * * *", "Bad hour"),
        ("* * 0 * *", "Bad day-of-month"),
        ("* * * FOO *", "Bad month"),
        ("* * * * 8", "Bad day-of-week"),
        ("*/0 * * * *", "Bad minute"),
        ("@reboot", "is not a valid cron expression"),
        ("0 0 31 2 *", "Bad day-of-month"),
        ("0 0 */31 2 MON#5", "No time matches"),
    ],
)
def test_refuses_an_invalid_expression(expression, message):
    with pytest.raises(ConfigError) as caught:
        Schedule(expression)
    assert message in str(caught.value)
