from __future__ import annotations

import json
import time
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


@pytest.mark.parametrize("framing", ["lines", "documents"])
def test_a_torn_document_costs_no_other(framing):
    good = [{"n": number, "pad": "x" * 60} for number in range(3000)]
    lines = b"".join(map(JsonEncoder().encode, good))
    for torn in (
        b'{"n": 1, "list": [1, 2',
        b'{"n": [',
        b'{"n": {"a": [1,',
        b'{"n":',
        b"[[[[",
        b'{"a": "b',
        b'{"a": "\\',
    ):
        decoder = JsonDecoder(framing, 5000)
        bad, *found = [*decoder.decode(torn + b"\n" + lines), *decoder.flush()]
        assert (bad.data.strip(), found) == (torn, good)


LINES = st.lists(
    st.dictionaries(st.text(max_size=3), VALUES, min_size=1, max_size=3)
    | st.lists(VALUES, min_size=1, max_size=3),
    min_size=6,
    max_size=10,
).map(lambda values: [JsonEncoder().encode(value) for value in values])


@given(lines=LINES, data=st.data(), indent=st.sampled_from([None, 2]))
@settings(max_examples=300)
def test_a_tear_anywhere_costs_the_torn_document_and_at_most_the_next(lines, data, indent):
    good = [from_json(line) for line in lines]
    torn = data.draw(st.sets(st.integers(0, len(lines) - 3), max_size=2))
    for number in torn:
        line = lines[number][:-1]
        end = data.draw(st.integers(0, len(line) - 1))
        lines[number] = line[:end] + data.draw(st.sampled_from([b"\n", b"\r\n", b"\0\0\n"]))
    if indent and not torn:
        lines = [JsonEncoder(indent=indent).encode(value) for value in good]
    decoder = documents()
    found = [*decoder.decode(b"".join(lines)), *decoder.flush()]
    expected = [value for number, value in enumerate(good) if number not in torn]
    found = [value for value in found if not isinstance(value, BadFrame)]
    assert len(found) >= len(expected) - len(torn)
    rest = iter(expected)
    assert all(any(value == other for other in rest) for value in found), "a value was made up"


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
@pytest.mark.parametrize("between", ["", " ", "\n"])
@pytest.mark.parametrize("torn", ['{"n": [1, 2', '{"n": [', "[" * 3000, '{"n": [1] ]', "nan"])
def test_what_is_lost_is_bounded_without_lines_too(torn, between, size):
    good = [{"n": number} for number in range(1000)]
    stream = (torn + between + between.join(map(json.dumps, good))).encode()
    decoder = documents(4000)
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    found = [value for piece in pieces for value in decoder.decode(piece)]
    found = [value for value in found if not isinstance(value, BadFrame)]
    assert found == good[-len(found) :]
    assert len(b"".join(map(JsonEncoder().encode, good[: -len(found)]))) <= 4200


def test_a_document_of_many_lines_that_is_too_long_fails_alone():
    document = json.dumps([{"a": number} for number in range(1000)], indent=0)
    for text in (document, document.replace(",\n", "\n,\n"), document.replace("\n", " \r\n")):
        bad, last = decode(documents(2000), f"{text}\n[2]\n".encode())
        assert "'max_size'" in bad
        assert last == [2]


@pytest.mark.parametrize(
    "text", ['{\n\n"a":\n\n[\n\n1,   \n\n\n2]\n\n}', "[1\n,2\n ,{}]", '[\n"a",     \r\n"b"]']
)
def test_white_space_within_a_document_means_nothing(text):
    assert decode(documents(), f"{text}\n3".encode()) == [json.loads(text), 3]


def test_garbage_takes_the_rest_of_its_line_with_it():
    bad, value = decode(documents(), b'x"a": 1, "b": 2\n{"c": 3}')
    assert value == {"c": 3}
    assert 'x"a": 1, "b": 2' in bad


@pytest.mark.parametrize("framing", ["lines", "documents"])
def test_nuls_between_documents_are_skipped_and_counted(framing):
    decoder = JsonDecoder(framing, 100)
    stream = bytes(5000) + b'{"a": 1}\n' + bytes(5000) + b'{"b": 2}\n{"c": ' + bytes(500) + b'{"d": 4}\n'
    one, two, _, four = decode(decoder, stream)
    assert (one, two, four) == ({"a": 1}, {"b": 2}, {"d": 4})
    assert decoder.skipped >= 10_000


@pytest.mark.parametrize(
    "stream",
    [b"[" * 200_000, b"[" + b"[]," * 60_000, b"[1,\n" * 50_000, b'{"a":' * 40_000, b'["",["",' * 25_000],
)
def test_brackets_take_no_more_time_than_documents(stream):
    good = JsonEncoder().encode({"n": 1, "tags": ["a", "b"], "o": {"p": [1, {"z": None}]}}) * 3000
    usual = min(_seconds(good) for _ in range(3)) / len(good)
    assert min(_seconds(stream) for _ in range(3)) / len(stream) < 10 * usual


def _seconds(stream):
    decoder, start = documents(), time.process_time()
    for _ in decoder.decode(stream):
        pass
    return time.process_time() - start


def test_a_frame_that_cannot_be_decoded_is_kept_whole():
    line = b'{"a": "' + b"x" * 5000 + b'", }'
    for framing in ("lines", "documents"):
        (bad,) = JsonDecoder(framing).decode(line + b"\n")
        assert (bad.data, bad.truncated) == (line, False)
        bad, *_ = JsonDecoder(framing, 3000).decode(line + b"\n")
        assert (bad.data, bad.truncated) == (line[:3000], True)


@pytest.mark.parametrize("text", [r"cut \ud83d", r"\udc00", r"\ud83d\ud83d\ude00", r"\\\ud83d"])
def test_half_of_a_surrogate_pair_is_named_or_replaced(text):
    line = f'{{"a": "{text}"}}\n'.encode()
    (bad,) = decode(JsonDecoder(), line)
    assert "is an unpaired surrogate, half of a character" in bad
    (value,) = decode(JsonDecoder(errors="replace"), line)
    assert value["a"].count("\ufffd") == 1
    with pytest.raises(InvalidData, match="unpaired surrogate"):
        from_json(line.decode())


def test_invalid_bytes_are_replaced_when_asked_for():
    assert decode(JsonDecoder(errors="replace"), b'"a\xff"\n') == ["a\ufffd"]
    assert "not valid JSON" in decode(JsonDecoder(errors="replace"), b"{\n")[0]


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
