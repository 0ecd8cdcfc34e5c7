"""Conformance of encoders."""

from __future__ import annotations

import pytest

from wishbone.error import InvalidData
from wishbone_testing.conformance.stream import Stream, shown
from wishbone_testing.conformance.subject import refuse


class Encoding(Stream):
    """An encoder, if there is one: without it, these tests are left out."""

    @pytest.fixture(autouse=True)
    def _needs_an_encoder(self, request: pytest.FixtureRequest) -> None:
        function = request.function.__name__
        if self.encoder is None and function in vars(Encoding):
            pytest.skip("there is no encoder")

    def test_encodes_what_decodes_to_the_same(self) -> None:
        """Each value is written as bytes; where there is a decoder, it reads the same values."""
        frames = self.written(self.values)
        if not all(isinstance(frame, bytes) for frame in frames):
            refuse(f"{self._encoder} writes {shown(frames)}: encode and flush return bytes.")
        if self.decoder is None:
            return
        found = self.decoded(frames)
        if found != list(self.values):
            refuse(
                f"{self._encoder} writes {shown(self.values)} so that {self.decoder.__name__} reads"
                f" {shown(found)}: let the two agree."
            )

    def test_refuses_what_it_cannot_encode_and_goes_on(self) -> None:
        """A value that the format has nothing for is an InvalidData, and leaves nothing in the stream."""
        assert self.encoder is not None
        encoder = self.make(self.encoder, self.encoder_arguments)
        first, second = self.values[:2]
        frames = [encoder.encode(first)]
        try:
            encoder.encode(object())
        except InvalidData:
            frames += [encoder.encode(second), encoder.flush()]
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the wrong one
            refuse(
                f"{self._encoder} raises {error!r} for a value that it cannot write: raise an InvalidData"
                " that says what cannot be written, and what can."
            )
        else:
            return
        if self.decoder is None:
            return
        found = self.decoded(frames)
        if found != self.decoded(self.written([first, second])):
            refuse(
                f"{self._encoder} leaves something in the stream when it refuses a value: what follows is"
                f" read as {shown(found)}: write nothing before the whole value is known to fit."
            )

    @property
    def _encoder(self) -> str:
        return self.encoder.__name__ if self.encoder else ""
