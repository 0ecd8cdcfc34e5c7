"""Messages that end with NUL, and byte order marks in a stream."""

from __future__ import annotations

import pytest

from wishbone_codec_syslog import SyslogDecoder
from wishbone_testing.stream import decode


def test_each_message_that_ends_with_nul_comes_at_once():
    """Python's SysLogHandler sends them so over TCP."""
    decoder = SyslogDecoder()
    for number in range(3):
        assert [value["message"] for value in decoder.decode(b"<14>shop: %d\0" % number)] == [str(number)]
    assert list(decoder.decode(b"<14>sh")) == []
    found = decoder.decode(b"op: a\0<14>shop: b\n9 <14>s: c\0<14>shop: d\0")
    assert [value["message"] for value in found] == ["a", "b", "c", "d"]
    assert list(decoder.flush()) == []


def test_messages_that_end_with_nul_may_have_newlines():
    (value,) = decode(SyslogDecoder("nul"), b"<14>shop: Traceback\n  File x\0")
    assert value["message"] == "Traceback\n  File x"


def test_a_message_after_a_run_of_nul_bytes_is_read():
    for framing in ("auto", "newline", "nul"):
        (value,) = decode(SyslogDecoder(framing), b"\0" * 900 + b"<14>shop: a\n")
        assert (value["app_name"], value["message"]) == ("shop", "a")


@pytest.mark.parametrize("framing", ["auto", "newline", "nul", "none"])
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_byte_order_mark_at_the_beginning_is_not_text(framing, size):
    stream = b"\xef\xbb\xbf<13>May  5 12:00:00 h1 app: x"
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    (value,) = decode(SyslogDecoder(framing, "UTC"), *pieces)
    assert (value["hostname"], value["app_name"], value["message"]) == ("h1", "app", "x")


def test_a_byte_order_mark_before_a_length_is_not_text():
    (value,) = decode(SyslogDecoder(), b"\xef\xbb\xbf8 <13>a: x")
    assert (value["app_name"], value["message"]) == ("a", "x")


def test_half_a_byte_order_mark_is_text():
    for stream in (b"\xef", b"\xef\xbb", b"\xef\xbb<13>"):
        (value,) = decode(SyslogDecoder(), stream)
        assert value["message"].startswith("\\xef")


@pytest.mark.parametrize(
    "header",
    [
        *(
            "<13>1 - h a - - -",
            "<13>1 - h a - - [b]",
            "<13>May  5 12:00:00 h a:",
            "<13>May  5 12:00:00 a[1]:",
        ),
        *("<13>a:", "<189>7: *May  5 12:00:00: %SYS-5-X:", "\ufeff<13>a:", "May  5 12:00:00 h1 Log Center:"),
    ],
)
def test_a_byte_order_mark_before_the_text_is_not_text(header):
    (value,) = decode(SyslogDecoder("newline"), f"<13>a: first\n{header} \ufefftext".encode())[1:]
    assert value["message"] == "text"
