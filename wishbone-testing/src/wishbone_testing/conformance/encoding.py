"""Conformance of encoders."""

from __future__ import annotations

import pytest

from wishbone.error import InvalidData
from wishbone_testing.conformance.codec_under_test import CodecUnderTest, shown, skip_without
from wishbone_testing.conformance.module_under_test import fail


class Encoding(CodecUnderTest):
    """The tests of an encoder. They are skipped if there is none."""

    @pytest.fixture(autouse=True)
    def _needs_an_encoder(self, request: pytest.FixtureRequest) -> None:
        skip_without(self.encoder, Encoding, request)

    def test_encodes_what_decodes_to_the_same(self) -> None:
        """Values are encoded as bytes, which a decoder decodes to the same values."""
        frames = self.written(self.values)
        if not all(isinstance(frame, bytes) for frame in frames):
            fail(f"{self._encoder} returns {shown(frames)}: return bytes from encode and flush.")
        if self.decoder is None:
            return
        found = self.decoded(frames)
        if found != list(self.values):
            fail(
                f"{self._encoder} encodes {shown(self.values)}, but {self.decoder.__name__} decodes"
                f" {shown(found)}: make them agree."
            )

    def test_refuses_what_it_cannot_encode_and_goes_on(self) -> None:
        """A value that the format cannot represent raises InvalidData, and leaves nothing in the stream."""
        assert self.encoder is not None
        encoder = self.make(self.encoder)
        first, second = self.values[:2]
        frames = [encoder.encode(first)]
        try:
            encoder.encode(object())
        except InvalidData:
            frames += [encoder.encode(second), encoder.flush()]
        except Exception as error:  # noqa: BLE001 - any other error is wrong
            fail(
                f"{self._encoder} raises {error!r} for a value that it cannot encode: raise an InvalidData"
                " that says which values it can."
            )
        else:
            return
        if self.decoder is None:
            return
        found = self.decoded(frames)
        if found != self.decoded(self.written([first, second])):
            fail(
                f"{self._encoder} leaves something in the stream when it rejects a value: what follows is"
                f" decoded as {shown(found)}: encode the whole value before you return any of it."
            )

    @property
    def _encoder(self) -> str:
        return self.encoder.__name__ if self.encoder else ""
