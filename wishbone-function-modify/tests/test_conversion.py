from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone_function_modify.conversion import CONVERSIONS as OTHERS
from wishbone_function_modify.timestamp import timestamp_parser

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONVERSIONS = {**OTHERS, "timestamp": timestamp_parser("")}


@pytest.mark.parametrize(
    ("wanted", "value", "expected"),
    [
        ("int", "42", 42),
        ("int", " -7\n", -7),
        ("int", 42, 42),
        ("int", 42.0, 42),
        ("int", True, 1),
        ("float", "1.5e3", 1500.0),
        ("float", 2, 2.0),
        ("bool", "Yes", True),
        ("bool", " off ", False),
        ("bool", 1, True),
        ("bool", False, False),
        ("timestamp", "2026-11-23T12:00:00Z", NOON.timestamp()),
        ("timestamp", "2026-11-23 13:00:00+01:00", NOON.timestamp()),
        ("timestamp", "2026-11-23T12:00:00", NOON.timestamp()),
        ("timestamp", "2026-11-23", NOON.timestamp() - 12 * 3600),
        ("timestamp", "1795435200.5", 1795435200.5),
        ("timestamp", 1795435200, 1795435200.0),
        ("timestamp", NOON, NOON.timestamp()),
    ],
)
def test_converts(wanted, value, expected):
    converted = CONVERSIONS[wanted](value)
    assert (converted, type(converted)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        *(
            ("int", value)
            for value in ("", "1.5", "1_000", "0x10", "x", 1.5, float("nan"), None, [], b"1", "9" * 5000)
        ),
        *(
            ("float", value)
            for value in ("", "nan", "inf", "-inf", "1_0", "x", 1e400, None, {}, b"1", 10**400)
        ),
        *(("bool", value) for value in ("", "2", "maybe", 2, 1.0, None, [])),
        *(
            ("timestamp", value)
            for value in ("", "yesterday", "2026-13-01", True, None, [], "nan", 1e400, float("nan"))
        ),
    ],
)
def test_refuses_a_conversion_that_would_lose_information(wanted, value):
    with pytest.raises((ValueError, OverflowError)):
        CONVERSIONS[wanted](value)


@given(st.integers(-(10**300), 10**300))
def test_an_integer_is_converted_from_its_digits(number):
    assert CONVERSIONS["int"](str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_converted_from_its_digits(number):
    assert CONVERSIONS["float"](repr(number)) == number


@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(timezone(timedelta(hours=-5)))))  # noqa: DTZ001 - hypothesis adds the zone
def test_a_time_is_converted_from_iso_8601(time):
    assert CONVERSIONS["timestamp"](time.isoformat()) == time.timestamp()


def test_a_custom_format_converts_times():
    convert = timestamp_parser("%d/%b/%Y:%H:%M:%S %z")
    assert convert("23/Nov/2026:13:00:00 +0100") == NOON.timestamp()
    assert timestamp_parser("%Y-%m-%d %H")("2026-11-23 12") == NOON.timestamp()
    for wrong in ("2026-11-23", 5, None):
        with pytest.raises(ValueError, match=r"does not match|is not a text"):
            convert(wrong)
