"""Conformance of decoders."""

from __future__ import annotations

import random
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from wishbone.arguments.convert import parameters
from wishbone.codec import BadFrame
from wishbone.error import InvalidData
from wishbone_testing.conformance.codec_under_test import CodecUnderTest, shown, skip_without
from wishbone_testing.conformance.module_under_test import fail

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wishbone.codec import Decoder

MAX_CUTS = 300
"""The number of places where a stream is cut in two."""

SMALL = 1000
"""The `max_size` that the tests set, in bytes."""

DEFAULT_SIZE = 1 << 20
"""Bytes of the longest frame for a decoder without `max_size`."""

PIECE = 1 << 14
"""Bytes of a piece of an endless stream."""

SLACK = 1 << 16
"""Bytes that a decoder may keep in addition to the longest frame."""


class Decoding(CodecUnderTest):
    """The tests of a decoder. They are skipped if there is none."""

    @pytest.fixture(autouse=True)
    def _needs_a_decoder(self, request: pytest.FixtureRequest) -> None:
        skip_without(self.decoder, Decoding, request)

    def large(self, size: int) -> Any:
        """Return a value whose frame has more bytes than `size`. Override it if it cannot be a text."""
        return "x" * size

    def test_decodes_the_same_wherever_the_bytes_are_cut(self) -> None:
        """The values are the same however the stream is cut."""
        stream = b"".join(self.stream())
        for pieces in _cuts(stream):
            found = self.decoded(pieces)
            if found != list(self.values):
                fail(
                    f"{self._name} decodes {shown(self.values)} as {shown(found)} if the stream arrives as"
                    f" {shown(pieces)}: keep incomplete frames for the next call."
                )

    def test_puts_a_bad_frame_in_the_place_of_what_it_cannot_decode(self) -> None:
        """A bad frame affects only itself: the frames before and after it are values."""
        if self.bad is None:
            pytest.skip("'bad' is not set: every frame can be decoded")
        frames = self.stream()
        first, second = self.values[:2]
        for pieces in _cuts(frames[0] + self.bad + frames[1]):
            found = self.decoded(pieces)
            if not self._is_bad_between(found, first, second):
                fail(
                    f"{self._name} decodes {first!r}, a bad frame and {second!r} as {shown(found)}: return"
                    " one BadFrame in its place, and go on after it."
                )
        if not self.recovers and not self._is_desynchronized_after(self.bad):
            fail(
                f"{self._name} decodes nothing after a bad frame, and does not say so: 'desynchronized' must"
                " be true then, so that the input can close the connection."
            )

    def test_refuses_frames_longer_than_max_size(self) -> None:
        """A frame that is too long is a bad frame, and the next frame is a value again."""
        if self.encoder is None or not self._has_max_size:
            pytest.skip("there is no 'max_size', or no encoder to write a long frame")
        first, second = self.values[:2]
        frames = self.written([first, self.large(3 * SMALL), second])
        for pieces in _cuts(b"".join(frames)):
            found = self.decoded(pieces, max_size=SMALL)
            if not self._is_bad_between(found, first, second):
                fail(
                    f"{self._name} decodes {first!r}, a frame of {len(frames[1])} bytes and {second!r} as"
                    f" {shown(found)} although 'max_size' is {SMALL}: return one BadFrame in its place, and"
                    " go on after it."
                )

    def test_keeps_no_more_than_a_frame(self) -> None:
        """Memory is bounded even if a frame never ends."""
        assert self.decoder is not None
        limit = SMALL if self._has_max_size else DEFAULT_SIZE
        arguments: dict[str, Any] = {"max_size": SMALL} if self._has_max_size else {}
        count = 2 * (limit + SLACK) // PIECE
        for piece in (b"x" * PIECE, b'"' + b"[" * PIECE, bytes(PIECE)):
            kept = _kept_by(self.make(self.decoder, **arguments), piece, count)
            if kept > limit + SLACK:
                fail(
                    f"{self._name} keeps {kept} bytes of {count * PIECE} that never end: take a 'max_size',"
                    " and return a BadFrame for a longer frame."
                )

    def test_raises_nothing_whatever_the_bytes_are(self) -> None:
        """Garbage, and a stream that ends anywhere, become values or bad frames."""
        chance = random.Random(0)  # noqa: S311 - the same bytes in every run
        stream = b"".join(self.stream())
        ended = [stream[:end] for end in range(min(len(stream), MAX_CUTS))]
        garbage = [chance.randbytes(chance.randrange(1, 200)) for _ in range(100)]
        mixed = [stream[: len(stream) // 2] + each + stream for each in garbage]
        for data in (*ended, *garbage, *mixed):
            self._require_no_error(data)

    @property
    def _has_max_size(self) -> bool:
        return self.decoder is not None and any(each.name == "max_size" for each in parameters(self.decoder))

    @property
    def _name(self) -> str:
        return self.decoder.__name__ if self.decoder else ""

    def _require_no_error(self, data: bytes) -> None:
        try:
            found = self.decoded([data[:7], data[7:]])
        except Exception as error:  # noqa: BLE001 - any error is wrong
            fail(
                f"{self._name} raises {error!r} for {data[:40]!r}: return a BadFrame with an InvalidData that"
                " says why, and go on."
            )
        errors = [frame.error for frame in found if isinstance(frame, BadFrame)]
        if not all(isinstance(error, InvalidData) for error in errors):
            fail(f"{self._name} returns a BadFrame for {data[:40]!r} whose error is not an InvalidData.")

    def _is_desynchronized_after(self, bad: bytes) -> bool:
        assert self.decoder is not None
        decoder: Decoder = self.make(self.decoder)
        _decode(decoder, bad)
        return decoder.desynchronized

    def _is_bad_between(self, found: Sequence[Any], first: Any, second: Any) -> bool:
        if not self.recovers:
            return len(found) > 1 and found[0] == first and isinstance(found[1], BadFrame)
        return [found[:1], found[2:]] == [[first], [second]] and isinstance(found[1], BadFrame)


def _kept_by(decoder: Decoder, piece: bytes, count: int) -> int:
    """Return how many bytes a decoder keeps after it got a piece `count` times."""
    tracemalloc.start()
    try:
        for _ in range(count):
            _decode(decoder, piece)
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def _decode(decoder: Decoder, piece: bytes) -> None:
    for _ in decoder.decode(piece):
        pass


def _cuts(stream: bytes) -> Iterator[list[bytes]]:
    """Cut a stream: not at all, into pieces of equal small sizes, and in two at many places."""
    yield [stream]
    for size in range(1, 9):
        yield [stream[start : start + size] for start in range(0, len(stream), size)]
    step = len(stream) // MAX_CUTS + 1
    for end in range(1, len(stream), step):
        yield [stream[:end], stream[end:]]
