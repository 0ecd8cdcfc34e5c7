"""OutputFile: one open file, and the events to write to it."""

from __future__ import annotations

import errno
import os
import stat
import sys
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from wishbone import clock
from wishbone.codec import Encoder
from wishbone.error import WishboneError
from wishbone_output_file.open_file import CannotOpenError, cure_of, open_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.arguments import EncoderFactory
    from wishbone.event import Event
    from wishbone_output_file.path_template import FilePath
    from wishbone_output_file.syncer import Syncer

BUFFER_BYTES = 1 << 16
"""Most bytes that are written together, except for one larger event."""

BEGINNING_BYTES = 1 << 16
"""Bytes at the beginning of a file that its encoder gets to see: a CSV header, for example."""

UNBOUNDED = sys.maxsize


class FileOptions(NamedTuple):
    """How the files of a module are written."""

    mode: int
    """Permissions of new files."""

    encoder: EncoderFactory
    """Makes an encoder for each file."""

    max_size: int | None
    """Size in bytes at which a file is rotated."""


class WriteResult(NamedTuple):
    """The outcome of one write."""

    events: list[Event]
    """The events that are in the file."""

    failed: list[tuple[Event, Exception]]
    """The events that cannot be encoded, and why."""

    refusal: WishboneError | None = None
    """Why the others could not be written: they are still collected, to be written later."""


class CannotWriteError(WishboneError):
    """The disk is full, or gone."""


class OutputFile:
    """Collects encoded events, and appends them to a file in one write.

    Because it is one write to a file opened for appending, several processes may write to the file without
    mixing their events. It notices before each write if the file was renamed, removed or emptied.
    """

    __slots__ = (
        "_beginning",
        "_encoder",
        "_suspended",
        "_syncer",
        "_torn",
        "_whole",
        "due",
        "encode",
        "events",
        "frames",
        "identity",
        "key",
        "max_size",
        "opened",
        "options",
        "path",
        "regular",
        "retry_after",
        "room",
        "size",
        "used",
    )

    def __init__(self, key: str, path: FilePath, options: FileOptions, syncer: Syncer) -> None:
        """Open the file.

        Args:
            key: The path as the template rendered it.
            path: The path.
            options: How it is written.
            syncer: Syncs the folder of a new file, and closes files.

        Raises:
            CannotOpenError: It cannot be opened.
        """
        self.key = key
        self.path = path
        self.options = options
        self.max_size = UNBOUNDED if options.max_size is None else options.max_size
        self.frames: list[bytes] = []
        self.events: list[Event] = []
        self.used = clock.monotonic()
        self.due = 0.0
        self.retry_after = 0.0
        self._syncer = syncer
        self._torn = False
        self._suspended = False
        self._open()

    @property
    def full(self) -> bool:
        """Whether it has reached the size at which it is rotated."""
        return self.size >= self.max_size

    @property
    def moved(self) -> bool:
        """Whether its path belongs to another file now, or to none."""
        try:
            status = os.stat(self.path.path, follow_symlinks=self.path.trusted)  # noqa: PTH116
        except FileNotFoundError:
            return True
        return (status.st_dev, status.st_ino) != self.identity

    @property
    def changed(self) -> float:
        """When it was last written to, in seconds since 1970; now, if it is empty."""
        return os.fstat(self.opened.descriptor).st_mtime if self.size else clock.time()

    def write(self) -> WriteResult:
        """Write the collected events. Nothing of an event that is not written is left in the file."""
        try:
            failed = self._prepare()
        except CannotOpenError as error:
            return self._refuse([], [], error)
        except OSError as error:
            return self._refuse([], [], self._error(error))
        frames, events = self.take()
        if self._whole and frames:
            frames = [b"".join([*frames, self._encoder.flush()])]
            self._begin(resumed=True, beginning=self._beginning or frames[0][:BEGINNING_BYTES])
        elif self._torn and frames:
            self._torn = False
            # A process was killed in the middle of a line: start a new one.
            frames[0] = b"\n" * frames[0].endswith(b"\n") + frames[0]
        size, cause = self._append(b"".join(frames))
        self.used = clock.monotonic()
        if cause is not None:
            count, refusal = self._cut_back(size, frames, cause)
            if cause.errno == errno.EFBIG and not self.size and not count and not self._whole:
                failed.append((events[0], refusal))  # larger than a whole file can be
                del events[0]
            self.events = events[count:]
            return self._refuse(events[:count], failed, refusal)
        if self.regular:
            self.size += size
        self._make_room()
        return WriteResult(events, failed)

    def take(self) -> tuple[list[bytes], list[Event]]:
        """Return what was collected, and begin with nothing."""
        taken = self.frames, self.events
        self.frames, self.events = [], []
        return taken

    def reopen(self) -> None:
        """Open the file that has its path now, or make a new one.

        Raises:
            CannotOpenError: It cannot be opened; the old file stays open.
        """
        before = self.opened
        self._open()
        self._syncer.retire(before)

    def close(self) -> None:
        """Close the file."""
        if not self._suspended:
            self._syncer.retire(self.opened)

    def _refuse(
        self, written: list[Event], failed: list[tuple[Event, Exception]], refusal: WishboneError
    ) -> WriteResult:
        """Close the file, so that its file system can be repaired, and keep what was not written."""
        if not self._suspended:
            # After the events that are written, whose sync needs the descriptor.
            self._suspended = True
            self._syncer.add(self.opened, written)
            self._syncer.retire(self.opened)
        return WriteResult([], failed, refusal)

    def _prepare(self) -> list[tuple[Event, Exception]]:
        """Open the file that has the path, and encode again what another encoder began.

        Returns:
            The events that cannot be encoded now.
        """
        if self._suspended:
            self._open()
            self._suspended = False
        elif not self._has_changed():
            return []
        return self._encode_again()

    def _open(self) -> None:
        opened = open_file(self.path, self.options.mode)
        try:
            status = os.fstat(opened.descriptor)
            regular = stat.S_ISREG(status.st_mode)
            self._torn = regular and status.st_size > 0 and opened.is_torn()
            beginning = opened.read(BEGINNING_BYTES) if regular and status.st_size else b""
        except OSError as error:
            opened.close()
            raise CannotOpenError(str(self._error(error)), error.errno, temporary=True) from error
        self.opened = opened
        if opened.made:
            self._syncer.add_folder(opened)
        self.identity = (status.st_dev, status.st_ino)
        self.regular = regular
        self.size = status.st_size
        self._begin(resumed=self.size > 0, beginning=beginning)
        self._make_room()

    def _begin(self, *, resumed: bool, beginning: bytes = b"") -> None:
        """Make an encoder, for an empty file or to append to one."""
        self._encoder = encoder = self.options.encoder()
        if resumed:
            encoder.resume(beginning)
        self.encode: Callable[[Any], bytes] = encoder.encode
        # An encoder that must be flushed (compression) is flushed at each write: otherwise it cannot be read.
        self._whole = type(encoder).flush is not Encoder.flush
        self._beginning = beginning if self._whole else b""

    def _has_changed(self) -> bool:
        """Return whether the file was exchanged or emptied; if it was, prepare the new one."""
        if self.moved:
            self.reopen()
            return True
        size = os.fstat(self.opened.descriptor).st_size
        emptied = size == 0 and self.size > 0
        self.size = size
        if emptied:
            self._begin(resumed=False)
        return emptied

    def _encode_again(self) -> list[tuple[Event, Exception]]:
        """Encode the collected events for a changed file, which may need a header."""
        failed: list[tuple[Event, Exception]] = []
        _, events = self.take()
        for event in events:
            try:
                self.frames.append(self.encode(event.data))
                self.events.append(event)
            except Exception as error:  # noqa: BLE001 - an error of this event
                failed.append((event, error))
        return failed

    def _append(self, data: bytes) -> tuple[int, OSError | None]:
        """Return how many bytes were written, and the error if not all were."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self.opened.descriptor, rest) :]
            except OSError as error:
                return len(data) - len(rest), error
        return len(data), None

    def _cut_back(self, size: int, frames: list[bytes], cause: OSError) -> tuple[int, CannotWriteError]:
        """Remove an incomplete frame from the end of the file.

        Returns:
            How many frames are complete, and the error of the others.
        """
        ends = [0, *accumulate(map(len, frames))]
        count = bisect_right(ends, size) - 1
        left = ""
        if size > ends[count] and not self._remove(size - ends[count]):
            left = " The beginning of an event is left in it, because other processes write to it too."
        return (0 if self._whole else count), self._error(cause, left)

    def _error(self, cause: OSError, left: str = "") -> CannotWriteError:
        cure = cure_of(cause, "Check the file system")
        error = CannotWriteError(f"Cannot write to {self.path.path!r}: {cause.strerror}.{left} {cure}.")
        error.__cause__ = cause
        return error

    def _remove(self, size: int) -> bool:
        """Remove bytes at the end, unless another process has written after them."""
        descriptor = self.opened.descriptor
        end = os.lseek(descriptor, 0, os.SEEK_CUR)
        if os.fstat(descriptor).st_size == end:
            os.ftruncate(descriptor, end - size)
            return True
        return not self.regular

    def _make_room(self) -> None:
        self.room = min(BUFFER_BYTES, self.max_size - self.size)
