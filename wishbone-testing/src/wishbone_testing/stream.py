"""What a decoder makes of bytes that arrive in pieces, and how much it keeps meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.codec import BadFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wishbone.codec import Decoder

__all__ = ["assert_same_whatever_the_cuts", "decode", "kept_bytes"]

SLACK = 512
"""Bytes that a decoder may keep in addition to a frame: a delimiter, an encoding name, a mark."""


def decode(decoder: Decoder, *pieces: bytes) -> list[Any]:
    """Return the values that a new decoder makes of a stream, which may be cut into pieces.

    A bad frame is returned as a text of its error and its first bytes, so that lists can be compared.
    """
    found = [_comparable(value) for piece in pieces for value in decoder.decode(piece)]
    found.extend(_comparable(value) for value in decoder.flush())
    return found


def assert_same_whatever_the_cuts(
    make: Callable[[], Decoder], pieces: Iterable[bytes], most: int | None = None
) -> list[Any]:
    """Decode a stream in pieces and as a whole, and return the values.

    Args:
        make: Creates a decoder.
        pieces: The stream, cut anywhere.
        most: The `max_size` of the decoder: the bytes it may keep in addition to the last piece.

    Raises:
        AssertionError: The values differ, or the decoder kept too much.
    """
    pieces = list(pieces)
    decoder = make()
    found: list[Any] = []
    for piece in pieces:
        found.extend(_comparable(value) for value in decoder.decode(piece))
        kept = kept_bytes(decoder)
        assert most is None or kept <= most + len(piece) + SLACK, f"{decoder!r} keeps {kept} bytes."
    found.extend(_comparable(value) for value in decoder.flush())
    whole = decode(make(), b"".join(pieces))
    assert found == whole, f"The pieces {pieces!r} became {found!r}, the whole {whole!r}."
    return found


def kept_bytes(thing: object) -> int:
    """Return the number of bytes in the texts and buffers that an object refers to, at any depth."""
    return _kept_bytes(thing, set())


def _kept_bytes(thing: object, seen: set[int]) -> int:
    if id(thing) in seen or isinstance(thing, type):
        return 0
    seen.add(id(thing))
    if isinstance(thing, (bytes, bytearray, str)):
        return len(thing)
    if isinstance(thing, (list, tuple, set, dict)):
        parts: Iterable[object] = [*thing.values(), *thing] if isinstance(thing, dict) else thing
    else:
        slots = (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()))
        parts = [*getattr(thing, "__dict__", {}).values(), *(getattr(thing, name, None) for name in slots)]
    return sum(_kept_bytes(part, seen) for part in parts)


def _comparable(value: Any) -> Any:
    return f"{value.error} {value.data!r}" if isinstance(value, BadFrame) else value
