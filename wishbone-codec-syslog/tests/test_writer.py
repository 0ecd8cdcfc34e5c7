"""Messages are exactly what the standards say, whatever their parts are."""

from __future__ import annotations

import re
import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone.error import InvalidData
from wishbone_codec_syslog import SyslogEncoder
from wishbone_codec_syslog.priority import SEVERITIES, facility_code, severity_code
from wishbone_codec_syslog.writer import text_of

RFC5424 = re.compile(
    rb"<(?P<pri>0|[1-9]\d{0,2})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (?P<host>[!-~]{1,255})"
    rb" (?P<app>[!-~]{1,48}) (?P<procid>[!-~]{1,128}) (?P<msgid>[!-~]{1,32}) - (?P<text>.*)",
    re.DOTALL,
)
RFC3164 = re.compile(
    rb"<\d{1,3}>[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d [!-~]+ [!-~]{1,32}(\[[^\[\]:]+\])?: .*\n", re.DOTALL
)

MESSAGE = {
    "facility": "user",
    "severity": "notice",
    "timestamp": 1_454_272_074.556823,
    "hostname": "web1",
    "app_name": "app",
    "proc_id": "12",
}

texts = st.text(st.characters(exclude_categories=["Cs"]))
payloads = texts | st.binary() | st.recursive(st.none() | st.integers(-(2**63), 2**63) | texts, st.lists)
messages = st.fixed_dictionaries(
    {
        "facility": st.integers(0, 23),
        "severity": st.integers(0, 7),
        "timestamp": st.floats(0, 4e9),
        "hostname": st.text(),
        "app_name": st.text(),
        "proc_id": st.text(),
        "msg_id": st.text(),
        "message": payloads,
    }
)


def octet_parse(stream):
    """Split a stream strictly (RFC 6587, section 3.4.1)."""
    found = []
    while stream:
        length, _, rest = stream.partition(b" ")
        assert re.fullmatch(rb"[1-9]\d*", length)
        assert len(rest) >= int(length)
        found.append(rest[: int(length)])
        stream = rest[int(length) :]
    return found


def field(text, length):
    return re.sub("[^!-~]", "_", text[:length]) or "-"


@given(messages, st.booleans())
def test_octet_counting_gives_back_exactly_the_message(message, bom):
    (found,) = octet_parse(SyslogEncoder(bom=bom).encode(message))
    parsed = RFC5424.fullmatch(found)
    assert parsed
    text = text_of(message["message"])
    mark = b"\xef\xbb\xbf" if bom and not text.isascii() else b""
    assert parsed["text"] == mark + text.encode()
    assert [parsed[name].decode() for name in ("host", "app", "procid", "msgid")] == [
        field(message["hostname"], 255),
        field(message["app_name"], 48),
        field(message["proc_id"], 128),
        field(message["msg_id"], 32),
    ]
    assert int(parsed["pri"]) == message["facility"] * 8 + message["severity"]
    moment = datetime.fromisoformat(parsed["time"].decode())
    assert abs(moment.timestamp() - message["timestamp"]) < 1e-6 * 1.01


@given(messages)
def test_newline_framing_gives_exactly_one_message(message):
    frame = SyslogEncoder(framing="newline").encode(message)
    assert frame.count(b"\n") == 1
    assert frame.endswith(b"\n")
    parsed = RFC5424.fullmatch(frame[:-1])
    assert parsed
    shown = text_of(message["message"]).replace("\n", "#012").replace("\r", "#015").replace("\0", "#000")
    assert parsed["text"] == shown.encode()


@given(messages)
def test_rfc3164_is_exactly_one_message(message):
    frame = SyslogEncoder("rfc3164", "newline").encode(message)
    assert frame.count(b"\n") == 1
    assert RFC3164.fullmatch(frame)


def encode(text, protocol="rfc5424", **parts):
    return SyslogEncoder(protocol, "none").encode({**MESSAGE, "message": text, **parts}).decode()


def test_rfc5424_is_as_the_standard_writes_it():
    assert encode("hi") == "<13>1 2016-01-31T20:27:54.556823Z web1 app 12 - - hi"


def test_microseconds_are_rounded_into_the_next_second():
    assert "T00:00:02.000000Z" in encode("hi", timestamp=1.9999999)


@pytest.fixture
def new_york(monkeypatch):
    monkeypatch.setenv("TZ", "EST5EDT")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_rfc3164_has_local_time_and_a_padded_day_and_the_local_socket_no_host(new_york):
    moment = datetime.fromisoformat("2033-02-01T20:07:04-05:00").timestamp()
    assert encode("hi", "rfc3164", timestamp=moment) == "<13>Feb  1 20:07:04 web1 app[12]: hi"
    assert encode("hi", "local", timestamp=moment) == "<13>Feb  1 20:07:04 app[12]: hi"


@pytest.mark.parametrize("proc_id", [None, "", "-"])
def test_tag_without_a_process_has_no_brackets(proc_id):
    assert encode("hi", "local", proc_id=proc_id).endswith(" app: hi")


@given(texts, st.integers(480, 600))
def test_truncated_message_is_a_beginning_that_fits(text, size):
    text = "x" * 400 + text * 10
    whole = SyslogEncoder(framing="none").encode({**MESSAGE, "message": text})
    cut = SyslogEncoder(framing="none", max_size=size, truncate=True).encode({**MESSAGE, "message": text})
    assert len(cut) <= size
    assert whole.decode().startswith(cut.decode())
    assert size - len(cut) < 4 or cut == whole


def test_octet_counting_counts_what_was_cut():
    (found,) = octet_parse(SyslogEncoder(max_size=480, truncate=True).encode("x" * 500))
    assert len(found) == 480


def test_long_message_fails_unless_it_is_to_be_cut():
    with pytest.raises(InvalidData, match="has 600 bytes, more than the 480 of 'max_size'"):
        SyslogEncoder(hostname="h", max_size=480).encode(
            {**MESSAGE, "message": "x" * (600 - len(encode("")))}
        )


@pytest.mark.parametrize(
    ("text", "code"), [("kern", 0), ("LOCAL7", 23), ("authpriv", 10), ("16", 16), (" user ", 1)]
)
def test_facility_has_a_name_and_a_number(text, code):
    assert facility_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("emerg", 0), ("panic", 0), ("Error", 3), ("err", 3), ("warn", 4), ("debug", 7), ("2", 2)],
)
def test_severity_has_a_name_and_a_number(text, code):
    assert severity_code(text) == code


@given(st.text())
def test_any_text_is_a_severity_or_refused(text):
    known = text.strip().lower()
    if known in SEVERITIES or known in map(str, range(8)):
        assert 0 <= severity_code(text) <= 7
        return
    try:
        code = severity_code(text)
    except InvalidData:
        return
    assert known in {"emerg", "panic", "crit", "err", "warn", "informational"} or code == int(text) <= 7


@pytest.mark.parametrize("payload", [b"\xff ok", bytearray(b"\xff ok"), memoryview(b"\xff ok")])
def test_bytes_that_are_not_utf8_are_shown(payload):
    assert encode(payload).endswith("- \\xff ok")
