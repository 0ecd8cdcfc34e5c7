from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone.codec import BadFrame
from wishbone.codecs.json import JsonDecoder, JsonEncoder, from_json, to_json
from wishbone.error import InvalidData
from wishbone.event import Log
from wishbone_testing.conformance import CodecConformance
from wishbone_testing.stream import assert_same_whatever_the_cuts, decode

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda value: st.lists(value) | st.dictionaries(st.text(), value),
    max_leaves=8,
)
TOKENS = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", '"', "\\", "\n", " ", ",", ":", "1", '"a"', "true", "\x1e", "é", '{"a":1}']
    )
)


def documents(max_size=1 << 20):
    return JsonDecoder("documents", max_size)


class TestConformance(CodecConformance):
    decoder = JsonDecoder
    encoder = JsonEncoder
    values = ("one", {"two": [2, None]}, 3)
    bad = b"{\n"


def test_each_line_is_a_document_and_empty_lines_are_ignored():
    assert decode(JsonDecoder(), b'{"a": 1}\r\n\n  \n[2', b"]\n3") == [{"a": 1}, [2], 3]


def test_an_invalid_line_fails_alone():
    one, bad, two = decode(JsonDecoder(), b'1\n{"a": \n2\n')
    assert (one, two) == (1, 2)
    assert bad.startswith("The frame is not valid JSON")


@pytest.mark.parametrize(
    "line",
    [b'"\xff"', b"nan", b"[" * 100_000, b'{"a":1} x', b"1e999", b'"\\ud800"', b"{]", b"\xef\xbb\xbf", b"'a'"],
)
@pytest.mark.parametrize("framing", ["lines", "documents"])
def test_invalid_json_does_not_raise(framing, line):
    decoder = JsonDecoder(framing)
    found = [*decoder.decode(line + b"\n1\n"), *decoder.flush()]
    assert all(isinstance(value, BadFrame) or value in ({"a": 1}, 1) for value in found)


def test_a_byte_order_mark_is_ignored():
    for framing in ("lines", "documents"):
        assert decode(JsonDecoder(framing), b"\xef\xbb\xbf", b'{"a":1}\n') == [{"a": 1}]


@pytest.mark.parametrize("framing", ["lines", "documents"])
def test_many_byte_order_marks_are_ignored(framing):
    assert decode(JsonDecoder(framing), b"\xef\xbb\xbf" * 100_000 + b"1\n2") == [1, 2]


def test_documents_may_have_many_lines_and_a_line_many_documents():
    stream = b'{\n "a": ["}", "\\"]"]\n}{"b":{}} 12\ntrue"x"[]null'
    assert decode(documents(), stream) == [{"a": ["}", '"]']}, {"b": {}}, 12, True, "x", [], None]


def test_a_record_separator_ends_an_incomplete_document():
    found = decode(documents(), b'\x1e{"a":1}\n\x1e{"b": [\x1e"c\x1e{"d":2}\n')
    assert [value for value in found if isinstance(value, dict)] == [{"a": 1}, {"d": 2}]
    assert len(found) == 4


def test_an_unterminated_text_fails_its_document_only():
    bad, *rest = decode(documents(), b'{"a": "b, "c": 1\n{"d": 2}\n3 ')
    assert bad.startswith("The frame is not valid JSON")
    assert rest == [{"d": 2}, 3]


def test_brackets_that_close_nothing_are_bad_frames():
    bad, value = decode(documents(), b"]]}\n[1]")
    assert bad.endswith("b']]}'")
    assert value == [1]


def test_a_document_that_is_too_long_is_skipped():
    for make in (documents, lambda size: JsonDecoder(max_size=size)):
        bad, value = decode(make(8), b'["0123456789",', b'"]",1]', b"\n[1]\n")
        assert "'max_size'" in bad
        assert value == [1]


@given(st.lists(VALUES), st.integers(1, 20), st.sampled_from([None, 2]))
def test_encoded_values_are_decoded_however_the_stream_is_cut(values, size, indent):
    encoder = JsonEncoder(indent=indent)
    stream = b"".join(map(encoder.encode, values))
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert decode(documents(), *pieces) == values
    if indent is None:
        assert decode(JsonDecoder(), *pieces) == values


@given(st.lists(TOKENS.map("".join).map(str.encode)), st.sampled_from(["lines", "documents"]))
def test_values_are_the_same_however_the_stream_is_cut(pieces, framing):
    assert_same_whatever_the_cuts(lambda: JsonDecoder(framing, 12), pieces, most=12)


@given(st.lists(st.binary()), st.sampled_from(["lines", "documents"]))
def test_any_bytes_are_decoded_without_an_error(pieces, framing):
    assert_same_whatever_the_cuts(lambda: JsonDecoder(framing, 12), pieces, most=12)


@pytest.mark.long
@settings(max_examples=1000)
@given(st.lists(TOKENS.map("".join).map(str.encode), min_size=50), st.sampled_from(["lines", "documents"]))
def test_values_of_long_streams_are_the_same_however_they_are_cut(pieces, framing):
    assert_same_whatever_the_cuts(lambda: JsonDecoder(framing, 40), pieces, most=40)


@pytest.mark.parametrize(
    "stream", [b"[" * 50_000, b'["' + b"x" * 50_000, b'"' + b"\\" * 50_000, b"1" * 50_000, b" " * 50_000]
)
@pytest.mark.parametrize("framing", ["lines", "documents"])
def test_memory_is_bounded_for_any_stream(framing, stream):
    pieces = [stream, *(stream[at : at + 1] for at in range(1000))]
    assert_same_whatever_the_cuts(lambda: JsonDecoder(framing, 100), pieces, most=100)


def test_a_document_is_one_line_unless_indented():
    value = {"a": [1, None], "b": "é"}
    assert JsonEncoder().encode(value) == '{"a":[1,null],"b":"é"}\n'.encode()
    assert JsonEncoder(delimiter="").encode(value) == '{"a":[1,null],"b":"é"}'.encode()
    assert (
        JsonEncoder(indent=2).encode(value).decode() == json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    )


def test_values_without_a_json_type_are_written_as_text():
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    written = JsonEncoder().encode({"bytes": b"\xff", "time": moment, "log": Log(1.0, 6, 1, "a", "b")})
    assert json.loads(written) == {
        "bytes": "/w==",
        "time": "2026-01-02T00:00:00Z",
        "log": {"time": 1.0, "level": 6, "pid": 1, "module": "a", "message": "b", "uuid": None},
    }


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [object(), {(1, 2): 3}, "\ud800", nested(100_000)])
def test_a_value_that_cannot_be_written_as_json_fails(value):
    with pytest.raises(InvalidData, match="cannot be written as JSON"):
        JsonEncoder().encode(value)


@given(VALUES)
def test_a_written_document_is_read_as_the_same_value(value):
    assert from_json(to_json(value)) == value
    assert from_json(to_json(value).decode()) == value


@pytest.mark.parametrize("document", ["", "{", "{} {}", b"\xff", '"\ud800"', "[" * 100_000])
def test_an_invalid_document_is_invalid_data(document):
    with pytest.raises(InvalidData, match="The text is not valid JSON"):
        from_json(document)


def test_the_encoder_has_its_media_type():
    assert (JsonEncoder().content_type, JsonEncoder().content_coding) == ("application/json", "")
