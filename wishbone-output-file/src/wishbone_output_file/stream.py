"""Stream: one open file, and what is to be written to it."""

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
from wishbone_output_file.opening import last_byte, open_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.arguments import EncoderFactory
    from wishbone.event import Event
    from wishbone_output_file.place import Place
    from wishbone_output_file.syncer import NoSync, Syncer

BUFFER_BYTES = 1 << 16
"""Bytes that are written together at most, but for an event that has more."""

UNBOUNDED = sys.maxsize


class Terms(NamedTuple):
    """How the files of a module are written."""

    mode: int
    """The permissions of those that are made."""

    encoder: EncoderFactory
    """Makes an encoder for each stream of bytes."""

    max_size: int | None
    """Bytes after which one is to be rotated."""


class Written(NamedTuple):
    """What became of the events of one write."""

    events: list[Event]
    """Those that are in the file."""

    failed: list[tuple[Event, Exception]]
    """Those that are not, and why."""

    broken: bool = False
    """Whether the file is better opened anew."""


class CannotWriteError(WishboneError):
    """The disk is full, or gone. It is an error of the events that were to be written."""


class Stream:
    """Collects frames, and appends them to a file in one write.

    One write, and to a file opened for appending: several processes may write to it, and their events stay
    whole. A file that was renamed, removed or emptied by somebody else is noticed before each write.
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
        "place",
        "regular",
        "resting",
        "room",
        "size",
        "terms",
        "used",
    )

    def __init__(self, key: str, place: Place, terms: Terms, syncer: Syncer | NoSync) -> None:
        """Open the file.

        Args:
            key: What the path was rendered to.
            place: Where it stands.
            terms: How it is written.
            syncer: Told of files that are made, and of those that are to be closed.

        Raises:
            CannotOpenError: It cannot be opened.
        """
        self.key = key
        self.place = place
        self.terms = terms
        self.max_size = UNBOUNDED if terms.max_size is None else terms.max_size
        self.frames: list[bytes] = []
        self.events: list[Event] = []
        self.used = clock.monotonic()
        self.due = 0.0
        self.resting = 0.0
        self._syncer = syncer
        self._torn = False
        self._open()

    @property
    def full(self) -> bool:
        """Whether it has reached the size at which it is to be rotated."""
        return self.size >= self.max_size

    @property
    def moved(self) -> bool:
        """Whether another file stands in its place now, or none."""
        try:
            status = os.stat(self.place.path, follow_symlinks=self.place.trusted)  # noqa: PTH116
        except FileNotFoundError:
            return True
        return (status.st_dev, status.st_ino) != self.identity

    @property
    def changed(self) -> float:
        """When it was last written to, in seconds since 1970; now, if nothing is in it."""
        return os.fstat(self.opened.descriptor).st_mtime if self.size else clock.time()

    def write(self) -> Written:
        """Write what was collected. Of an event that fails, nothing is left in the file."""
        try:
            failed = self._encode_again() if self._must_begin_anew() else []
        except (OSError, WishboneError) as error:
            _, events = self._take()
            return Written([], [(event, error) for event in events], broken=True)
        frames, events = self._take()
        if self._whole and frames:
            frames = [b"".join([*frames, self._encoder.flush()])]
            self._begin(resumed=True)
        elif self._torn and frames:
            self._torn = False
            # Text goes on on a line of its own, where a process was killed in the middle of one.
            frames[0] = b"\n" * frames[0].endswith(b"\n") + frames[0]
        size, cause = self._append(b"".join(frames))
        self.used = clock.monotonic()
        if cause is not None:
            count, refused = self._cut_back(size, frames, cause)
            failed += [(event, refused) for event in events[count:]]
            return Written(events[:count], failed, broken=True)
        if self.regular:
            self.size += size
        self._make_room()
        return Written(events, failed)

    def reopen(self) -> None:
        """Open what stands in its place now, or make it anew.

        Raises:
            CannotOpenError: It cannot be opened; the old file stays open.
        """
        before = self.opened
        self._open()
        self._syncer.retire(before)

    def close(self) -> None:
        """Write no more."""
        self._syncer.retire(self.opened)

    def _open(self) -> None:
        self.opened = open_file(self.place, self.terms.mode)
        if self.opened.made:
            self._syncer.add_folder(self.opened)
        status = os.fstat(self.opened.descriptor)
        self.identity = (status.st_dev, status.st_ino)
        self.regular = stat.S_ISREG(status.st_mode)
        self.size = status.st_size
        self._torn = self.regular and self.size > 0 and last_byte(self.opened) != b"\n"
        self._begin(resumed=self.size > 0)
        self._make_room()

    def _begin(self, resumed: bool) -> None:
        """Begin a stream of bytes, in an empty file or behind what is there."""
        self._encoder = encoder = self.terms.encoder()
        if resumed:
            encoder.resume()
        self.encode: Callable[[Any], bytes] = encoder.encode
        # What has an end (compression) is ended with each write: without its end it could not be read.
        self._whole = type(encoder).flush is not Encoder.flush

    def _must_begin_anew(self) -> bool:
        """Look at what others have done to the file."""
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
        """Encode what was collected for a file that is not what it was: it may need a head."""
        failed: list[tuple[Event, Exception]] = []
        _, events = self._take()
        for event in events:
            try:
                self.frames.append(self.encode(event.data))
                self.events.append(event)
            except Exception as error:  # noqa: BLE001 - it is an error of this event, as when it came
                failed.append((event, error))
        return failed

    def _take(self) -> tuple[list[bytes], list[Event]]:
        taken = self.frames, self.events
        self.frames, self.events = [], []
        return taken

    def _append(self, data: bytes) -> tuple[int, OSError | None]:
        """Return how many bytes were written, and why not all."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self.opened.descriptor, rest) :]
            except OSError as error:
                return len(data) - len(rest), error
        return len(data), None

    def _cut_back(self, size: int, frames: list[bytes], cause: OSError) -> tuple[int, CannotWriteError]:
        """Remove what is there of a frame that was cut off.

        Returns:
            How many frames are whole, and the error of the others.
        """
        ends = [0, *accumulate(map(len, frames))]
        count = bisect_right(ends, size) - 1
        left = ""
        if size > ends[count] and not self._remove(size - ends[count]):
            left = " The beginning of an event is left in it, because others write to it too."
        message = f"{self.place.path!r} could not be written to: {cause.strerror}.{left} Make room there."
        error = CannotWriteError(message)
        error.__cause__ = cause
        return (0 if self._whole else count), error

    def _remove(self, size: int) -> bool:
        """Remove so many bytes at the end, if nobody else has written behind them."""
        descriptor = self.opened.descriptor
        end = os.lseek(descriptor, 0, os.SEEK_CUR)
        if os.fstat(descriptor).st_size == end:
            os.ftruncate(descriptor, end - size)
            return True
        return not self.regular

    def _make_room(self) -> None:
        self.room = min(BUFFER_BYTES, self.max_size - self.size)
