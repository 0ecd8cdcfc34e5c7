from __future__ import annotations

import codecs

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wishbone_input_file.line import LineDecoder, LongLine
from wishbone_input_file.record import Records


@given(
    lines=st.lists(
        st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"").replace(b"\0", b"")), max_size=20
    ),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=20),
    ended=st.booleans(),
    longest=st.integers(1, 40),
)
def test_splits_the_same_lines_however_they_are_cut(lines, cuts, ended, longest):
    content = b"\n".join(lines) + (b"\n" if ended else b"")
    records = Records(decoder(longest))
    found = []
    rest = content
    for cut in cuts:
        found.extend(records.decode(rest[:cut]))
        rest = rest[cut:]
    found.extend(records.decode(rest))
    found.extend(records.flush())
    expected = content.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert list(map(text_of, found)) == [
        line[:longest].decode("latin-1").removesuffix("\r") for line in expected
    ]
    assert [type(record.value) is LongLine for record in found] == [len(line) > longest for line in expected]
    assert [record.number for record in found] == list(range(1, len(expected) + 1))
    assert all(
        content[record.offset : record.end].rstrip(b"\n") == line
        for record, line in zip(found, expected, strict=True)
    )
    skipper = Records(decoder(longest))
    skipper.skip(content)
    mark = skipper.mark()
    assert mark.number == content.count(b"\n")
    assert mark.end == content.rfind(b"\n") + 1


class Counted:
    def __init__(self):
        self.nuls = 0

    def replaced(self, line, error):
        pass

    def skipped(self, offset, count):
        self.nuls += count


def decoder(longest):
    return LineDecoder("latin-1", longest, Counted())


def records_of(content, encoding="utf-8", cuts=(), **arguments):
    records = Records(LineDecoder(encoding, 1000, Counted(), **arguments))
    found = []
    for cut in cuts:
        found.extend(records.decode(content[:cut]))
        content = content[cut:]
    return [*found, *records.decode(content), *records.flush()]


def texts_of(content, encoding="utf-8", cuts=(), **arguments):
    return [record.value for record in records_of(content, encoding, cuts, **arguments)]


def text_of(record):
    return record.value.text if type(record.value) is LongLine else record.value


ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-be",
    "cp037",
    "gb18030",
]


@given(
    text=st.lists(st.sampled_from("aé\n\r\0\u0a0a\u0a00") | st.just("\0" * 7), max_size=60).map("".join),
    cuts=st.lists(st.integers(1, 9), max_size=20),
    encoding=st.sampled_from(ENCODINGS),
)
@settings(max_examples=300, deadline=None)
@example("a\0\0\0\0\0\0\0", [1, 8], "utf-16-le")
@example("\0\0\0\0\0\0\0", [7], "utf-8-sig")
def test_finds_the_same_lines_however_they_are_cut_in_every_encoding(text, cuts, encoding):
    content = text.encode(encoding, "replace")
    whole = [(record.value, record.number, record.offset) for record in records_of(content, encoding)]
    cut = [(record.value, record.number, record.offset) for record in records_of(content, encoding, cuts)]
    assert cut == whole


@given(
    lines=st.lists(st.text("aé\r\u0a0a\u0a00\u0d0a", min_size=1), min_size=1),
    encoding=st.sampled_from(ENCODINGS),
    marked=st.booleans(),
)
def test_reads_lines_in_every_encoding_without_the_mark(lines, encoding, marked):
    text = "\ufeff" if marked and encoding.startswith("utf-") and encoding[-2:] in {"-8", "le", "be"} else ""
    lines = [line.encode(encoding, "replace").decode(encoding) for line in lines]
    content = (text + "".join(f"{line}\n" for line in lines)).encode(encoding)
    assert texts_of(content, encoding) == [line.removesuffix("\r") for line in lines]


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_a_byte_order_mark_decides_for_the_rest_of_the_file(mark):
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    content = mark + "one\ntwo\n".encode(encoding)
    assert texts_of(content, "utf-16") == ["one", "two"]
    assert texts_of(content[10:], "utf-16", number=1, offset=10, head=content[:10], before=content[:10]) == [
        "two"
    ]


@pytest.mark.parametrize("content", [b"", codecs.BOM_UTF8])
def test_a_mark_alone_is_no_line(content):
    assert texts_of(content) == []
    assert texts_of(content + b"\n") == ([""])


def numbers_in(content, texts):
    return [content[: content.find(text.encode()[:3])].count(b"\n") + 1 for text in texts]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\0" * 8890 + b"one\n", ["one"]),
        (b"one\n" + b"\0" * 5000 + b"two\nthree", ["one", "two", "three"]),
        (b"part" + b"\0" * 5000 + b"two\n", ["part", "two"]),
        (b"x" * 2000 + b"\0" * 5000 + b"two\n", ["x" * 1000, "two"]),
        (b"one\n" + b"\0" * 5000 + b"\ntwo\n", ["one", "two"]),
        (b"part" + b"\0" * 5000 + b"\r\ntwo\n", ["part", "two"]),
        (b"\0one\0\n\0\0two\n", ["one", "two"]),
        (b"one\0two\n", ["one\0two"]),
        (b"one\n" + b"\0" * 5000, ["one"]),
        (b"\0\0", []),
    ],
)
@pytest.mark.parametrize("cut", [1, 3, 999, 100_000])
def test_skips_and_counts_nuls(content, expected, cut):
    counted = Counted()
    records = Records(LineDecoder("utf-8", 1000, counted))
    pieces = [content[at : at + cut] for at in range(0, len(content), cut)]
    found = [record for piece in pieces for record in records.decode(piece)]
    found += records.flush()
    assert list(map(text_of, found)) == expected
    assert [record.number for record in found] == numbers_in(content, expected)
    assert counted.nuls == content.count(b"\0") - "".join(expected).count("\0")
    begins = [content[record.offset :].lstrip(b"\0")[:3] for record in found]
    assert begins == [text.encode()[:3] for text in expected]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_skips_nuls_between_wider_characters(encoding):
    content = (
        "one\npart".encode(encoding) + bytes(4096) + "two\n".encode(encoding)[4 * (encoding == "utf-32") :]
    )
    assert texts_of(content, encoding) == ["one", "part", "two"]


@given(content=st.text("aé\n", max_size=30).map(str.encode), cuts=st.lists(st.integers(1, 9), max_size=20))
def test_a_line_that_is_flushed_is_never_repeated(content, cuts):
    """What is flushed and what comes afterwards have the numbers of their lines, and are the content."""
    records = Records(LineDecoder("utf-8", 1000, Counted()))
    found, rest = [], content
    for cut in [*cuts, len(content)]:
        found += records.decode(rest[:cut])
        found += records.flush_complete()
        rest = rest[cut:]
    lines = content.decode().split("\n")
    joined = dict.fromkeys(range(1, len(lines) + 1), "")
    for record in found:
        assert "\ufffd" not in record.value
        joined[record.number] += record.value
    assert list(joined.values()) == lines


@pytest.mark.parametrize("rest", [b"\n", b"\r\n"])
def test_the_newline_of_a_line_that_was_returned_is_no_line(rest):
    content = b"one"
    records = Records(LineDecoder("utf-8", 1000, Counted()))
    assert [record.value for record in [*records.decode(content), *records.flush()]] == ["one"]
    assert [record.value for record in records.decode(rest + b"\n")] == [""]
    found = records_of(rest + b"\ntwo", number=1, offset=3, head=content, before=content)
    assert [(record.value, record.number) for record in found] == [("", 2), ("two", 3)]
