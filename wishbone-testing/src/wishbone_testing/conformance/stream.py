"""Stream: the codec under test, and the bytes and values that it is tested with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from wishbone.arguments.convert import ArgumentError, convert_arguments
from wishbone.codec import BadFrame, Decoder, Encoder
from wishbone_testing.conformance.subject import NOTHING, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


SHOWN = 200
"""Characters of a list of values that a message shows."""


class Stream:
    """Names the classes under test, and makes codecs of them."""

    decoder: ClassVar[type[Decoder] | None] = None
    """The class that decodes, if there is one."""

    encoder: ClassVar[type[Encoder] | None] = None
    """The class that encodes, if there is one."""

    decoder_arguments: ClassVar[Mapping[str, Any]] = NOTHING
    """What the decoder's `__init__` takes."""

    encoder_arguments: ClassVar[Mapping[str, Any]] = NOTHING
    """What the encoder's `__init__` takes."""

    values: ClassVar[Sequence[Any]] = ("one", "two", "three")
    """Values that the codec can write or read, at least two."""

    frames: ClassVar[Sequence[bytes]] = ()
    """The values as bytes, one after the other: needed where there is no encoder to write them."""

    bad: ClassVar[bytes | None] = None
    """A whole frame that cannot be decoded, with its delimiter; None where there can be none."""

    recovers: ClassVar[bool] = True
    """Whether what comes behind a bad frame can be read: not, where nothing tells where it begins."""

    def arguments_of(self, codec: type) -> dict[str, Any]:
        """Return what a codec's `__init__` is told."""
        return dict(self.encoder_arguments if issubclass(codec, Encoder) else self.decoder_arguments)

    def make(self, codec: type, arguments: Mapping[str, Any]) -> Any:
        """Make a codec, as a configuration would.

        Args:
            codec: Its class.
            arguments: What its `__init__` is told.

        Raises:
            ArgumentError: It does not take that.
        """
        converted, problems = convert_arguments(codec, arguments)
        if problems:
            raise ArgumentError(codec.__name__, problems, "codec")
        return codec(**converted)

    def written(self, values: Iterable[Any]) -> list[bytes]:
        """Return values as an encoder writes them, what it has left at the end put behind the last."""
        assert self.encoder is not None
        encoder = self.make(self.encoder, self.encoder_arguments)
        frames = [encoder.encode(value) for value in values]
        frames.append(encoder.flush())
        return frames

    def stream(self) -> list[bytes]:
        """Return the frames of all values, and what ends the stream."""
        if self.encoder is not None:
            return self.written(self.values)
        if len(self.frames) != len(self.values):
            refuse(f"{type(self).__name__} has no encoder: give the bytes of each of 'values' as 'frames'.")
        return [*self.frames, b""]

    def decoded(self, pieces: Iterable[bytes], **arguments: Any) -> list[Any]:
        """Return what a decoder makes of a stream, to its end.

        Args:
            pieces: The stream, cut.
            **arguments: What the decoder is told beside what all tests tell it.
        """
        assert self.decoder is not None
        decoder = self.make(self.decoder, {**self.decoder_arguments, **arguments})
        found: list[Any] = []
        for piece in pieces:
            found.extend(decoder.decode(piece))
        found.extend(decoder.flush())
        return found


def shown(found: Iterable[Any]) -> str:
    """Show values and bad frames for a message, not more than a person reads."""
    text = ", ".join("a bad frame" if isinstance(item, BadFrame) else repr(item) for item in found)
    return f"[{text if len(text) <= SHOWN else f'{text[:SHOWN]}…'}]"
