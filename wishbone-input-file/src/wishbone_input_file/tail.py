"""Tail: one open file, and how far it was read."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from typing import TYPE_CHECKING

from wishbone.codecs.gzip import MAGIC
from wishbone_input_file.expander import Expander
from wishbone_input_file.offset import FileState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.checkpoint import Checkpointer
    from wishbone_input_file.format import Format
    from wishbone_input_file.record import Record

BLOCK = 1 << 16
"""Bytes that are read at a time."""

HEAD = 1024
"""Bytes at the beginning of a file that distinguish it from another file with its inode."""

Identity = tuple[int, int]
"""Device and inode: they stay the same when a file is renamed."""


class Tail:
    """One open file, which may be renamed and may grow."""

    def __init__(self, path: str, form: Format) -> None:
        """Open a file.

        Args:
            path: Its path now.
            form: How its bytes become records.

        Raises:
            OSError: It cannot be opened, or is not a regular file.
        """
        self.path = path
        self.form = form
        self._descriptor, self.identity = _open(path)
        self.renamed_at: float | None = None
        self.last_growth = 0.0
        self.checkpointer: Checkpointer[Record] | None = None
        self.rewind()

    def rewind(self) -> None:
        """Start from the beginning, as if nothing had been read."""
        self.finished = False
        self.damaged = False
        self.unreadable = False
        self._read = 0
        self._head = b""
        self._expander = Expander(expands=self.form.expands)
        self.records = self.form.records(self.path)

    def restore_path(self, path: str) -> None:
        """Set the path it has now; if it had left the paths to read, it is read on."""
        self.path = path
        if self.renamed_at is not None:
            self.renamed_at = None
            self.finished = self.damaged or self.unreadable

    def reopen(self) -> None:
        """Open a file again that could not be read: its descriptor may be stale.

        Raises:
            OSError: It cannot be opened, or its path belongs to another file.
        """
        descriptor, identity = _open(self.path)
        if identity != self.identity:
            os.close(descriptor)
            message = "another file has its name"
            raise OSError(message)
        os.close(self._descriptor)
        self._descriptor = descriptor
        self.unreadable = self.finished = False

    def resume(self, state: FileState) -> bool:
        """Go on where an earlier run stopped; from the beginning, if that used another decoder.

        Returns:
            Whether the file is the one that the state describes.

        Raises:
            OSError: It cannot be read.
        """
        head = os.pread(self._descriptor, state.head, 0)
        if len(head) < state.head or _digest(head) != state.fingerprint:
            return False
        compressed = self.form.expands and head.startswith(MAGIC)
        if not compressed and os.fstat(self._descriptor).st_size < state.offset:
            return False
        self._head = head
        if state.decoder != self.form.fingerprint:
            return True
        if not state.decoder and compressed:
            self._expander = Expander(expands=True, skip=state.offset)
        elif not state.decoder and state.offset:
            self._expander = Expander(expands=False)
            self._read = state.offset
        self.records = self.form.records(self.path, state.line, state.offset)
        return True

    def read(self) -> Iterator[bytes] | None:
        """Read the next block.

        Returns:
            Its text, in pieces; None at the end of the file.

        Raises:
            OSError: It cannot be read.
            zlib.error: It is damaged gzip: raised by the iterator.
        """
        block = os.pread(self._descriptor, BLOCK, self._read)
        if not block:
            return None
        known = len(self._head)
        if known < HEAD and self._read <= known:
            self._head += block[known - self._read : HEAD - self._read]
        self._read += len(block)
        return self._expander.expand(block)

    def flush(self) -> Iterator[Record]:
        """Yield the records that are left: nothing more is written to the file.

        Raises:
            EOFError: The file is gzip and ends too early.
        """
        try:
            rest = self._expander.flush()
        except EOFError as error:
            message = f"{error}; {self.records.unfinished} bytes of an incomplete line are left out"
            raise EOFError(message) from None
        yield from self.records.decode(rest)
        yield from self.records.flush()

    @property
    def rewritten(self) -> bool:
        """Whether the file is shorter than what was read, or begins with other bytes."""
        try:
            if os.fstat(self._descriptor).st_size < self._read:
                return True
            return os.pread(self._descriptor, len(self._head), 0) != self._head
        except OSError:
            return False  # the next read reports it

    @property
    def deleted(self) -> bool:
        """Whether the file is known to have no name any more."""
        try:
            return os.fstat(self._descriptor).st_nlink == 0
        except OSError:
            return False

    @property
    def pending(self) -> int:
        """How many of its records are not settled, if they are tracked."""
        return 0 if self.checkpointer is None else self.checkpointer.pending

    @property
    def state(self) -> FileState:
        """How far all records are settled; if they are not tracked, how far they were read."""
        record = self.records.mark() if self.checkpointer is None else self.checkpointer.committed
        fingerprint, decoder = _digest(self._head), self.form.fingerprint
        return FileState(
            self.path, *self.identity, record.end, record.number, len(self._head), fingerprint, decoder
        )

    def close(self) -> None:
        """Close the file; its state stays known."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def identify(path: str, status: os.stat_result) -> Identity:
    """Return a file's identity.

    Raises:
        OSError: It is not a regular file.
    """
    if not stat.S_ISREG(status.st_mode):
        message = f"{path!r} is not a regular file. Give files; read a pipe with path '-'"
        raise OSError(message)
    return status.st_dev, status.st_ino


def _open(path: str) -> tuple[int, Identity]:
    # Without O_NONBLOCK, opening a named pipe without a writer would block.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return descriptor, identify(path, os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise


def _digest(head: bytes) -> str:
    return sha256(head).hexdigest()
