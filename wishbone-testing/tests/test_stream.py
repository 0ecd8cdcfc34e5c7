from __future__ import annotations

import pytest

from wishbone.codec import BadFrame, Decoder
from wishbone.error import InvalidData
from wishbone_testing.stream import assert_same_whatever_the_cuts, decode, kept_bytes


class Pieces(Decoder):
    """Makes a value of each piece, so its values depend on the cuts."""

    def decode(self, data):
        return [data]

    def flush(self):
        return []


class Hoarder(Decoder):
    """Keeps everything."""

    def __init__(self):
        self.kept = [[]]

    def decode(self, data):
        self.kept[0].append(data)
        return ()

    def flush(self):
        return [BadFrame(b"".join(self.kept[0]), InvalidData("It is all bad."))]


def test_a_bad_frame_can_be_compared():
    assert decode(Hoarder(), b"a", b"b") == ["It is all bad. b'ab'"]


def test_a_decoder_that_depends_on_the_cuts_is_reported():
    assert assert_same_whatever_the_cuts(Pieces, [b"ab"]) == [b"ab"]
    with pytest.raises(AssertionError, match="became"):
        assert_same_whatever_the_cuts(Pieces, [b"a", b"b"])


def test_a_decoder_that_keeps_too_much_is_reported():
    pieces = [letter * 1000 for letter in (b"a", b"b", b"c")]
    assert_same_whatever_the_cuts(Hoarder, pieces)
    with pytest.raises(AssertionError, match="keeps 3000 bytes"):
        assert_same_whatever_the_cuts(Hoarder, pieces, most=1000)


def test_what_is_kept_is_counted_once_and_at_any_depth():
    class Slotted:
        __slots__ = ("buffer", "missing")

    slotted = Slotted()
    slotted.buffer = bytearray(5)
    text = "four"
    assert kept_bytes([slotted, {"k": (text, text)}, slotted]) == 5 + 4 + 1
