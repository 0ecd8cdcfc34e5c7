from __future__ import annotations

import gzip
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone.codecs.gzip import PIECE, GzipExpander, gzip_compressor


def expand(data, size):
    expander = GzipExpander()
    text = b"".join(
        piece for at in range(0, len(data), size) for piece in expander.expand(data[at : at + size])
    )
    return text, expander.complete


@given(st.lists(st.binary(max_size=200), max_size=4), st.integers(1, 64), st.integers(0, 5))
def test_members_and_padding_expand_to_their_contents_however_they_are_cut(contents, size, padding):
    stream = b"".join(gzip.compress(content) + b"\0" * padding for content in contents)
    assert expand(stream, size) == (b"".join(contents), True)


def test_a_stream_that_is_cut_off_is_not_complete():
    data = gzip.compress(b"hello")
    assert not expand(data[:-1], 100)[1]
    assert expand(data, 100)[1]


def test_pieces_are_bounded_however_well_the_data_is_compressed():
    pieces = list(GzipExpander().expand(gzip.compress(b"x" * 10 * PIECE)))
    assert b"".join(pieces) == b"x" * 10 * PIECE
    assert max(map(len, pieces)) == PIECE


def test_what_precedes_a_damage_is_yielded():
    content = b"".join(b"line %d\n" % number for number in range(20_000))
    damaged = bytearray(gzip.compress(content))
    damaged[len(damaged) // 2 :] = b"\xff" * 1000
    pieces, found = GzipExpander().expand(bytes(damaged)), b""
    with suppress(zlib.error):
        for piece in pieces:
            found += piece
    assert next(pieces, None) is None
    third = len(content) // 3  # the damage is in the middle; where exactly zlib notices it is its affair
    assert found[:third] == content[:third]


def test_a_whole_member_is_yielded_before_the_rubbish_after_it():
    pieces = GzipExpander().expand(gzip.compress(b"one") + b"rubbish")
    assert next(pieces) == b"one"
    with pytest.raises(zlib.error):
        next(pieces)


@pytest.mark.parametrize("level", [0, 1, 9])
def test_the_compressor_writes_what_gzip_reads(level):
    compressor = gzip_compressor(level)
    assert gzip.decompress(compressor.compress(b"hello") + compressor.flush()) == b"hello"
