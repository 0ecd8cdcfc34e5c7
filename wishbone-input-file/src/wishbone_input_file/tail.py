"""Tail: one open file, and how far it was read."""

from __future__ import annotations

import os
import stat
import zlib
from typing import TYPE_CHECKING, ClassVar

import gevent

from wishbone import clock
from wishbone.codecs.gzip import MAGIC, GzipExpander
from wishbone_input_file.expander import Expander
from wishbone_input_file.fingerprint import HEAD, MARK, Fingerprint, Mark, digest
from wishbone_input_file.offset import FileState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.checkpoint import Checkpointer
    from wishbone_input_file.format import Format
    from wishbone_input_file.record import Record

BLOCK = 1 << 16
"""Bytes that are read at a time."""

Identity = tuple[int, int]
"""Device and inode: they stay the same when a file is renamed."""


class RewrittenError(Exception):
    """The file does not hold any more what was read: it was truncated or overwritten."""


class Tail:
    """One open file, which may be renamed and may grow."""

    open_total: ClassVar[int] = 0
    """Files of this class that are open in this process."""

    def __init__(self, path: str, form: Format) -> None:
        """Open a file.

        Args:
            path: Its path now.
            form: How its bytes become records.

        Raises:
            OSError: It cannot be opened, or is not a regular file.
        """
        self.form = form
        self.set_path(path)
        self._descriptor, self.identity = _open(path)
        Tail.open_total += 1
        self.renamed_at: float | None = None
        self.last_growth = clock.monotonic()
        self.checkpointer: Checkpointer[Record] | None = None
        self.rewind()

    def rewind(self) -> None:
        """Start from the beginning, as if nothing had been read."""
        self.finished = False
        self.damaged = False
        self.unreadable = False
        self._read = 0
        self._head = b""
        self._last = b""
        self._expander = Expander(expands=self.form.expands)
        self.fingerprint = Fingerprint()
        self.records = self.form.records(self.path)

    def set_path(self, path: str) -> None:
        """Set the path it has now."""
        self.path = path
        self.label = path_text(path)

    def restore_path(self, path: str) -> None:
        """Set the path it has now; if it had left the paths to read, it is read on."""
        self.set_path(path)
        if self.renamed_at is not None:
            self.renamed_at = None
            self.read_on()

    def read_on(self) -> None:
        """Expect more after its end."""
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

    def holds(self, state: FileState) -> bool:
        """Return whether the file contains what was read for a state.

        Raises:
            OSError: It cannot be read.
        """
        head, before = self._content(state.mark)
        if len(head) < state.head or digest(head[: state.head]) != state.fingerprint:
            return False
        if state.mark and digest(before) != state.mark_fingerprint:
            return False
        return self.compressed or self.size >= state.offset

    def read_head(self) -> bytes:
        """Return its first bytes of text.

        Raises:
            OSError: It cannot be read.
        """
        return self._content(0)[0]

    def resume(self, state: FileState) -> None:
        """Go on where a state ends; from the beginning, if that is of another decoder.

        Raises:
            OSError: It cannot be read.
        """
        if state.decoder != self.form.fingerprint:
            return
        head = before = b""
        if not state.decoder:
            head, before = self._content(state.offset)
            mark = Mark(state.offset, before)
            self.fingerprint = Fingerprint(head[: min(HEAD, max(state.head, state.offset))], mark)
            if self.compressed:
                self._expander = Expander(expands=True, skip=state.offset)
            elif state.offset:
                self._expander = Expander(expands=False)
                self._read = state.offset
                self._head, self._last = self.fingerprint.head, mark.last
        self.records = self.form.records(self.path, state.line, state.offset, head, before)

    def read(self) -> Iterator[bytes] | None:
        """Read the next block.

        Returns:
            Its text, in pieces; None at the end of the file.

        Raises:
            OSError: It cannot be read.
            RewrittenError: It does not hold any more what was read.
            zlib.error: It is damaged gzip: raised by the iterator.
        """
        self.fingerprint.mark_before(self._settled.end)  # what is settled needs no marks
        known = len(self._last)
        # The bytes that were read last come with the new ones, to see whether they are still there.
        data = os.pread(self._descriptor, known + BLOCK, self._read - known)
        if not data.startswith(self._last):
            raise RewrittenError
        block = data[known:]
        if not block:
            return None
        if len(self._head) < HEAD and self._read <= len(self._head):
            self._head += block[len(self._head) - self._read : HEAD - self._read]
        self._read += len(block)
        self._last = data[-MARK:]
        return self._expand(block)

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
        self.fingerprint.update(rest)
        yield from self.records.decode(rest)
        yield from self.records.flush()

    @property
    def status(self) -> os.stat_result:
        """What the system says about it.

        Raises:
            OSError: It cannot be read.
        """
        return os.fstat(self._descriptor)

    @property
    def size(self) -> int:
        """Its size in bytes.

        Raises:
            OSError: It cannot be read.
        """
        return self.status.st_size

    @property
    def unread(self) -> int:
        """Bytes that were not read yet; negative if it was truncated.

        Raises:
            OSError: It cannot be read.
        """
        return self.size - self._read

    @property
    def removed(self) -> bool:
        """Whether it has no name any more.

        Raises:
            OSError: It cannot be read.
        """
        return self.status.st_nlink == 0

    @property
    def rewritten(self) -> bool:
        """Whether the file does not hold any more what was read."""
        try:
            if os.pread(self._descriptor, len(self._last), self._read - len(self._last)) != self._last:
                return True
            return os.pread(self._descriptor, len(self._head), 0) != self._head
        except OSError:
            return False  # the next read reports it

    @property
    def pending(self) -> int:
        """How many of its records are not settled, if they are tracked."""
        return 0 if self.checkpointer is None else self.checkpointer.pending

    @property
    def state(self) -> FileState:
        """How far all records are settled; if they are not tracked, how far they were read."""
        record = self._settled
        mark = self.fingerprint.mark_before(record.end)
        return FileState(
            path=self.path,
            device=self.identity[0],
            inode=self.identity[1],
            offset=record.end,
            line=record.number,
            head=len(self.fingerprint.head),
            fingerprint=digest(self.fingerprint.head),
            mark=mark.end,
            mark_fingerprint=digest(mark.last) if mark.end else "",
            decoder=self.form.fingerprint,
        )

    @property
    def _settled(self) -> Record:
        """The last record up to which all are settled; if they are not tracked, the last one."""
        return self.records.mark() if self.checkpointer is None else self.checkpointer.committed

    def close(self) -> None:
        """Close the file; its state stays known."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            Tail.open_total -= 1

    @property
    def compressed(self) -> bool:
        """Whether it is gzip that is expanded."""
        return self.form.expands and os.pread(self._descriptor, len(MAGIC), 0) == MAGIC

    def _content(self, offset: int) -> tuple[bytes, bytes]:
        """Return the first bytes of text, and the bytes before an offset; fewer, if there are not as many."""
        start = max(0, offset - MARK)
        if not self.compressed:
            return os.pread(self._descriptor, HEAD, 0), os.pread(self._descriptor, offset - start, start)
        head, before, end, read = b"", b"", 0, 0
        expander = GzipExpander()
        try:
            while end < max(offset, HEAD) and (block := os.pread(self._descriptor, BLOCK, read)):
                read += len(block)
                for text in expander.expand(block):
                    head += text[: HEAD - len(head)]
                    before = (before + text[: max(0, offset - end)])[-MARK:]
                    end += len(text)
                gevent.sleep(0)
        except zlib.error:
            pass  # reading it reports the damage
        return head, before if end >= offset else b""

    def _expand(self, block: bytes) -> Iterator[bytes]:
        for text in self._expander.expand(block):
            self.fingerprint.update(text)
            yield text


def path_text(path: str) -> str:
    """Return a path as text that can be written, whatever bytes the name has."""
    return os.fsencode(path).decode(errors="backslashreplace")


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
