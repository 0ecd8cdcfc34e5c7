"""Times are read as programs and people write them."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone.times import in_latest_year, iso_seconds, zone_named

NOON = datetime(2024, 5, 5, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-05t12:00:00z", NOON),
        ("2024-05-05T12:00:00.25z", NOON + 0.25),
        ("2024-05-05 12:00:00,123456789z", NOON + 0.123456),
        ("2024/05/05 12:00:00", NOON),
        ("2024-126T12:00:00Z", NOON),
        ("2024126T120000Z", NOON),
        ("2024-W18-7t12:00z", NOON),
        ("2024-05-04T24:00:00Z", NOON - 12 * 3600),
        ("2024-05-05T11:59:60Z", NOON),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC).timestamp()),
        ("2024-05-05 12:00:00 UTC", NOON),
        ("2024-05-05 14:00:00 CEST", NOON),
        ("2024-05-05 08:00:00 EDT", NOON),
        ("2024-05-05 09:00:00 GMT-3", NOON),
        ("2024-05-05 14:00:00 Europe/Brussels", NOON),
        ("2024-05-05T14:00:00[Europe/Brussels]", NOON),
        ("2024-05-05T12:00:00Z[Europe/Brussels]", NOON),
        ("2024-05-05T14:00:00+02:00[!Europe/Brussels]", NOON),
    ],
)
def test_time_is_read(text, expected):
    assert iso_seconds(text, UTC) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "today",
            "2024-05-05T12:00:00Z\0text",
            "2024",
            "2024-13-01",
            "2024-05-05T25:00:00Z",
            "2024-05-05T24:00:01Z",
            "0000-01-01",
        ),
        *("2023-366", "2024-367", "2024-000", "2024-05/05 12:00:00", "9999-12-31T24:00:00Z"),
        *(
            "2024-05-05T12:00:61Z",
            "2024-05-05 12:00:00 XYZ",
            "2024-05-05 12:00:00 Mars/Base",
            "\uff11\uff12\uff13\uff14-05-05",
        ),
        *(
            "2024-05-05 12:00:00 ../../etc/passwd",
            "2024-05-05 12:00:00 /etc/passwd",
            "2024-05-05T12:00:00+24:00",
        ),
    ],
)
def test_what_is_not_a_time_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        iso_seconds(text, UTC)


def test_unknown_time_zone_is_named():
    with pytest.raises(ValueError, match="the time zone 'XYZ' is not known: use an offset such as"):
        iso_seconds("2024-05-05 12:00:00 XYZ", UTC)


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d.{0,20}"))
def test_any_text_is_a_time_or_a_value_error(text):
    try:
        found = iso_seconds(text, UTC)
    except ValueError:
        return
    assert abs(found) < 1e12
    assert re.match(r"[0-9]{4}", text)


@given(st.datetimes(datetime(1900, 1, 1)), st.integers(-1439, 1439))  # noqa: DTZ001 - the zone is added
def test_every_time_that_is_written_is_read(moment, minutes):
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert iso_seconds(moment.isoformat().replace("T", "t"), None) == moment.timestamp()


def test_time_without_a_zone_is_of_the_given_zone():
    assert iso_seconds("2024-05-05T14:00:00", ZoneInfo("Europe/Brussels")) == NOON
    assert iso_seconds("2024-05-05t14:00:60", ZoneInfo("Europe/Brussels")) == NOON + 60


@pytest.mark.parametrize(
    ("name", "home", "hours"),
    [
        ("+02", "UTC", 2),
        ("-0330", "UTC", -3.5),
        ("UTC+05:30", "UTC", 5.5),
        ("CST", "UTC", -6),
        ("CST", "Asia/Shanghai", 8),
        ("IST", "Asia/Kolkata", 5.5),
        ("IST", "Europe/Dublin", 1),
        ("EST", "America/New_York", -5),
        ("EDT", "America/New_York", -4),
        ("cest", "UTC", 2),
        ("IST", "UTC", None),
        ("XYZ", "UTC", None),
        ("+2460", "UTC", None),
        ("", "UTC", None),
    ],
)
def test_zone_is_found_by_its_name(name, home, hours):
    zone = zone_named(name, ZoneInfo(home))
    offset = zone and zone.utcoffset(None)
    assert offset == (None if hours is None else timedelta(hours=hours))


def test_zone_of_this_machine_knows_its_own_abbreviations(monkeypatch):
    monkeypatch.setenv("TZ", "IST-5:30")
    time.tzset()
    try:
        zone = zone_named("IST", None)
        assert zone is not None
        assert zone.utcoffset(None) == timedelta(hours=5.5)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("today", "date", "year"),
    [
        ((2026, 11, 25), (11, 24), 2026),
        ((2026, 11, 25), (11, 27), 2025),
        ((2026, 11, 25), (12, 31), 2025),
        ((2026, 12, 31), (1, 1), 2027),
        ((2027, 1, 1), (12, 31), 2026),
        ((2024, 3, 1), (2, 29), 2024),
        ((2025, 2, 1), (2, 29), 2024),
        ((2025, 3, 1), (2, 29), 2024),
    ],
)
def test_date_without_a_year_is_of_the_last_twelve_months(today, date, year):
    found = in_latest_year(datetime(2000, *date), datetime(*today), timedelta(days=1))  # noqa: DTZ001
    assert found == datetime(year, *date)  # noqa: DTZ001


def test_29_february_of_no_leap_year_is_refused():
    with pytest.raises(ValueError, match="day"):
        in_latest_year(datetime(2000, 2, 29), datetime(2026, 11, 25), timedelta(days=1))  # noqa: DTZ001
