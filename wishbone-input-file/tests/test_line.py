from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wishbone_input_file.line import LineDecoder, LongLine
from wishbone_input_file.record import Records


@given(
    lines=st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=20),
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


def decoder(longest):
    return LineDecoder("latin-1", longest, replaced=None)


def text_of(record):
    return record.value.text if type(record.value) is LongLine else record.value
