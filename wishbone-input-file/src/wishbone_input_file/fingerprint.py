"""Fingerprint: identifies a file by content: its first bytes, and the last bytes that were read."""

from __future__ import annotations

from collections import deque
from hashlib import sha256
from typing import NamedTuple

HEAD = 1024
"""Bytes at the beginning of the text that identify it."""

MARK = 256
"""Bytes before an offset that identify what was read up to there."""


STEP = 4096
"""Bytes between two marks: more than `MARK`."""


class Mark(NamedTuple):
    """A point up to which a file was read."""

    end: int
    """Bytes of text before it."""

    last: bytes
    """The last of them, up to `MARK`."""


class Fingerprint:
    """Follows the text of a file while it is read."""

    def __init__(self, head: bytes = b"", mark: Mark | None = None) -> None:
        """Start in a file.

        Args:
            head: Its first bytes, up to `HEAD`.
            mark: The point from which it is read on; the beginning, if it is not given.
        """
        self.head = head
        self._passed = mark or Mark(0, b"")
        self._marks: deque[Mark] = deque()

    @property
    def mark(self) -> Mark:
        """The point up to which the file was read."""
        return self._marks[-1] if self._marks else self._passed

    def update(self, text: bytes) -> None:
        """Add text that was read."""
        end, last = self.mark
        known = len(self.head)
        if known < HEAD and end <= known:
            self.head += text[known - end : HEAD - end]
        for at in range(STEP, len(text), STEP):
            self._marks.append(Mark(end + at, text[at - MARK : at]))
        self._marks.append(Mark(end + len(text), (last + text[-MARK:])[-MARK:]))

    def mark_before(self, offset: int) -> Mark:
        """Return the last mark up to an offset, which must not decrease between two calls."""
        while self._marks and self._marks[0].end <= offset:
            self._passed = self._marks.popleft()
        return self._passed


def digest(content: bytes) -> str:
    """Return the SHA-256 of some content."""
    return sha256(content).hexdigest()
