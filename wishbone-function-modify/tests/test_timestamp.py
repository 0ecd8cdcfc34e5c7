"""A time is read as what it is, or refused with what was found and what can be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone import clock
from wishbone.arguments import TimeZone
from wishbone_function_modify import Modify
from wishbone_function_modify.timestamp import TimeOptions, timestamp_parser
from wishbone_testing import Harness

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()
SCALES = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(clock, "time", lambda: NOON)


def convert(value, timestamp):
    """Return what an event's value becomes."""
    with Harness(Modify, {"operations": [{"convert": {"data": {"timestamp": timestamp}}}]}) as harness:
        harness.feed(value)
        return harness.receive().data


@pytest.mark.parametrize("unit", SCALES)
@pytest.mark.parametrize("as_text", [False, True])
def test_number_is_in_its_unit(unit, as_text):
    number = int(NOON) * SCALES[unit]
    parse = timestamp_parser(TimeOptions(unit=unit))
    assert parse(str(number) if as_text else number) == NOON
    assert parse(f"{number}.0" if as_text else float(number)) == NOON


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_milliseconds_are_exact(number):
    assert timestamp_parser(TimeOptions(unit="ms"))(str(number)) == number / 1000


def test_eight_digits_are_a_date_unless_a_unit_is_given():
    assert timestamp_parser("")("20261123") == NOON - 12 * 3600
    assert timestamp_parser("")("2026123") == 2026123
    assert timestamp_parser(TimeOptions(unit="s"))("20261123") == 20261123


@pytest.mark.parametrize(
    ("value", "unit", "likely"),
    [
        (1714910400123, "s", "ms"),
        ("1714910400123", "s", "ms"),
        ("1714910400123.5", "s", "ms"),
        (1714910400123456, "s", "us"),
        (1714910400123456789, "s", "ns"),
        (1714910400123456789, "ms", "ns"),
        (-1714910400123, "s", "ms"),
    ],
)
def test_number_beyond_the_year_9999_is_refused_with_the_likely_unit(value, unit, likely):
    with pytest.raises(ValueError, match=f"{value}.* is not within the years.*'unit: {likely}'") as caught:
        timestamp_parser(TimeOptions(unit=unit))(value)
    assert f"in the unit '{unit}'" in str(caught.value)
    assert type(value).__name__ in str(caught.value)


@given(st.integers() | st.floats() | st.text(), st.sampled_from([None, *SCALES]))
def test_any_value_is_a_time_that_can_be_written_or_refused(value, unit):
    try:
        found = timestamp_parser(TimeOptions(unit=unit))(value)
    except ValueError:
        return
    assert datetime(1, 1, 1, tzinfo=UTC).timestamp() - 86_400 <= found < 253_402_300_800 + 86_400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nov 23 11:00:00", (2026, 11, 23, 11)),
        ("Nov 24 11:00:00", (2026, 11, 24, 11)),  # a clock that is ahead, or another time zone
        ("Nov 25 00:00:00", (2025, 11, 25)),
        ("Dec 31 23:59:59", (2025, 12, 31, 23, 59, 59)),
        ("Oct 11 22:14:15", (2026, 10, 11, 22, 14, 15)),
    ],
)
def test_time_without_a_year_is_of_the_last_twelve_months(text, expected):
    assert timestamp_parser("%b %d %H:%M:%S")(text) == datetime(*expected, tzinfo=UTC).timestamp()


def test_time_before_the_new_year_is_of_the_old_one(monkeypatch):
    monkeypatch.setattr(clock, "time", lambda: datetime(2027, 1, 1, 0, 5, tzinfo=UTC).timestamp())
    found = timestamp_parser("%b %d %H:%M")("Dec 31 23:59")
    assert found == datetime(2026, 12, 31, 23, 59, tzinfo=UTC).timestamp()


def test_29_february_is_read_in_the_twelve_months_after_it(monkeypatch):
    monkeypatch.setattr(clock, "time", lambda: datetime(2025, 2, 1, tzinfo=UTC).timestamp())
    assert timestamp_parser("%b %d")("Feb 29") == datetime(2024, 2, 29, tzinfo=UTC).timestamp()
    monkeypatch.setattr(clock, "time", lambda: datetime(2026, 11, 23, tzinfo=UTC).timestamp())
    with pytest.raises(ValueError, match="there was no 29 February in the last twelve months"):
        timestamp_parser("%b %d")("Feb 29")


def test_time_without_a_day_is_of_the_last_day():
    parse = timestamp_parser("%H:%M")
    assert parse("11:00") == NOON - 3600
    assert parse("12:30") == NOON + 1800
    assert parse("23:00") == NOON - 13 * 3600


@pytest.mark.parametrize(
    ("text", "time_format", "hours"),
    [
        ("2026-11-23 12:00:00 UTC", "%Y-%m-%d %H:%M:%S %Z", 0),
        ("2026-11-23 12:00:00 CET", "%Y-%m-%d %H:%M:%S %Z", 1),
        ("2026-11-23 12:00:00 EST", "%Y-%m-%d %H:%M:%S %Z", -5),
        ("2026-11-23 12:00:00 +0300", "%Y-%m-%d %H:%M:%S %Z", 3),
        ("Mon, 23 Nov 2026 12:00:00 GMT", "%a, %d %b %Y %H:%M:%S %z", 0),
        ("Mon Nov 23 12:00:00 PST 2026", "%a %b %d %H:%M:%S %Z %Y", -8),
        ("Nov 23 12:00:00 CET", "%b %d %H:%M:%S %Z", 1),
        ("100% 2026-11-23 12", "100%% %Y-%m-%d %H", 0),
        ("23/Nov/2026:12:00:00 -0700", "%d/%b/%Y:%H:%M:%S %z", -7),
        ("11/23/2026 12:00:00 PM", "%m/%d/%Y %I:%M:%S %p", 0),
    ],
)
def test_format_reads_names_of_time_zones(text, time_format, hours):
    assert timestamp_parser(time_format)(text) == NOON - hours * 3600


def test_time_without_a_zone_is_of_the_given_one():
    options = {"timezone": "Europe/Brussels"}
    assert convert("2026-11-23T13:00:00", options) == NOON
    assert convert("2026-11-23T13:00:00Z", options) == NOON + 3600
    assert convert("23.11.2026 13:00", {**options, "format": "%d.%m.%Y %H:%M"}) == NOON
    shanghai = TimeOptions(format="%Y-%m-%d %H %Z", timezone=TimeZone("Asia/Shanghai"))
    assert timestamp_parser(shanghai)("2026-11-23 20 CST") == NOON
    naive = datetime(2026, 11, 23, 20)  # noqa: DTZ001 - it has none
    assert timestamp_parser(TimeOptions(timezone=TimeZone("Asia/Shanghai")))(naive) == NOON


def test_format_of_numbers_is_a_number():
    assert convert(1795435200000, {"format": "%s", "unit": "ms"}) == NOON
    assert convert("1795435200", "%s") == NOON


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        (
            "tomorrow",
            "",
            "str 'tomorrow' is not a time. Expected a number (of unit 's') since 1970, or an ISO",
        ),
        ("2026-11-23 12:00 XYZ", "", "the time zone 'XYZ' is not known: use an offset such as '+02:00'"),
        ([], "", "list [] is not a time. Expected a number"),
        (5, "%Y", "int 5 is not a text with a time such as '2026'"),
        (
            "23.11.",
            "%d/%m",
            "time data '23.11.' does not match format '%d/%m', which reads times such as '23/11'",
        ),
        ("2026 XYZ", "%Y %Z", "'2026 UTC' with a known time zone or an offset"),
    ],
)
def test_error_says_what_was_found_and_what_can_be_read(value, options, message):
    with pytest.raises(ValueError, match=r".") as caught:
        timestamp_parser(options)(value)
    assert message in str(caught.value)


def test_failed_conversion_leaves_the_event_unchanged():
    with Harness(Modify, {"operations": [{"convert": {"data": "timestamp"}}]}) as harness:
        harness.feed(1714910400123)
        event = harness.receive("failed")
    assert event.data == 1714910400123
    assert "set 'unit: ms'" in event.errors["module"]["message"]


@pytest.mark.parametrize(
    ("timestamp", "message"),
    [
        ({"unit": "h"}, "Invalid enum value 'h'"),
        ({"timezone": "Mars"}, "There is no time zone 'Mars'"),
        ({"format": "%Y", "unit": "ms"}, "'unit' is for numbers: leave it out, or the format '%Y'"),
        ({"formt": "%Y"}, "unknown field `formt`. Did you mean 'format'?"),
        ({"format": "%Q"}, "'Q' is a bad directive in format '%Q'"),
    ],
)
def test_wrong_options_are_refused_at_the_start(timestamp, message):
    with pytest.raises(Exception, match=r".") as caught:
        Harness(Modify, {"operations": [{"convert": {"data.a": {"timestamp": timestamp}}}]})
    assert message in str(caught.value)


@given(st.integers(-(2**31), 2**32), st.sampled_from(["UTC", "Asia/Tokyo"]))
def test_every_formatted_time_is_read(seconds, name):
    moment = datetime.fromtimestamp(seconds, ZoneInfo(name))
    time_format = "%d/%b/%Y:%H:%M:%S.%f"
    parse = timestamp_parser(TimeOptions(format=time_format, timezone=TimeZone(name)))
    assert parse(moment.strftime(time_format)) == moment.timestamp()


@given(st.text(), st.sampled_from(["%b %d %H:%M:%S", "%Y-%m-%d %Z", "%H:%M"]))
def test_text_that_does_not_match_a_format_is_refused(text, time_format):
    with pytest.raises(ValueError, match="which reads times such as"):
        timestamp_parser(time_format)(f"{text}?")


@given(st.timedeltas(timedelta(days=-360), timedelta(hours=23)))
def test_recent_time_without_its_year_is_read(ago):
    moment = datetime.fromtimestamp(int(NOON), UTC) + timedelta(seconds=ago // timedelta(seconds=1))
    assert timestamp_parser("%b %d %H:%M:%S")(f"{moment:%b %d %H:%M:%S}") == moment.timestamp()


def test_long_text_is_refused_at_once():
    """A lookup of a time zone reads files: many in one event would hold up the others."""
    with pytest.raises(ValueError, match="does not match"):
        timestamp_parser("%Y %Z")("2026 " + "Mars/Base " * 100_000)
