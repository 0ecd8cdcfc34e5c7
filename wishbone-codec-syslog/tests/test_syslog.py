from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone import clock
from wishbone.codec import BadFrame
from wishbone.error import ConfigError
from wishbone_codec_syslog import SyslogDecoder, SyslogEncoder
from wishbone_testing.conformance import CodecConformance
from wishbone_testing.stream import assert_same_whatever_the_cuts, decode

NOW = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
NOTHING = {
    "facility": "user",
    "severity": "notice",
    "timestamp": None,
    "hostname": None,
    "app_name": None,
    "proc_id": None,
    "msg_id": None,
    "structured_data": {},
}


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(clock, "time", lambda: NOW)


def moment(*parts):
    return datetime(*parts, tzinfo=UTC).timestamp()


def read(message):
    """Return the parts of one message, without those that it does not have."""
    (value,) = decode(SyslogDecoder(timezone="UTC"), message)
    assert list(value) == [*NOTHING, "message"]
    return {name: part for name, part in value.items() if part not in (None, {})}


def message(text):
    return {**NOTHING, "timestamp": NOW, "hostname": "host", "app_name": "app", "message": text}


class TestConformance(CodecConformance):
    decoder = SyslogDecoder
    encoder = SyslogEncoder
    values = (message("one"), message("two\nlines"), message("three"))

    def large(self, size):
        return message("x" * size)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (  # the examples of RFC 5424, section 6.5
            b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed",
            {
                "facility": "auth",
                "severity": "critical",
                "timestamp": moment(2003, 10, 11, 22, 14, 15, 3000),
                "hostname": "mymachine.example.com",
                "app_name": "su",
                "msg_id": "ID47",
                "message": "'su root' failed",
            },
        ),
        (
            b"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time.",
            {
                "facility": "local4",
                "severity": "notice",
                "timestamp": moment(2003, 8, 24, 12, 14, 15, 3),
                "hostname": "192.0.2.1",
                "app_name": "myproc",
                "proc_id": "8710",
                "message": "%% It's time.",
            },
        ),
        (
            b'<165>1 - host evntslog - ID47 [example@32473 iut="3" eventID="1011"][priority@1 class="high"]',
            {
                "facility": "local4",
                "severity": "notice",
                "hostname": "host",
                "app_name": "evntslog",
                "msg_id": "ID47",
                "structured_data": {
                    "example@32473": {"iut": "3", "eventID": "1011"},
                    "priority@1": {"class": "high"},
                },
                "message": "",
            },
        ),
        (  # what a sender may leave out
            b"<14>1 - - - - -",
            {"facility": "user", "severity": "info", "message": ""},
        ),
        (
            b"<14>1 - host app - - no structured data",
            {
                "facility": "user",
                "severity": "info",
                "hostname": "host",
                "app_name": "app",
                "message": "no structured data",
            },
        ),
        (  # the examples of RFC 3164, section 5.4
            b"<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
            {
                "facility": "auth",
                "severity": "critical",
                "timestamp": moment(2026, 10, 11, 22, 14, 15),
                "hostname": "mymachine",
                "app_name": "su",
                "message": "'su root' failed for lonvick on /dev/pts/8",
            },
        ),
        (b"Use the BFG!", {"facility": "user", "severity": "notice", "message": "Use the BFG!"}),
        (
            b"<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!",
            {
                "facility": "user",
                "severity": "notice",
                "timestamp": moment(2026, 2, 5, 17, 32, 18),
                "hostname": "10.0.0.99",
                "message": "Use the BFG!",
            },
        ),
        (  # what senders make of it
            b"<30>Oct 11 22:14:15 postfix/smtpd[1234]: no host",
            {
                "facility": "daemon",
                "severity": "info",
                "timestamp": moment(2026, 10, 11, 22, 14, 15),
                "app_name": "postfix/smtpd",
                "proc_id": "1234",
                "message": "no host",
            },
        ),
        (
            b"Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; ",
            {
                "facility": "user",
                "severity": "notice",
                "timestamp": moment(2026, 6, 14, 15, 16, 1),
                "hostname": "combo",
                "app_name": "sshd(pam_unix)",
                "proc_id": "19939",
                "message": "authentication failure; ",
            },
        ),
        (
            b"<030>2026-10-11T22:14:15.003+02:00 fe80::1 tag: a time of RFC 5424",
            {
                "facility": "daemon",
                "severity": "info",
                "timestamp": moment(2026, 10, 11, 20, 14, 15, 3000),
                "hostname": "fe80::1",
                "app_name": "tag",
                "message": "a time of RFC 5424",
            },
        ),
        (
            b"<189>123: *Oct 11 2020 22:14:15.123 UTC: %SYS-5-CONFIG_I: Configured",
            {
                "facility": "local7",
                "severity": "notice",
                "timestamp": moment(2020, 10, 11, 22, 14, 15, 123000),
                "app_name": "%SYS-5-CONFIG_I",
                "message": "Configured",
            },
        ),
        (
            b"<13>su: no time",
            {"facility": "user", "severity": "notice", "app_name": "su", "message": "no time"},
        ),
    ],
)
def test_a_message_is_read(message, expected):
    assert read(message) == expected


@pytest.mark.parametrize(
    "message",
    [
        "<192>no such priority",
        "<>none",
        "<1>",
        "<13",
        "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok",
        "Error: disk full",
        "{}",
    ],
)
def test_what_is_no_syslog_is_all_message(message):
    value = read(message.encode())
    assert value["message"] in (message, "")
    assert value["facility"] in ("user", "kern")


def test_a_number_is_not_a_version():
    assert read(b"<13>1 apple a day keeps one busy")["message"] == "1 apple a day keeps one busy"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nov 23 00:00:01", (2026, 11, 23, 0, 0, 1)),
        ("Nov 30 00:00:00", (2026, 11, 30)),
        ("Dec  1 00:00:00", (2025, 12, 1)),
        ("Feb 29 00:00:00", None),
    ],
)
def test_a_time_without_a_year_is_the_last_that_it_can_be(text, expected):
    value = read(f"<13>{text} host x".encode())
    assert value.get("timestamp") == (None if expected is None else moment(*expected))


def test_a_new_year_that_begins_earlier_elsewhere_is_the_next_one(monkeypatch):
    monkeypatch.setattr(clock, "time", lambda: moment(2026, 12, 31, 23, 59))
    assert read(b"<13>Jan  1 00:00:01 host x")["timestamp"] == moment(2027, 1, 1, 0, 0, 1)


def test_the_time_zone_of_times_that_tell_none_can_be_given():
    (value,) = decode(SyslogDecoder(timezone="Europe/Brussels"), b"<13>Oct 11 22:14:15 host x")
    assert value["timestamp"] == moment(2026, 10, 11, 20, 14, 15)
    with pytest.raises(ConfigError, match="'Mars' is not a time zone"):
        SyslogDecoder(timezone="Mars")


def test_structured_data_is_unescaped_and_what_is_there_twice_is_a_list():
    data = rb'[a x="1" y="q\"b\\c\]\n]" x="2" x="3"][b][a z="4"] text'
    value = read(b"<13>1 - - - - - " + data)
    assert value["structured_data"] == {"a": {"x": ["1", "2", "3"], "y": 'q"b\\c]\\n]', "z": "4"}, "b": {}}
    assert value["message"] == "text"


@pytest.mark.parametrize("text", ['[a x="1', "[a x=1] b", "[a] [b]c", "[", "[]", '[a x="1"]b', "-x"])
def test_broken_structured_data_stays_in_the_message(text):
    value = read(f"<13>1 - - - - - {text}".encode())
    assert (value.get("structured_data", {}), value["message"]) in [({}, text), ({"a": {}}, "[b]c")]


def test_bytes_that_are_no_text_are_shown():
    assert read(b"<13>su: caf\xe9")["message"] == "caf\\xe9"


def test_messages_are_framed_by_newlines_or_by_their_lengths():
    stream = b"<13>a: 1\n11 <13>b: 2\n3\n<13>c: 4\r\n8 <13>d: 510 <13>e: 6\n\0\n<13>f: 7\n\n"
    for size in range(1, len(stream)):
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        found = [value["message"] for value in decode(SyslogDecoder(), *pieces)]
        assert found == ["1", "2\n3", "4", "5", "6", "7"]


def test_a_line_that_begins_with_a_number_is_a_line():
    assert [value["message"] for value in decode(SyslogDecoder(), b"12 drummers\n12\n1")] == [
        "12 drummers",
        "12",
        "1",
    ]
    lines = decode(SyslogDecoder(framing="newline"), b"7 <13>a:\n")
    assert [value["message"] for value in lines] == ["7 <13>a:"]


def test_a_datagram_is_one_message():
    (value,) = decode(SyslogDecoder(framing="none"), b"<13>a: 1\n2\n")
    assert value["message"] == "1\n2"


@pytest.mark.parametrize("stream", [b"<13>" + b"x" * 100 + b"\n", b"104 <13>" + b"x" * 100])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_message_that_is_too_long_fails_alone(stream, size):
    stream = b"<13>a: 1\n" + stream + b"<13>b: 2\n"
    found = decode(
        SyslogDecoder(max_size=20), *(stream[at : at + size] for at in range(0, len(stream), size))
    )
    assert (found[0]["message"], found[2]["message"], len(found)) == ("1", "2", 3)
    assert "longer than the 20 bytes of 'max_size'" in found[1]
    assert "<13>xxxxxxxxxxxxxxxx'" in found[1]


def test_a_counted_message_whose_end_is_missing_fails():
    decoder = SyslogDecoder()
    assert list(decoder.decode(b"100 <13>abc")) == []
    (bad,) = decoder.flush()
    assert isinstance(bad, BadFrame)
    assert bad.data == b"<13>abc"
    assert "ends 93 bytes before" in str(bad.error)


TOKENS = st.lists(
    st.sampled_from(
        ["1", "0", "9", " ", "<13>", "<", ">", "a", ":", "\n", "12 <1", "\0", "[b]", "- ", "x" * 9]
    )
)
STREAMS = st.lists(TOKENS.map("".join).map(str.encode) | st.binary(max_size=30))


@given(STREAMS, st.sampled_from(["auto", "newline", "nul", "none"]))
def test_values_are_the_same_whatever_the_cuts(pieces, framing):
    assert_same_whatever_the_cuts(lambda: SyslogDecoder(framing, max_size=16), pieces, most=16)


@pytest.mark.long
@settings(max_examples=20_000)
@given(STREAMS, st.sampled_from(["auto", "newline", "nul", "none"]), st.integers(1, 60))
def test_values_of_many_streams_are_the_same_whatever_the_cuts(pieces, framing, max_size):
    assert_same_whatever_the_cuts(lambda: SyslogDecoder(framing, max_size=max_size), pieces, most=max_size)


@pytest.mark.parametrize(
    "stream", [b"9" * 30_000, b"999999999 <" + b"x" * 30_000, b"x" * 30_000, b"\n" * 30_000]
)
def test_no_stream_makes_it_keep_much(stream):
    pieces = [stream, *(stream[at : at + 1] for at in range(1000))]
    assert_same_whatever_the_cuts(lambda: SyslogDecoder(max_size=100), pieces, most=100)


@pytest.mark.parametrize(
    "text",
    [
        "<13>1 - - - - - [" + 'a x="\\' * 20_000,
        "<13>1 - - - - - " + "[a]" * 30_000 + "x",
        "<13>" + " " * 100_000,
        "<13>" + "1" * 100_000 + ": x",
        "<13>Oct 11 22:14:15 " + "a:" * 50_000,
        "<13>Oct 11 22:14:15 " + "A b" * 50_000,
        "<13>Oct 11 22:14:15 h1 " + "12: " * 50_000,
        "<13>" + "1: " * 50_000 + "a",
        "<13>1: " + "a:" * 50_000,
        "<13>" + "A/" * 50_000,
        "<13>" + "1d" * 50_000,
        "<13>Oct 11 22:14:15 last message " + "' " * 50_000,
    ],
)
def test_no_message_takes_long_to_read(text):
    """An expression that tried all ways would not return in a lifetime."""
    assert len(decode(SyslogDecoder(), text.encode())) == 1


@given(st.text())
def test_any_text_is_a_message(text):
    for value in decode(SyslogDecoder(framing="none"), f"<13>{text}".encode("utf-8", "replace")):
        assert value["facility"] == "user"
