"""Hashes of values."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["make_hash"]


def make_hash(algorithm: str, secret: str | None = None) -> Callable[[Any], str]:
    """Return a function that hashes a value to hexadecimal digits.

    Text is hashed as UTF-8, bytes as they are, anything else as JSON with sorted names.

    Args:
        algorithm: A name that `hashlib` knows.
        secret: With a secret, the hash is an HMAC (RFC 2104).
    """
    if secret is None:
        return lambda value: hashlib.new(algorithm, _bytes_of(value), usedforsecurity=False).hexdigest()
    key = secret.encode()
    return lambda value: hmac.new(key, _bytes_of(value), algorithm).hexdigest()


def _bytes_of(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    return value if isinstance(value, bytes) else msgspec.json.encode(value, order="sorted")
