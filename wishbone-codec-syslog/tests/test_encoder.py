from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wishbone import clock
from wishbone.error import ConfigError, InvalidData
from wishbone.event import Log
from wishbone_codec_syslog import SyslogDecoder, SyslogEncoder
from wishbone_testing.stream import decode

NOW = datetime(2026, 11, 23, tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(clock, "time", lambda: NOW)


WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=32).filter(
    lambda word: word != "-"
)
NAMES = st.text("abcXYZ019@.-_", min_size=1, max_size=32)
TEXTS = st.text(st.characters(exclude_categories=["Cs"])).map(
    lambda text: text.rstrip("\r\n\0").removeprefix("\ufeff")
)
MESSAGES = st.fixed_dictionaries(
    {
        "facility": st.sampled_from(["kern", "user", "local7"]),
        "severity": st.sampled_from(["emergency", "info", "debug"]),
        "timestamp": st.integers(-62_135_596_800, 253_402_300_799).map(float),
        "hostname": WORDS,
        "app_name": WORDS,
        "proc_id": st.none() | WORDS,
        "msg_id": st.none() | WORDS,
        "structured_data": st.dictionaries(
            NAMES, st.dictionaries(NAMES, TEXTS | st.lists(TEXTS, min_size=2, max_size=3))
        ),
        "message": TEXTS,
    }
)


ZONES = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(
    lambda offset: timezone(timedelta(minutes=offset // timedelta(minutes=1)))
)


@given(st.lists(MESSAGES), st.integers(1, 99))
def test_what_was_encoded_is_decoded_wherever_it_is_cut(messages, size):
    encoder = SyslogEncoder()
    stream = b"".join(map(encoder.encode, messages))
    assert (
        decode(SyslogDecoder(), *(stream[at : at + size] for at in range(0, len(stream), size))) == messages
    )


@given(st.datetimes(timezones=ZONES), st.sampled_from(["<13>1 {} h a - - - x", "<13>{} h a: x"]))
@example(datetime(1, 1, 1, tzinfo=UTC), "<13>1 {} h a - - - x")
@example(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "<13>1 {} h a - - - x")
@example(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "<13>1 {} h a - - - x")
@example(datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC), "<13>1 {} h a - - - x")
@example(datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-1))), "<13>1 {} h a - - - x")
def test_every_time_that_is_decoded_can_be_encoded_again(moment, text):
    text = text.format(moment.isoformat())
    (value,) = decode(SyslogDecoder("none"), text.encode())
    (again,) = decode(SyslogDecoder(), SyslogEncoder().encode(value))
    assert again["timestamp"] == (NOW if value["timestamp"] is None else value["timestamp"])
    assert SyslogEncoder("rfc3164").encode(value)


def test_a_year_with_fewer_digits_is_padded():
    encoded = SyslogEncoder(framing="none").encode({"message": "x", "timestamp": -62_135_596_800})
    assert encoded.split(b" ")[1] == b"0001-01-01T00:00:00.000000Z"


def test_a_text_is_a_message_with_the_defaults():
    encoder = SyslogEncoder(framing="none", facility="local0", severity=4, hostname="h", app_name="a")
    assert encoder.encode("hello") == b"<132>1 2026-11-23T00:00:00.000000Z h a - - - hello"
    assert socket.gethostname().encode() in SyslogEncoder().encode("hello")


def test_a_log_has_its_severity_time_and_process():
    encoded = SyslogEncoder(framing="none", hostname="h").encode(Log(0.5, 3, 42, "input", "gone"))
    assert encoded == b"<11>1 1970-01-01T00:00:00.500000Z h wishbone 42 - - input: gone"


@pytest.mark.parametrize("value", [{"user": "ada"}, {"message": "x", "user": "ada"}, [1], 5, None])
def test_other_values_are_written_as_json(value):
    text = SyslogEncoder(framing="none").encode(value).split(b" - - - ")[1]
    assert text == b"" if value is None else json.loads(text) == value


def test_rfc_3164_is_written_as_it_is_read():
    message = {"hostname": "h", "app_name": "sshd[x]", "proc_id": 5, "message": "a\nb", "timestamp": NOW}
    encoded = SyslogEncoder("rfc3164", "newline", severity="info").encode(message)
    (value,) = decode(SyslogDecoder(), encoded)
    assert (value["app_name"], value["proc_id"], value["hostname"]) == ("sshd_x_", "5", "h")
    assert (value["message"], value["severity"], value["timestamp"]) == ("a#012b", "info", NOW)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"message": "x", "facility": "locla0"}, "not a facility.*Did you mean 'local0'"),
        ({"message": "x", "severity": 8}, "not a severity"),
        ({"message": "x", "timestamp": "today"}, "timestamp 'today' is not within"),
        ({"message": "x", "timestamp": float("nan")}, "is not within"),
        ({"message": "x", "timestamp": 253_402_300_800}, "is not within the years 1 to 9999"),
        ({"message": "x", "structured_data": [1]}, "not a mapping of mappings"),
        ({"message": "x", "structured_data": {"a": 1}}, "not a mapping of mappings"),
        ({"message": "x", "structured_data": {"a b": {}}}, "cannot be a name in structured data"),
        ({"message": "x", "structured_data": {"a": {"b=": 1}}}, "cannot be a name"),
        ({"message": object()}, "cannot be written as JSON"),
    ],
)
def test_what_cannot_be_a_message_fails(value, why):
    with pytest.raises(InvalidData, match=why):
        SyslogEncoder().encode(value)


def test_no_part_of_the_header_can_add_another():
    message = {"hostname": "a b", "app_name": "\n", "proc_id": "x" * 200, "msg_id": "é", "message": ""}
    encoded = SyslogEncoder(framing="none").encode(message)
    assert encoded.split(b" ")[2:6] == [b"a_b", b"_", b"x" * 128, b"_"]


@pytest.mark.parametrize("wrong", [{"facility": "x"}, {"severity": 8}])
def test_a_default_that_does_not_exist_is_refused(wrong):
    with pytest.raises(ConfigError):
        SyslogEncoder(**wrong)
