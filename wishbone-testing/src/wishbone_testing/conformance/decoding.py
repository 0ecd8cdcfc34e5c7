"""Conformance of decoders."""

from __future__ import annotations

import random
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from wishbone.arguments.convert import parameters
from wishbone.codec import BadFrame
from wishbone.error import InvalidData
from wishbone_testing.conformance.stream import Stream, shown
from wishbone_testing.conformance.subject import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wishbone.codec import Decoder

CUTS = 300
"""How many places a stream is cut at, at most."""

SMALL = 1000
"""Bytes of the longest frame, where that is tried out."""

DEFAULT_SIZE = 1 << 20
"""Bytes of the longest frame, where that cannot be told."""

PIECE = 1 << 14
"""Bytes that are handed to a decoder at a time, where many are."""

SLACK = 1 << 16
"""Bytes that a decoder may keep beside the longest frame."""


class Decoding(Stream):
    """A decoder, if there is one: without it, these tests are left out."""

    @pytest.fixture(autouse=True)
    def _needs_a_decoder(self, request: pytest.FixtureRequest) -> None:
        function = request.function.__name__
        if self.decoder is None and function in vars(Decoding):
            pytest.skip("there is no decoder")

    def large(self, size: int) -> Any:
        """Return a value whose frame has more bytes than that. Override it where it cannot be a text."""
        return "x" * size

    def test_decodes_the_same_wherever_the_bytes_are_cut(self) -> None:
        """The values that went in come out, however the stream is cut."""
        stream = b"".join(self.stream())
        for pieces in _cuts(stream):
            found = self.decoded(pieces)
            if found != list(self.values):
                refuse(
                    f"{self._name} makes {shown(found)} of {shown(self.values)} when the stream comes as"
                    f" {shown(pieces)}: keep what is not complete for the next call."
                )

    def test_puts_a_bad_frame_in_the_place_of_what_it_cannot_decode(self) -> None:
        """A bad frame is the error of that frame only: those before and behind it are values."""
        if self.bad is None:
            pytest.skip("'bad' is not set: there is nothing that cannot be decoded")
        frames = self.stream()
        first, second = self.values[:2]
        for pieces in _cuts(frames[0] + self.bad + frames[1]):
            found = self.decoded(pieces)
            if not self._is_bad_between(found, first, second):
                refuse(
                    f"{self._name} makes {shown(found)} of {first!r}, a frame that it cannot decode and"
                    f" {second!r}: hand out one BadFrame in its place, and go on behind it."
                )
        if not self.recovers and not self._is_lost_behind(self.bad):
            refuse(
                f"{self._name} reads nothing behind a frame that it cannot decode, and does not say so: let"
                " 'lost' be true then, or senders go on for ever."
            )

    def test_refuses_frames_longer_than_max_size(self) -> None:
        """A frame that is too long is a bad frame, and the next one is a value again."""
        if self.encoder is None or not self._has_max_size:
            pytest.skip("there is no 'max_size', or no encoder to write what is longer")
        first, second = self.values[:2]
        frames = self.written([first, self.large(3 * SMALL), second])
        for pieces in _cuts(b"".join(frames)):
            found = self.decoded(pieces, max_size=SMALL)
            if not self._is_bad_between(found, first, second):
                refuse(
                    f"{self._name} makes {shown(found)} of {first!r}, a frame of {len(frames[1])} bytes and"
                    f" {second!r} when 'max_size' is {SMALL}: hand out one BadFrame in its place, and go on"
                    " behind it."
                )

    def test_keeps_no_more_than_a_frame(self) -> None:
        """However much comes without an end, memory stays bounded."""
        assert self.decoder is not None
        limit = SMALL if self._has_max_size else DEFAULT_SIZE
        arguments = {**self.decoder_arguments, **({"max_size": SMALL} if self._has_max_size else {})}
        count = 2 * (limit + SLACK) // PIECE
        for piece in (b"x" * PIECE, b'"' + b"[" * PIECE, bytes(PIECE)):
            kept = _kept_by(self.make(self.decoder, arguments), piece, count)
            if kept > limit + SLACK:
                refuse(
                    f"{self._name} keeps {kept} bytes of {count * PIECE} that never end: take a"
                    " 'max_size', and hand out a BadFrame when that many bytes have come without an end."
                )

    def test_raises_nothing_whatever_the_bytes_are(self) -> None:
        """Garbage, and a stream that ends anywhere, become values or bad frames."""
        chance = random.Random(0)  # noqa: S311 - the same bytes in every run
        stream = b"".join(self.stream())
        ended = [stream[:end] for end in range(min(len(stream), CUTS))]
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
        except Exception as error:  # noqa: BLE001 - whatever it is, it should not have been raised
            refuse(
                f"{self._name} raises {error!r} for {data[:40]!r}: hand out a BadFrame with an InvalidData"
                " that says why, and go on."
            )
        errors = [frame.error for frame in found if isinstance(frame, BadFrame)]
        if not all(isinstance(error, InvalidData) for error in errors):
            refuse(f"{self._name} hands out a BadFrame for {data[:40]!r} whose error is no InvalidData.")

    def _is_lost_behind(self, bad: bytes) -> bool:
        assert self.decoder is not None
        decoder: Decoder = self.make(self.decoder, self.arguments_of(self.decoder))
        for _ in decoder.decode(bad):
            pass
        return decoder.desynchronized

    def _is_bad_between(self, found: Sequence[Any], first: Any, second: Any) -> bool:
        if not self.recovers:
            return len(found) > 1 and found[0] == first and isinstance(found[1], BadFrame)
        return [found[:1], found[2:]] == [[first], [second]] and isinstance(found[1], BadFrame)


def _kept_by(decoder: Decoder, piece: bytes, count: int) -> int:
    """Return how many bytes a decoder keeps when a piece has come so many times."""
    tracemalloc.start()
    try:
        for _ in range(count):
            for _ in decoder.decode(piece):
                pass
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def _cuts(stream: bytes) -> Iterator[list[bytes]]:
    """Cut a stream: not at all, into pieces of each small size, and once at each place."""
    yield [stream]
    for size in range(1, 9):
        yield [stream[start : start + size] for start in range(0, len(stream), size)]
    step = len(stream) // CUTS + 1
    for end in range(1, len(stream), step):
        yield [stream[:end], stream[end:]]
