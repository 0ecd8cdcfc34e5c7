from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wishbone.codec import BadFrame
from wishbone.error import ConfigError, InvalidData
from wishbone_codec_csv import CsvDecoder, CsvEncoder
from wishbone_testing.conformance import CodecConformance
from wishbone_testing.stream import assert_same_whatever_the_cuts, decode, kept_bytes

TOKENS = st.lists(st.sampled_from(["a", "b", ",", '"', '""', "\\", "\n", "\r\n", " ", "é", ";", '",', ',"']))
STREAMS = st.lists(TOKENS.map("".join).map(str.encode))
DIALECTS = [
    {},
    {"dialect": "excel-tab", "delimiter": ","},
    {"dialect": "unix"},
    {"quote": ""},
    {"escape": "\\"},
    {"escape": "\\", "double_quote": False},
    {"quote": "", "escape": "\\"},
    {"skip_initial_space": True},
    {"strict": True},
    {"delimiter": ";", "quote": "a"},
]


def lists(**arguments):
    return CsvDecoder(header=False, **arguments)


class TestConformance(CodecConformance):
    decoder = CsvDecoder
    encoder = CsvEncoder
    values = ({"a": "1", "b": "x\ny"}, {"a": "", "b": '"'}, {"a": "3", "b": "z"})
    bad = b"1,2,3\r\n"

    def large(self, size):
        return {"a": "x\n" * size, "b": ""}


def test_the_first_record_names_the_columns():
    stream = b"\xef\xbb\xbfid,name\r\n1,ada\r\n\r\n2,\n"
    assert decode(CsvDecoder(), stream) == [{"id": "1", "name": "ada"}, {"id": "2", "name": ""}]
    assert decode(CsvDecoder(), b"id") == []


def test_columns_can_be_given():
    assert decode(CsvDecoder(header=False, columns=["a", "b"]), b"1,2\n") == [{"a": "1", "b": "2"}]
    assert decode(CsvDecoder(columns=["a", "b"]), b"x,y\n1,2\n") == [{"a": "1", "b": "2"}]
    assert decode(lists(), b"1,2\n3\n") == [["1", "2"], ["3"]]


def test_columns_without_a_unique_name_get_one():
    assert decode(CsvDecoder(), b"a,,a,a_2\n1,2,3,4") == [
        {"a": "1", "column_2": "2", "a_2": "3", "a_2_2": "4"}
    ]


def test_many_equal_names_become_unique_in_linear_time():
    (record,) = decode(CsvDecoder(max_columns=100_001), b"a," * 100_000 + b"a_9\n" + b"," * 100_000 + b"x\n")
    assert len(record) == 100_001
    assert record["a_9_2"] == "x"


def test_an_error_is_short_however_long_the_names_are():
    (bad,) = CsvDecoder().decode(b"a" * 100_000 + b",b\n1\n")
    assert len(str(bad.error)) < 300


def test_a_quoted_field_may_span_lines_wherever_it_is_cut():
    stream = b'a,b\n"1\r\n2 ""x"" ,",3\n4,"5\n\n6"\n'
    for size in range(1, len(stream) + 1):
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert decode(CsvDecoder(), *pieces) == [{"a": '1\r\n2 "x" ,', "b": "3"}, {"a": "4", "b": "5\n\n6"}]


def test_a_quote_within_a_field_that_is_not_quoted_means_nothing():
    assert decode(lists(), b'5" pipe,x\n6,7"\n') == [['5" pipe', "x"], ["6", '7"']]


def test_the_dialect_is_followed():
    assert decode(lists(dialect="excel-tab"), b'a\t"b\t"\n') == [["a", "b\t"]]
    assert decode(lists(delimiter=";", quote="'"), b"'a;''';b\n") == [["a;'", "b"]]
    assert decode(lists(escape="\\", double_quote=False), b'"a\\"b",c\\,d\n') == [['a"b', "c,d"]]
    assert decode(lists(quote=""), b'"a,b"\n') == [['"a', 'b"']]
    assert decode(lists(skip_initial_space=True), b'a, "b\nc"\n') == [["a", "b\nc"]]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8"])
def test_any_encoding_is_read(encoding):
    stream = 'naïve,é\n"ü\nö",ä'.encode(encoding)
    assert decode(
        CsvDecoder(encoding=encoding), *(stream[at : at + 3] for at in range(0, len(stream), 3))
    ) == [{"naïve": "ü\nö", "é": "ä"}]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"1\n", "has 1 fields, but there are 2 columns (a, b)"),
        (b"1,2,3\n", "has 3 fields"),
        (b"1,\xff\n", "its bytes are not utf-8"),
        (b'1,"x\n\xff\ny"\n', "its bytes are not utf-8"),
        (b"1,2\rx\n", "cannot be read: new-line character seen in unquoted field"),
        (b'1,"' + b"x\n" * 40 + b'"\n', "'max_size'"),
        (b"x" * 100 + b"\n", "'max_size'"),
    ],
)
def test_a_bad_record_fails_alone(bad, why):
    for size in (1, 1000):
        stream = b"a,b\n1,2\n" + bad + b"3,4\n"
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        first, found, last = decode(CsvDecoder(max_size=60), *pieces)
        assert (first, last) == ({"a": "1", "b": "2"}, {"a": "3", "b": "4"})
        assert why in found


def test_strict_refuses_text_after_a_quote():
    assert decode(lists(), b'"a"b\n') == [["ab"]]
    (bad,) = lists(strict=True).decode(b'"a"b\n')
    assert isinstance(bad, BadFrame)


def test_without_a_readable_header_all_records_fail():
    found = decode(CsvDecoder(), b"a,\xff\n1,2\n3,4\n")
    assert len(found) == 3
    assert all("header could not be read" in value for value in found[1:])
    assert decode(CsvDecoder(columns=["a", "b"]), b"a,\xff\n1,2\n")[1:] == [{"a": "1", "b": "2"}]


def test_a_quote_that_is_not_closed_is_an_error_at_the_end():
    (found,) = decode(lists(), b'a,"b\nc\n')
    assert "a quote was not closed" in found


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_a_quote_that_is_not_closed_costs_its_line_only(header, size):
    rows = [[str(number), "fine", "y" * 40] for number in range(2000)]
    lines = [f"{','.join(row)}\n".encode() for row in rows]
    lines[500:500] = [b'500,"12 inch,y\n']
    lines[1200:1200] = [b'1200,y,"\n']
    stream = (b"id,note,pad\n" if header else b"") + b"".join(lines)
    decoder = CsvDecoder(header=header, max_size=5000)
    found = [value for at in range(0, len(stream), size) for value in decoder.decode(stream[at : at + size])]
    found += decoder.flush()
    bad = [value for value in found if isinstance(value, BadFrame)]
    values = [[*value.values()] if header else value for value in found if not isinstance(value, BadFrame)]
    assert values == rows
    assert b"".join(value.data + b"\n" for value in bad).count(b"\n") == 2
    assert "A quote is not closed" in str(bad[0].error)


def test_a_quote_may_be_the_only_one_in_a_short_stream():
    found = decode(CsvDecoder(), b'a,b\n1,"x\n2,y\n3,y\n4,y\n')
    assert "A quote is not closed" in found[0]
    assert found[1:] == [{"a": number, "b": "y"} for number in "234"]


@given(st.integers(0, 40), st.integers(0, 12), st.sampled_from([b'"', b',"', b'"""']), st.integers(1, 3000))
def test_a_stray_quote_anywhere_costs_no_more_than_the_longest_record(line, column, quote, size):
    rows = [f"{number},abcd,{'y' * 8}".encode() for number in range(10, 400)]
    wrong = rows[line][:column] + quote + rows[line][column:]
    stream = b"\n".join([b"id,note,pad", *rows[:line], wrong, *rows[line + 1 :], b""])
    decoder = CsvDecoder(max_size=500)
    found = [value for at in range(0, len(stream), size) for value in decoder.decode(stream[at : at + size])]
    found = [*found, *decoder.flush()]
    values = [",".join(value.values()).encode() for value in found if not isinstance(value, BadFrame)]
    assert {*rows[:line], *rows[line + 50 :]} <= {*values}
    made = [value for value in values if value not in rows]
    assert len(made) <= 1  # a quote within a field is a part of it


def test_a_long_record_of_many_lines_is_not_taken_for_an_open_quote():
    stream = b'a,b\n1,"' + b"some text\nand more\n" * 1000 + b'"\n2,y\n'
    bad, last = decode(CsvDecoder(max_size=5000), stream)
    assert "'max_size'" in bad
    assert last == {"a": "2", "b": "y"}


def test_open_quotes_take_linear_time():
    def seconds(count):
        decoder, start = lists(max_size=1 << 16), time.process_time()
        for _ in decoder.decode(b'x,y\nx,y\nx,y\na",""",\n' * count):
            pass
        return time.process_time() - start

    assert min(seconds(20_000) for _ in range(2)) < 12 * min(seconds(5_000) for _ in range(3))


def test_there_are_at_most_so_many_columns():
    bad, *others = decode(CsvDecoder(), b"a," * 20_000 + b"\n1\n2\n")
    assert "20001 fields, more than the 16384 of 'max_columns'" in bad
    assert len(others) == 2
    kept = CsvDecoder()
    list(kept.decode(b"a," * 500_000 + b"\n"))
    assert kept_bytes(kept) < 1000
    assert "'max_columns'" in decode(lists(max_columns=2), b"1,2,3\n4,5\n")[0]
    assert decode(lists(max_columns=2), b"4,5\n") == [["4", "5"]]


@pytest.mark.parametrize("record", [b"1;'x;y';2", b"1;'x\ny';z;9", b"1;\xff", b"1;'\xe9'"])
def test_a_record_that_cannot_be_read_fails_as_it_came(record):
    decoder = CsvDecoder(delimiter=";", quote="'", encoding="utf-8")
    *_, bad, last = decoder.decode(b"a;b\n" + record + b"\n1;2\n")
    assert (bad.data, bad.truncated, last) == (record, False, {"a": "1", "b": "2"})
    (bad,) = CsvDecoder(columns=["a", "b"], header=False, encoding="latin-1").decode(b"\xe9\n")
    assert bad.data == b"\xe9"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-32"])
def test_a_byte_order_mark_is_not_a_part_of_the_first_name(encoding):
    stream = ("" if encoding == "utf-32" else "\ufeff") + "a,b\n1,2\n"
    assert decode(CsvDecoder(encoding=encoding), stream.encode(encoding)) == [{"a": "1", "b": "2"}]


def test_nuls_before_a_record_are_skipped():
    decoder = CsvDecoder()
    assert decode(decoder, b"a\n1\n" + bytes(3000) + b"2\n") == [{"a": "1"}, {"a": "2"}]
    assert decoder.skipped == 3000


def test_a_long_field_is_read():
    long = "x" * 500_000
    assert decode(lists(), f'{long},"{long}\n"\n'.encode()) == [[long, f"{long}\n"]]


@pytest.mark.parametrize("dialect", DIALECTS, ids=str)
@given(text=TOKENS.map("".join))
@example(text='a\\\n"b')
@example(text='"a\\\n","b')
@example(text='"a"b,"\n"')
@example(text='""\\,"\n"')
def test_records_are_the_same_as_those_of_python(dialect, text):
    decoder = lists(**dialect)
    try:
        expected = [row for row in csv.reader(io.StringIO(text, newline=""), decoder._dialect) if row]
    except csv.Error:
        return
    found = decode(decoder, text.encode())
    # What follows an open quote is one field for Python's csv.
    closed = next((at for at, value in enumerate(found) if "not closed" in value), None)
    if closed is not None:
        found, expected = found[:closed], expected[:-1]
    assert found == expected


@given(STREAMS | st.lists(st.binary()), st.sampled_from(DIALECTS), st.booleans())
def test_values_do_not_depend_on_the_cuts(pieces, dialect, header):
    assert_same_whatever_the_cuts(lambda: CsvDecoder(header=header, **dialect, max_size=12), pieces)


@pytest.mark.long
@settings(max_examples=20_000)
@given(
    STREAMS | st.lists(st.binary()),
    st.sampled_from(DIALECTS),
    st.sampled_from(["utf-8", "utf-16", "latin-1"]),
)
def test_values_of_many_streams_do_not_depend_on_the_cuts(pieces, dialect, encoding):
    assert_same_whatever_the_cuts(lambda: CsvDecoder(**dialect, encoding=encoding, max_size=12), pieces)


@pytest.mark.parametrize(
    "stream", [b'"' + b"\n" * 30_000, b'"' + b"x" * 30_000, b'"x","\n' * 10_000, b'""' * 10_000]
)
def test_memory_is_bounded_for_every_stream(stream):
    pieces = [stream, *(stream[at : at + 1] for at in range(1000)), b'"\n']
    # A list of lines takes more than its texts, but no more of them than there are bytes.
    assert_same_whatever_the_cuts(lambda: lists(max_size=1000), pieces, most=2000)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1)
    ),
    st.sampled_from(DIALECTS),
    st.integers(1, 20),
)
def test_encoded_records_are_decoded_wherever_they_are_cut(rows, dialect, size):
    dialect = {name: value for name, value in dialect.items() if name not in ("skip_initial_space", "strict")}
    encoder, decoder = CsvEncoder(**dialect, line_end="\n"), lists(**dialect)
    written, stream = [], b""
    for row in rows:
        try:
            stream += encoder.encode(row)
        except InvalidData:
            continue
        written.append(row)
    assert decode(decoder, *(stream[at : at + size] for at in range(0, len(stream), size))) == written


def test_the_header_is_written_once():
    encoder = CsvEncoder()
    assert encoder.encode({"id": 1, "name": "a,b"}) == b'id,name\r\n1,"a,b"\r\n'
    assert encoder.encode({"name": None, "id": 2.5}) == b"2.5,\r\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_byte_order_mark_precedes_the_header(encoding):
    encoder = CsvEncoder(encoding=encoding)
    with pytest.raises(InvalidData):
        encoder.encode({"a": "\ud800"})
    assert encoder.encode({"a": 1}) + encoder.encode({"a": 2}) == "a\r\n1\r\n2\r\n".encode(encoding)


def test_no_header_is_written_when_a_stream_is_resumed():
    encoder = CsvEncoder(encoding="utf-16", line_end="\n")
    encoder.resume()
    assert encoder.encode({"a": 1, "b": 2}) == "1,2\n".encode("utf-16")[2:]


def test_columns_choose_what_is_written():
    encoder = CsvEncoder(columns=["b", "a"], line_end="\n")
    assert encoder.encode({"a": 1, "c": 3}) == b"b,a\n,1\n"
    assert encoder.encode([1, 2]) == b"1,2\n"
    assert CsvEncoder(header=False, columns=["b"]).encode({"b": 1}) == b"1\r\n"


def test_everything_except_texts_is_written_as_json():
    assert CsvEncoder(header=False).encode([True, {"a": [1]}, b"x"]) == b'true,"{""a"":[1]}",eA==\r\n'


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("text", "type str is not a CSV record"),
        ([], "at least one field"),
        ({"a": 1, "b": 2}, "no column for b"),
        ([1, 2], "has 2 items, but there are 1 columns"),
        ([object()], "cannot be written as JSON"),
        (["\ud800"], "cannot be written as utf-8"),
    ],
)
def test_a_value_that_is_not_a_record_fails_alone(value, why):
    encoder = CsvEncoder()
    encoder.encode({"a": 1})
    with pytest.raises(InvalidData, match=why):
        encoder.encode(value)
    assert encoder.encode({"a": 2}) == b"2\r\n"


def test_the_first_record_may_fail():
    encoder = CsvEncoder()
    for value in ({}, {"a": object()}):
        with pytest.raises(InvalidData):
            encoder.encode(value)
    assert encoder.encode({"b": 1}) == b"b\r\n1\r\n"


def test_without_quotes_a_delimiter_in_a_field_fails():
    with pytest.raises(InvalidData, match="Allow quotes"):
        CsvEncoder(quote="", header=False).encode(["a,b"])


@pytest.mark.parametrize("codec", [CsvDecoder, CsvEncoder])
@pytest.mark.parametrize(
    "wrong",
    [
        {"delimiter": '"'},
        {"delimiter": "\n"},
        {"quote": "\r"},
        {"escape": ","},
        {"columns": ["a", "a"]},
        {"encoding": "utf-9"},
    ],
    ids=str,
)
def test_conflicting_arguments_are_refused(codec, wrong):
    with pytest.raises(ConfigError):
        codec(**wrong)


def test_the_encoder_has_a_media_type():
    assert CsvEncoder().content_type == "text/csv; charset=utf-8"
    assert CsvEncoder(encoding="latin-1").content_type == "text/csv; charset=iso-8859-1"
