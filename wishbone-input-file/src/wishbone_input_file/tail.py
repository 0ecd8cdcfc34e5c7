"""Tail: one open file, from where it is read on to where it ends for now."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from typing import TYPE_CHECKING

from wishbone_input_file.gzip import MAGIC, Gzip
from wishbone_input_file.position import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wishbone.checkpoint import Checkpointer
    from wishbone_input_file.framing import Framing
    from wishbone_input_file.line import Line

BLOCK = 1 << 16
"""Bytes that are read at a time."""

HEAD = 1024
"""Bytes at the beginning of a file that tell it from another one that got its inode."""

Identity = tuple[int, int]
"""Device and inode: what stays the same when a file is renamed."""


class Tail:
    """One open file. What it is called may change, and that there is more to read."""

    def __init__(self, path: str, framing: Framing) -> None:
        """Open a file.

        Args:
            path: Where it stands now.
            framing: How what it holds is cut.

        Raises:
            OSError: It cannot be opened, or is no regular file.
        """
        self.path = path
        self.framing = framing
        self._descriptor, self.identity = _open(path)
        self.left: float | None = None
        self.grown = 0.0
        self.committer: Checkpointer[Line] | None = None
        self.rewind()

    def rewind(self) -> None:
        """Begin at the beginning, as if nothing had been read."""
        self.done = False
        self.damaged = False
        self.unreadable = False
        self._read = 0
        self._head = b""
        self._skip = 0
        self._gzip: Gzip | None = None
        self._plain = False
        self.splitter = self.framing.splitter()

    def return_to(self, path: str) -> None:
        """Note what it is called now: where it had left its name, it is read on."""
        self.path = path
        if self.left is not None:
            self.left = None
            self.done = self.damaged or self.unreadable

    def reopen(self) -> None:
        """Open it anew and go on, where it could not be read: a descriptor may be stale for ever.

        Raises:
            OSError: It cannot be opened, or another file has its name.
        """
        descriptor, identity = _open(self.path)
        if identity != self.identity:
            os.close(descriptor)
            message = "another file has its name"
            raise OSError(message)
        os.close(self._descriptor)
        self._descriptor = descriptor
        self.unreadable = self.done = False

    def resume(self, place: Place) -> bool:
        """Go on where an earlier run stood; with another decoder, which counts otherwise, at the beginning.

        Returns:
            Whether the file is still the one that the place is in.

        Raises:
            OSError: It cannot be read.
        """
        head = os.pread(self._descriptor, place.head, 0)
        if len(head) < place.head or _fingerprint(head) != place.fingerprint:
            return False
        self._decide()
        size = os.fstat(self._descriptor).st_size
        if self._gzip is None and size < place.offset:
            return False
        self._head = head
        if place.decoder != self.framing.fingerprint:
            return True
        if not place.decoder and self._gzip is None:
            self._read = place.offset
        elif not place.decoder:
            self._skip = place.offset
        self.splitter = self.framing.splitter(place.line, place.offset)
        return True

    def blocks(self) -> Iterator[bytes] | None:
        """Read the next block.

        Returns:
            Its text, in pieces; None at the end of the file.

        Raises:
            OSError: It cannot be read.
            zlib.error: It is damaged gzip: raised by the iterator.
        """
        if not self._decide():
            return None
        block = os.pread(self._descriptor, BLOCK, self._read)
        if not block:
            return None
        self._note_head(block)
        self._read += len(block)
        return iter((block,)) if self._gzip is None else self._decompress(self._gzip, block)

    def finish(self) -> Iterable[Line]:
        """Return what is left as a line, if anything is: nothing is written to the file any more.

        Raises:
            EOFError: The file is gzip and ends too early.
        """
        if self._gzip is not None and not self._gzip.complete:
            message = (
                f"it ends in the middle of compressed data; {self.splitter.unfinished} bytes of a line that"
                " is not complete are left out"
            )
            raise EOFError(message)
        if self._gzip is None and not self._plain:
            self._plain = True
            for block in self.blocks() or ():
                return [*self.splitter.split(block), *self.splitter.finish()]
        return self.splitter.finish()

    @property
    def rewritten(self) -> bool:
        """Whether the file has become shorter than what was read, or begins with something else."""
        try:
            if os.fstat(self._descriptor).st_size < self._read:
                return True
            return os.pread(self._descriptor, len(self._head), 0) != self._head
        except OSError:
            return False  # reading on says why

    @property
    def deleted(self) -> bool:
        """Whether it is known to have no name any more."""
        try:
            return os.fstat(self._descriptor).st_nlink == 0
        except OSError:
            return False

    @property
    def pending(self) -> int:
        """How many of its lines are not settled, where its position is kept."""
        return 0 if self.committer is None else self.committer.pending

    @property
    def place(self) -> Place:
        """Up to where everything is settled; where that is not kept, up to where lines were cut."""
        line = self.splitter.mark() if self.committer is None else self.committer.committed
        fingerprint = _fingerprint(self._head)
        decoder = self.framing.fingerprint
        return Place(self.path, *self.identity, line.end, line.number, len(self._head), fingerprint, decoder)

    def close(self) -> None:
        """Close the file; what it stands for stays known."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _decide(self) -> bool:
        """Look whether the file is compressed, once enough of it is there to tell."""
        if not self._plain and self._gzip is None:
            head = os.pread(self._descriptor, len(MAGIC), 0)
            if head == MAGIC and self.framing.expands:
                self._gzip = Gzip()
            elif head == MAGIC or not MAGIC.startswith(head):
                self._plain = True
        return self._plain or self._gzip is not None

    def _note_head(self, block: bytes) -> None:
        known = len(self._head)
        if known < HEAD and self._read <= known:
            self._head += block[known - self._read : HEAD - self._read]

    def _decompress(self, gzip: Gzip, block: bytes) -> Iterator[bytes]:
        for text in gzip.decode(block):
            skipped = text[self._skip :]
            self._skip = max(0, self._skip - len(text))
            if skipped:
                yield skipped


def identify(path: str, status: os.stat_result) -> Identity:
    """Return what tells a file from others.

    Raises:
        OSError: It is no regular file.
    """
    if not stat.S_ISREG(status.st_mode):
        message = f"{path!r} is no regular file. Give files; what comes by a pipe is read with path '-'"
        raise OSError(message)
    return status.st_dev, status.st_ino


def _open(path: str) -> tuple[int, Identity]:
    # Without O_NONBLOCK, opening a named pipe that nobody writes to would never return.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return descriptor, identify(path, os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise


def _fingerprint(head: bytes) -> str:
    return sha256(head).hexdigest()
