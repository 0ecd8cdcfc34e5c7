from __future__ import annotations

import re
import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone.error import InvalidData
from wishbone_output_syslog.code import SEVERITIES, facility_code, severity_code
from wishbone_output_syslog.framing import fit, newline_ended, octet_counted
from wishbone_output_syslog.message import Header, field, rfc3164, rfc5424, text_of

RFC5424 = re.compile(
    rb"<(?P<pri>0|[1-9]\d{0,2})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (?P<host>[!-~]{1,255})"
    rb" (?P<app>[!-~]{1,48}) (?P<procid>[!-~]{1,128}) (?P<msgid>[!-~]{1,32}) - (?P<text>.*)",
    re.DOTALL,
)

HEADER = Header(13, 1_454_272_074.556823, "web1", "app", "12", "-")

texts = st.text(st.characters(exclude_categories=["Cs"]))
payloads = texts | st.binary() | st.recursive(st.none() | st.integers(-(2**63), 2**63) | texts, st.lists)
headers = st.builds(
    lambda priority, timestamp, host, app, procid, msgid: Header(
        priority, timestamp, field(host, 255), field(app, 48), field(procid, 128), field(msgid, 32)
    ),
    st.integers(0, 191),
    st.floats(0, 4e9),
    *[st.text()] * 4,
)


def octet_parse(stream):
    """Split a stream strictly (RFC 6587, section 3.4.1)."""
    messages = []
    while stream:
        length, _, rest = stream.partition(b" ")
        assert re.fullmatch(rb"[1-9]\d*", length)
        assert len(rest) >= int(length)
        messages.append(rest[: int(length)])
        stream = rest[int(length) :]
    return messages


@given(headers, payloads, st.booleans())
def test_octet_counting_gives_back_exactly_the_message(header, payload, bom):
    text = text_of(payload)
    (message,) = octet_parse(octet_counted(rfc5424(header, text, bom=bom).encode()))
    found = RFC5424.fullmatch(message)
    assert found
    mark = b"\xef\xbb\xbf" if bom and not text.isascii() else b""
    assert found["text"] == mark + text.encode()
    fields = [header.hostname, header.app_name, header.procid, header.msgid]
    assert [found[name].decode() for name in ("host", "app", "procid", "msgid")] == fields
    assert int(found["pri"]) == header.priority
    moment = datetime.fromisoformat(found["time"].decode())
    assert abs(moment.timestamp() - header.timestamp) < 1e-6 * 1.01


@given(headers, payloads)
def test_newline_framing_gives_exactly_one_message(header, payload):
    text = text_of(payload)
    frame = newline_ended(rfc5424(header, text).encode())
    assert frame.count(b"\n") == 1
    assert frame.endswith(b"\n")
    found = RFC5424.fullmatch(frame[:-1])
    assert found
    expected = text.replace("\n", "#012").replace("\r", "#015").replace("\0", "#000")
    assert found["text"] == expected.encode()


@given(headers, payloads)
def test_rfc3164_is_exactly_one_message(header, payload):
    frame = newline_ended(rfc3164(header, text_of(payload)).encode())
    assert frame.count(b"\n") == 1
    pattern = rb"<\d{1,3}>[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d [!-~]+ [!-~]{1,32}(\[[^\[\]:]+\])?: .*\n"
    assert re.fullmatch(pattern, frame, re.DOTALL)


def test_rfc5424_is_as_the_standard_writes_it():
    assert rfc5424(HEADER, "hi") == "<13>1 2016-01-31T20:27:54.556823Z web1 app 12 - - hi"


def test_microseconds_are_rounded_into_the_next_second():
    assert "T00:00:02.000000Z" in rfc5424(HEADER._replace(timestamp=1.9999999), "hi")


@pytest.fixture
def new_york(monkeypatch):
    monkeypatch.setenv("TZ", "EST5EDT")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_rfc3164_has_local_time_and_a_padded_day(new_york):
    moment = datetime.fromisoformat("2033-02-01T20:07:04-05:00").timestamp()
    header = HEADER._replace(timestamp=moment)
    assert rfc3164(header, "hi") == "<13>Feb  1 20:07:04 web1 app[12]: hi"
    assert rfc3164(header, "hi", local=True) == "<13>Feb  1 20:07:04 app[12]: hi"
    assert rfc3164(header._replace(procid="-"), "hi", local=True) == "<13>Feb  1 20:07:04 app: hi"


@given(st.text(), st.integers(1, 300))
def test_field_is_visible_ascii_and_not_too_long(text, length):
    assert re.fullmatch(f"[!-~]{{1,{length}}}", field(text, length))


@given(texts, st.integers(0, 50))
def test_truncated_message_is_a_beginning_that_fits(text, size):
    message = fit(text.encode(), size, truncate=True)
    assert len(message) <= size
    assert text.startswith(message.decode())
    assert size - len(message) < 4 or message == text.encode()


def test_long_message_fails_when_it_is_not_to_be_cut():
    with pytest.raises(InvalidData, match="has 11 bytes, more than the 10 of 'max_size'"):
        fit(b"x" * 11, 10, truncate=False)


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
def test_what_is_no_severity_is_bad_input(text):
    known = text.strip().lower()
    if known in SEVERITIES or known in map(str, range(8)):
        assert 0 <= severity_code(text) <= 7
        return
    try:
        number = severity_code(text)
    except InvalidData:
        return
    assert number == int(text) <= 7
