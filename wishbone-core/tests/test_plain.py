from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wishbone.codec import BadFrame
from wishbone.codecs.plain import PlainDecoder, PlainEncoder
from wishbone.error import ConfigError, InvalidData
from wishbone.event import Metric
from wishbone_testing.conformance import CodecConformance
from wishbone_testing.stream import assert_same_whatever_the_cuts, decode

ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "latin-1",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-be",
    "cp037",
]


class TestConformance(CodecConformance):
    decoder = PlainDecoder
    encoder = PlainEncoder
    bad = b"\xff\n"


def test_each_line_is_a_text():
    assert decode(PlainDecoder(), b"one\r\ntwo\n\nfo", b"ur") == ["one", "two", "", "four"]


def test_a_carriage_return_belongs_to_the_end_of_a_line_only():
    assert decode(PlainDecoder(), b"a\rb\r\r\n") == ["a\rb\r"]
    assert decode(PlainDecoder(delimiter=";"), b"a\r;b") == ["a\r", "b"]


def test_a_delimiter_may_be_cut():
    assert decode(PlainDecoder(delimiter="--"), b"a-", b"-b-", b"c-", b"-", b"") == ["a", "b-c"]


def test_without_a_delimiter_the_stream_is_one_text():
    assert decode(PlainDecoder(delimiter=""), b"a\nb", b"\n", b"c") == ["a\nb\nc"]
    assert decode(PlainDecoder(delimiter="")) == []


def test_without_an_encoding_payloads_are_bytes():
    assert decode(PlainDecoder(delimiter="\xff", encoding=None), b"\x00\xff\xfe\r", b"\xff") == [
        b"\x00",
        b"\xfe\r",
    ]


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(
    texts=st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=0xFF), min_size=1)), data=st.data()
)
def test_encoded_texts_are_decoded_in_every_encoding(encoding, texts, data):
    encoder = PlainEncoder(delimiter="\n|", encoding=encoding)
    stream = b"".join(map(encoder.encode, texts))
    size = data.draw(st.integers(1, 9))
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    decoder = PlainDecoder(delimiter="\n|", encoding=encoding)
    assert decode(decoder, *pieces) == texts


def test_a_delimiter_is_found_only_where_a_character_begins():
    text = "\u0a00\u0041\u000a\u0b0a"
    assert decode(PlainDecoder(encoding="utf-16-le"), text.encode("utf-16-le")) == ["\u0a00A", "\u0b0a"]


def test_the_byte_order_mark_gives_the_byte_order():
    for order in ("utf-16-le", "utf-16-be"):
        assert decode(PlainDecoder(encoding="utf-16"), "\ufeffa\nb".encode(order)) == ["a", "b"]
    assert decode(PlainDecoder(encoding="utf-8-sig"), b"\xef\xbb\xbfa", b"\nb") == ["a", "b"]
    assert decode(PlainDecoder(encoding="utf-8-sig"), b"a") == ["a"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("text", ["a\nb", "", "\n", "\ufeffa"])
def test_a_byte_order_mark_is_never_text(encoding, text):
    stream = f"\ufeff{text}".encode(encoding.removesuffix("-sig"))
    if encoding in {"utf-16", "utf-32"}:
        stream = text.encode(encoding)
    for size in (1, 3, 100):
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        expected = text.removesuffix("\n").split("\n") if text else []
        assert decode(PlainDecoder(encoding=encoding), *pieces) == expected


def test_a_line_that_is_shorter_than_a_byte_order_mark_comes_at_once():
    assert PlainDecoder().decode(b"\n") == [""]
    assert PlainDecoder().decode(b"\xef") == []


@pytest.mark.parametrize("size", [1, 7, 16, 1 << 20])
def test_nuls_between_lines_are_skipped_and_counted(size):
    for nuls in (1, 15, 16, 5000):
        decoder = PlainDecoder(max_size=100)
        stream = bytes(nuls) + b"one\n" + bytes(nuls) + b"two\nthr\0ee\n" + bytes(nuls)
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert decode(decoder, *pieces) == ["one", "two", "thr\0ee"]
        assert decoder.skipped == 3 * nuls


@pytest.mark.parametrize("size", [1, 7, 16, 1 << 20])
def test_many_nuls_within_a_line_end_it(size):
    stream = b"one\nha" + bytes(5000) + b"two\n"
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    decoder = PlainDecoder(max_size=100)
    assert decode(decoder, *pieces) == ["one", "ha", "two"]
    assert decoder.skipped == 5000


def test_nuls_are_kept_where_they_are_no_padding():
    assert decode(PlainDecoder(delimiter=";"), b"\0a;") == ["\0a"]
    assert decode(PlainDecoder(encoding=None), b"\0a\n") == [b"\0a"]
    assert PlainDecoder(encoding=None).skipped == 0
    assert decode(PlainDecoder(encoding="utf-16-le"), "\0a\n".encode("utf-16-le")) == ["\0a"]


def test_the_byte_order_mark_is_written_once():
    encoder = PlainEncoder(encoding="utf-16")
    assert (encoder.encode("a") + encoder.encode("b")).decode("utf-16") == "a\nb\n"
    assert (encoder.encode("a") + encoder.encode("b")).count(b"\xff\xfe") == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_byte_order_mark_precedes_the_first_text_that_can_be_written(encoding):
    encoder = PlainEncoder(encoding=encoding)
    with pytest.raises(InvalidData):
        encoder.encode("\ud800")
    assert encoder.encode("a") + encoder.encode("b") == "a\nb\n".encode(encoding)


@pytest.mark.parametrize("encoding", ["iso2022_jp", "hz"])
def test_each_text_starts_in_the_initial_character_set(encoding):
    encoder = PlainEncoder(encoding=encoding)
    with pytest.raises(InvalidData):
        encoder.encode("あ\ud800")
    texts = ["あ", "い", "a", "う"]
    assert decode(PlainDecoder(encoding=encoding), *map(encoder.encode, texts)) == texts


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_stream_that_is_resumed_has_one_byte_order_mark(encoding):
    begun, resumed = PlainEncoder(encoding=encoding), PlainEncoder(encoding=encoding)
    resumed.resume()
    assert begun.encode("a") + resumed.encode("b") == "a\nb\n".encode(encoding)


def test_a_text_that_is_too_long_is_skipped_and_the_next_one_is_not():
    bad, good = PlainDecoder(max_size=4).decode(b"abcde\nabcd\n")
    assert isinstance(bad, BadFrame)
    assert (bad.data, bad.truncated, good) == (b"abcd", True, "abcd")
    assert "longer than the 4 bytes of 'max_size'" in str(bad.error)


def test_a_text_that_is_too_long_is_reported_before_it_ends():
    decoder = PlainDecoder(max_size=4)
    assert [type(value) for value in decoder.decode(b"abcdef")] == [BadFrame]
    assert decoder.decode(b"ghijklmnop") == []
    assert decoder.decode(b"\nabc\n") == ["abc"]


def test_bytes_of_another_encoding_fail_their_text_only():
    one, bad, two = PlainDecoder().decode(b"a\nb\xff\r\nc\n")
    assert (one, bad.data, two) == ("a", b"b\xff\r", "c")
    assert "The text is not utf-8" in str(bad.error)
    assert decode(PlainDecoder(errors="replace"), b"b\xff\n") == ["b\ufffd"]


@given(st.lists(st.binary(max_size=8)), st.sampled_from(ENCODINGS), st.sampled_from(["\n", "", "ab", "aa"]))
@example([b"aaa", b"a"], "utf-8", "aa")
@example([b"abcdea", b"ba"], "utf-8", "ab")
@example([b"\xff", b"\xfea"], "utf-16", "\n")
@example([b"a", bytes(9), bytes(9), b"b\n", bytes(40)], "utf-8", "\n")
def test_texts_are_the_same_however_the_stream_is_cut(pieces, encoding, delimiter):
    assert_same_whatever_the_cuts(lambda: PlainDecoder(delimiter, encoding, max_size=5), pieces, most=5)


@pytest.mark.parametrize("delimiter", ["\n", "\r\n", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_memory_is_bounded_for_any_stream(delimiter, encoding):
    pieces = [b"x\n\0" * 20_000, *[b"x"] * 1000]
    assert_same_whatever_the_cuts(lambda: PlainDecoder(delimiter, encoding, max_size=100), pieces, most=100)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("text", b"text\n"),
        (b"\xff", b"\xff\n"),
        (bytearray(b"x"), b"x\n"),
        ({"a": [1, None]}, b'{"a":[1,null]}\n'),
        (1.5, b"1.5\n"),
        (None, b"null\n"),
    ],
)
def test_every_payload_is_written_on_a_line(value, line):
    assert PlainEncoder().encode(value) == line


def test_a_metric_is_written_as_json():
    assert PlainEncoder().encode(Metric(1.0, "wishbone", "host", "size", 2)).startswith(b'{"time":1.0,')


def test_a_delimiter_may_be_empty():
    assert PlainEncoder(delimiter="").encode("text") == b"text"


def test_a_character_that_the_encoding_lacks_fails_unless_it_is_replaced():
    with pytest.raises(InvalidData, match=r"cannot be written as ascii.*Choose an 'encoding'"):
        PlainEncoder(encoding="ascii").encode("é")
    assert PlainEncoder(encoding="ascii", errors="replace").encode("é") == b"?\n"
    assert PlainEncoder(errors="backslashreplace").encode("\ud800") == b"\\ud800\n"


def test_a_value_that_cannot_be_written_as_json_fails():
    with pytest.raises(InvalidData, match="cannot be written as JSON"):
        PlainEncoder().encode(object())


@pytest.mark.parametrize("codec", [PlainDecoder, PlainEncoder])
@pytest.mark.parametrize("encoding", ["utf-9", "base64", "", "a\0b"])
def test_an_unknown_encoding_is_refused(codec, encoding):
    with pytest.raises(ConfigError, match="is not a text encoding"):
        codec(encoding=encoding)


@pytest.mark.parametrize("codec", [PlainDecoder, PlainEncoder])
def test_a_delimiter_that_the_encoding_lacks_is_refused(codec):
    with pytest.raises(ConfigError, match="delimiter '→' cannot be written as iso8859-1"):
        codec(delimiter="→", encoding="latin-1")


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("UTF8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("latin-1", "iso-8859-1"),
        ("cp1252", "windows-1252"),
        ("cp437", "cp437"),
        ("utf-16", "utf-16"),
    ],
)
def test_the_encoder_has_its_media_type(encoding, charset):
    assert PlainEncoder(encoding=encoding).content_type == f"text/plain; charset={charset}"
