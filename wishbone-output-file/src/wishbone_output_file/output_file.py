"""OutputFile: one open file, and the events to write to it."""

from __future__ import annotations

import os
import stat
import sys
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from wishbone import clock
from wishbone.codec import Encoder
from wishbone.error import WishboneError
from wishbone_output_file.open_file import open_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.arguments import EncoderFactory
    from wishbone.event import Event
    from wishbone_output_file.path_template import FilePath
    from wishbone_output_file.syncer import Syncer

BUFFER_BYTES = 1 << 16
"""Most bytes that are written together, except for one larger event."""

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
    """The events that are not, and why."""

    broken: bool = False
    """Whether the file should be closed and opened again."""


class CannotWriteError(WishboneError):
    """The disk is full, or gone. The events that were to be written fail with this error."""


class OutputFile:
    """Collects encoded events, and appends them to a file in one write.

    Because it is one write to a file opened for appending, several processes may write to the file without
    mixing their events. It notices before each write if the file was renamed, removed or emptied.
    """

    __slots__ = (
        "_encoder",
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
        """Write the collected events. Nothing of an event that fails is left in the file."""
        try:
            failed = self._encode_again() if self._has_changed() else []
        except (OSError, WishboneError) as error:
            _, events = self._take()
            return WriteResult([], [(event, error) for event in events], broken=True)
        frames, events = self._take()
        if self._whole and frames:
            frames = [b"".join([*frames, self._encoder.flush()])]
            self._begin(resumed=True)
        elif self._torn and frames:
            self._torn = False
            # A process was killed in the middle of a line: start a new one.
            frames[0] = b"\n" * frames[0].endswith(b"\n") + frames[0]
        size, cause = self._append(b"".join(frames))
        self.used = clock.monotonic()
        if cause is not None:
            count, refused = self._cut_back(size, frames, cause)
            failed += [(event, refused) for event in events[count:]]
            return WriteResult(events[:count], failed, broken=True)
        if self.regular:
            self.size += size
        self._make_room()
        return WriteResult(events, failed)

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
        self._syncer.retire(self.opened)

    def _open(self) -> None:
        self.opened = open_file(self.path, self.options.mode)
        if self.opened.made:
            self._syncer.add_folder(self.opened)
        status = os.fstat(self.opened.descriptor)
        self.identity = (status.st_dev, status.st_ino)
        self.regular = stat.S_ISREG(status.st_mode)
        self.size = status.st_size
        self._torn = self.regular and self.size > 0 and self.opened.last_byte() != b"\n"
        self._begin(resumed=self.size > 0)
        self._make_room()

    def _begin(self, resumed: bool) -> None:
        """Make an encoder, for an empty file or to append to one."""
        self._encoder = encoder = self.options.encoder()
        if resumed:
            encoder.resume()
        self.encode: Callable[[Any], bytes] = encoder.encode
        # An encoder that must be flushed (compression) is flushed at each write: otherwise it cannot be read.
        self._whole = type(encoder).flush is not Encoder.flush

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
        _, events = self._take()
        for event in events:
            try:
                self.frames.append(self.encode(event.data))
                self.events.append(event)
            except Exception as error:  # noqa: BLE001 - an error of this event
                failed.append((event, error))
        return failed

    def _take(self) -> tuple[list[bytes], list[Event]]:
        taken = self.frames, self.events
        self.frames, self.events = [], []
        return taken

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
        message = f"Cannot write to {self.path.path!r}: {cause.strerror}.{left} Make room there."
        error = CannotWriteError(message)
        error.__cause__ = cause
        return (0 if self._whole else count), error

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
