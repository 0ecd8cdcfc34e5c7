"""Credentials: secrets that a client may show, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEY = os.urandom(32)


class Credentials:
    """Knows secrets without keeping them.

    What is compared are keyed digests: they have one length, and nobody outside can choose their bytes.
    """

    __slots__ = ("_digests",)

    def __init__(self, secrets: Iterable[bytes]) -> None:
        """Take their digests."""
        self._digests = [_digest(secret) for secret in secrets]

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self._digests)

    def hold(self, shown: bytes) -> bool:
        """Return whether what is shown is one of them. All are looked at, whichever it is."""
        digest = _digest(shown)
        matches = [hmac.compare_digest(digest, known) for known in self._digests]
        return any(matches)


def _digest(secret: bytes) -> bytes:
    return hashlib.blake2b(secret, key=_KEY).digest()
