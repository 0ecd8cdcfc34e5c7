"""CodecUnderTest: the codec that a conformance suite tests, with bytes and values for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from wishbone.arguments.convert import ArgumentError, convert_arguments
from wishbone.codec import BadFrame, Decoder, Encoder
from wishbone_testing.conformance.module_under_test import NOTHING, fail

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


MAX_SHOWN = 200
"""Characters of a list of values that a message shows."""


class CodecUnderTest:
    """Names the classes under test, and creates codecs."""

    decoder: ClassVar[type[Decoder] | None] = None
    """The class of the decoder, if there is one."""

    encoder: ClassVar[type[Encoder] | None] = None
    """The class of the encoder, if there is one."""

    decoder_arguments: ClassVar[Mapping[str, Any]] = NOTHING
    """The arguments of the decoder's `__init__`."""

    encoder_arguments: ClassVar[Mapping[str, Any]] = NOTHING
    """The arguments of the encoder's `__init__`."""

    values: ClassVar[Sequence[Any]] = ("one", "two", "three")
    """At least two values that the codec can encode or decode."""

    frames: ClassVar[Sequence[bytes]] = ()
    """The encoded values, if there is no encoder."""

    bad: ClassVar[bytes | None] = None
    """A whole frame that cannot be decoded, with its delimiter; None if there is none."""

    recovers: ClassVar[bool] = True
    """Whether frames after a bad one can be decoded: not if nothing marks their beginning."""

    def arguments_of(self, codec: type) -> dict[str, Any]:
        """Return the arguments for a codec's `__init__`."""
        return dict(self.encoder_arguments if issubclass(codec, Encoder) else self.decoder_arguments)

    def make(self, codec: type, arguments: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Create a codec, as a configuration would, by default with the arguments of the suite.

        Raises:
            ArgumentError: The arguments are wrong.
        """
        arguments = {**(self.arguments_of(codec) if arguments is None else arguments), **more}
        converted, problems = convert_arguments(codec, arguments)
        if problems:
            raise ArgumentError(codec.__name__, problems, "codec")
        return codec(**converted)

    def written(self, values: Iterable[Any]) -> list[bytes]:
        """Return the frames of values, and what the encoder writes at the end."""
        assert self.encoder is not None
        encoder = self.make(self.encoder)
        frames = [encoder.encode(value) for value in values]
        return [*frames, encoder.flush()]

    def stream(self) -> list[bytes]:
        """Return the frames of `values`, and the end of the stream."""
        if self.encoder is not None:
            return self.written(self.values)
        if len(self.frames) != len(self.values):
            fail(f"{type(self).__name__} has no encoder: set 'frames' to the bytes of each of 'values'.")
        return [*self.frames, b""]

    def decoded(self, pieces: Iterable[bytes], **arguments: Any) -> list[Any]:
        """Return what a decoder with further arguments makes of the pieces of a stream."""
        assert self.decoder is not None
        decoder = self.make(self.decoder, **arguments)
        found = [value for piece in pieces for value in decoder.decode(piece)]
        return [*found, *decoder.flush()]


def skip_without(codec: type | None, owner: type, request: pytest.FixtureRequest) -> None:
    """Skip the tests of an owner if there is no codec."""
    if codec is None and request.function.__name__ in vars(owner):
        pytest.skip(f"there is no codec for the tests of {owner.__name__}")


def shown(found: Iterable[Any]) -> str:
    """Return values and bad frames as a short text."""
    text = ", ".join("a bad frame" if isinstance(item, BadFrame) else repr(item) for item in found)
    return f"[{text if len(text) <= MAX_SHOWN else f'{text[:MAX_SHOWN]}…'}]"
