"""MessagePack: objects one after the other, each of which tells its own length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from wishbone.codec import BadFrame, Decoder, Encoder
from wishbone.error import InvalidData
from wishbone_codec_msgpack.splitter import ObjectSplitter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MsgpackDecoder", "MsgpackEncoder"]

_decode = msgspec.msgpack.Decoder().decode
_encode = msgspec.msgpack.Encoder().encode


class MsgpackDecoder(Decoder):
    """Makes a value of each MessagePack object.

    Binary becomes bytes, a timestamp a time in UTC, and an extension of another type stays what it is
    (`msgspec.msgpack.Ext`).

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/spool/events.msgpack, decoder: {msgpack: {max_size: 65536}}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    An object fails when it is too long, when a text of it is not UTF-8, when a mapping has a key that
    cannot be one, and when it is nested too deep for Python. The next one is read as if nothing had been.
    Behind a byte that begins no object (0xC1) nobody can tell any more where one begins: it is an error,
    and what follows in the stream is not read.

    Args:
        max_size: Bytes of the longest object.
    """

    def __init__(self, max_size: Annotated[int, Meta(ge=1)] = 1 << 20) -> None:
        """Begin at the beginning of a stream."""
        self._splitter = ObjectSplitter(max_size)

    @property
    def desynchronized(self) -> bool:
        """Whether a byte came that begins no object."""
        return self._splitter.desynchronized

    def decode(self, data: bytes) -> Iterable[Any]:
        """Return the values of the objects that the bytes complete."""
        return _values(self._splitter.split(data))

    def flush(self) -> Iterable[Any]:
        """Tell of an object whose end is missing."""
        return self._splitter.finish()


class MsgpackEncoder(Encoder):
    """Writes a value as a MessagePack object.

    A time with a time zone becomes a timestamp.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada}, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {encoder: msgpack}
        routingtable:
          - input.outbox -> stdout.inbox

    An event fails when MessagePack has nothing for its payload, such as an integer of more than 64 bits.
    """

    content_type = "application/vnd.msgpack"

    def encode(self, value: Any) -> bytes:
        """Return a value as an object, which needs no delimiter.

        Raises:
            InvalidData: MessagePack has nothing for it.
        """
        try:
            return _encode(value)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            message = (
                f"The payload cannot be written as MessagePack: {error}. Make mappings, lists, texts, bytes"
                " and numbers of at most 64 bits of it."
            )
            raise InvalidData(message) from error


def _values(objects: Iterator[bytearray | BadFrame]) -> Iterator[Any]:
    for found in objects:
        if isinstance(found, BadFrame):
            yield found
        else:
            try:
                value = _decode(found)
            except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
                message = f"The MessagePack object cannot be read: {error}. The sender must mend it."
                yield BadFrame(bytes(found), InvalidData(message))
            else:
                yield value
