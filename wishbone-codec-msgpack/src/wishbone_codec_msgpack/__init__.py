"""MessagePack: a stream of objects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from wishbone.codec import BadFrame, Decoder, Encoder
from wishbone.error import InvalidData
from wishbone_codec_msgpack.splitter import ObjectSplitter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MsgpackDecoder", "MsgpackEncoder"]

_EVENT_TIME = 0
"""The extension type of Fluentd's EventTime: seconds and nanoseconds, of four bytes each."""


def _extension(kind: int, data: memoryview) -> datetime | msgspec.msgpack.Ext:
    if kind == _EVENT_TIME and len(data) == 8 and (nanoseconds := int.from_bytes(data[4:])) < 1_000_000_000:  # noqa: PLR2004
        moment = datetime.fromtimestamp(int.from_bytes(data[:4]), UTC)
        return moment.replace(microsecond=nanoseconds // 1000)
    return msgspec.msgpack.Ext(kind, bytes(data))


_decode = msgspec.msgpack.Decoder(ext_hook=_extension).decode
_encode = msgspec.msgpack.Encoder().encode


class MsgpackDecoder(Decoder):
    """Makes a value of each MessagePack object.

    Binary becomes bytes. A timestamp, and the EventTime of Fluentd, become a time in UTC, in microseconds.
    Extensions of other types stay `msgspec.msgpack.Ext`.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/spool/events.msgpack, decoder: {msgpack: {max_size: 65536}}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    An object fails when it is too long, when a text in it is not UTF-8, when a mapping has an invalid key,
    and when it is nested too deeply for Python. The objects after it are not affected. The byte 0xC1 cannot
    begin an object: it is an error, and the rest of the stream is not read.

    Args:
        max_size: Longest object in bytes.
    """

    def __init__(self, max_size: Annotated[int, Meta(ge=1)] = 1 << 20) -> None:
        """Start a stream."""
        self._splitter = ObjectSplitter(max_size)

    @property
    def desynchronized(self) -> bool:
        """Whether a byte came that cannot begin an object."""
        return self._splitter.desynchronized

    def decode(self, data: bytes) -> Iterable[Any]:
        """Return the values of the objects that the bytes complete."""
        return _values(self._splitter.split(data))

    def flush(self) -> Iterable[Any]:
        """Return a `BadFrame` for an object whose end is missing."""
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

    An event fails when its payload cannot be written as MessagePack, such as an integer of more than 64 bits.
    """

    content_type = "application/vnd.msgpack"

    def encode(self, value: Any) -> bytes:
        """Return a value as an object.

        Raises:
            InvalidData: It cannot be written as MessagePack.
        """
        try:
            return _encode(value)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            message = (
                f"The payload cannot be written as MessagePack: {error}. Use mappings, lists, texts, bytes"
                " and numbers of at most 64 bits."
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
                message = f"The MessagePack object cannot be read: {error}. Correct the sender."
                yield BadFrame(bytes(found), InvalidData(message))
            else:
                yield value
