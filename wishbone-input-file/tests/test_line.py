from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wishbone_input_file.line import Splitter


@given(
    lines=st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=20),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=20),
    ended=st.booleans(),
    longest=st.integers(1, 40),
)
def test_splits_the_same_lines_however_they_are_cut(lines, cuts, ended, longest):
    content = b"\n".join(lines) + (b"\n" if ended else b"")
    splitter = Splitter(longest)
    found = []
    rest = content
    for cut in cuts:
        found.extend(splitter.split(rest[:cut]))
        rest = rest[cut:]
    found.extend(splitter.split(rest))
    found.extend(splitter.finish())
    expected = content.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert [line.data for line in found] == [line[:longest] for line in expected]
    assert [line.number for line in found] == list(range(1, len(expected) + 1))
    assert all(content[line.offset :].startswith(line.data) for line in found)
    assert [line.end for line in found[:-1]] == [line.offset for line in found[1:]]
    skipper = Splitter(longest)
    skipper.skip(content)
    assert skipper.number == content.count(b"\n")
    assert skipper.offset == content.rfind(b"\n") + 1
