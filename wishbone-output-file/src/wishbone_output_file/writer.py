"""Writer: the open files of a module, what is written to them, and what becomes of the events."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from wishbone import clock
from wishbone_output_file.opening import CannotOpenError, make_base
from wishbone_output_file.rotation import PAUSE
from wishbone_output_file.stream import CannotWriteError, Stream
from wishbone_output_file.syncer import NoSync, Syncer

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone.event import Event
    from wishbone_output_file.place import Places
    from wishbone_output_file.rotation import Rotation
    from wishbone_output_file.stream import Terms

IDLE_SECONDS = 60.0
"""Seconds after which a file is closed to which nothing came."""

CLOSE_SECONDS = 3.0
"""Seconds that the last sync may take, once the module is being closed."""


class Writer:
    """Finds the file of an event, and writes those to which something came."""

    def __init__(self, actor: Actor, places: Places, terms: Terms, rotation: Rotation, max_open: int) -> None:
        """Open nothing yet.

        Args:
            actor: The module.
            places: Finds the place for an event.
            terms: How files are written.
            rotation: When they are rotated.
            max_open: How many are open at once.
        """
        self.actor = actor
        self.places = places
        self.terms = terms
        self.rotation = rotation
        self.max_open = max_open
        self.fixed: Stream | None = None
        self.dirty: list[Stream] = []
        self._streams: dict[str, Stream] = {}
        self._failing: deque[tuple[Event, Exception]] = deque()
        self._syncer: Syncer | NoSync = NoSync(self._settle)

    def sync_first(self) -> None:
        """Sync what is written before its events are acknowledged."""
        self._syncer = Syncer(self._settle)

    def open(self) -> None:
        """Open the file, if there is one for all events.

        Raises:
            CannotOpenError: It cannot be opened, or the folder of the files to come cannot be made.
        """
        if self.places.fixed is not None:
            self._open(self.places.fixed.path)
        else:
            make_base(self.places.base, self.terms.mode)

    def find(self, event: Event) -> Stream:
        """Return the open file for an event.

        Raises:
            InvalidData: It has none, or its path is refused.
            CannotOpenError: The file cannot be opened.
        """
        if self.places.fixed is not None:
            return self._open(self.places.fixed.path)
        path = self.places.find(event)
        return self._streams.get(path) or self._open(path)

    def write(self) -> None:
        """Write what came, to each file in one write; events of which nothing could be written fail."""
        self._write_dirty()
        while self._syncer.full:
            self._syncer.sync()
        self._fail()

    def write_one(self, event: Event, *, synced: bool) -> None:
        """Write the one event that came, and raise if that cannot be done.

        Args:
            event: The event.
            synced: Whether to sync it, too.
        """
        self._write_dirty()
        if synced:
            self._syncer.sync()
        for failure in self._failing:
            if failure[0] is event:
                self._failing.remove(failure)
                if event.acknowledgement is not None:
                    event.acknowledgement.release()
                raise failure[1]
        self._fail()

    def sync(self) -> None:
        """Sync what was written, and settle it."""
        self._syncer.sync()
        self._fail()

    def wait_for_sync(self) -> None:
        """Wait until there is something to sync, or until woken."""
        self._syncer.wait()

    def wake(self) -> None:
        """Let who waits for something to sync see that the module is to stop."""
        self._syncer.wake()

    def look(self) -> None:
        """Rotate files that are old enough, and close those that nobody needs."""
        for stream in list(self._streams.values()):
            self.rotation.look(stream)
            if not stream.frames and not self._rotated_away(stream) and self._is_left(stream):
                self._forget(stream)

    def close(self) -> None:
        """Write and sync what is left, close the files, and settle the events that fail now."""
        self._write_dirty()
        for stream in list(self._streams.values()):
            self._forget(stream)
        self._syncer.sync(CLOSE_SECONDS)
        self._syncer.close()
        if self._failing:
            self.actor.logging.warning(f"{len(self._failing)} events could not be written at the end.")
        while self._failing:
            event, error = self._failing.popleft()
            if event.acknowledgement is not None:
                event.acknowledgement.release(error)

    def _open(self, path: str) -> Stream:
        place = self.places.fixed or self.places.check(path)
        while len(self._streams) >= self.max_open:
            self._close_oldest()
        stream = self._streams[path] = Stream(path, place, self.terms, self._syncer)
        self.rotation.begin(stream)
        if self._rotated_away(stream):
            stream = self._streams[path] = Stream(path, place, self.terms, self._syncer)
        if self.places.fixed is not None:
            self.fixed = stream
        return stream

    def _close_oldest(self) -> None:
        oldest = min(self._streams.values(), key=lambda stream: stream.used)
        if oldest.frames:
            self._write_dirty()
        self._forget(oldest)

    def _write_dirty(self) -> None:
        dirty = self.dirty[:]
        self.dirty.clear()
        for stream in dirty:
            written = stream.write()
            if written.events:
                self._syncer.add(stream.opened, written.events)
            self._failing.extend(written.failed)
            if written.broken:
                self._forget(stream)
            else:
                self._rotated_away(stream)

    def _rotated_away(self, stream: Stream) -> bool:
        """Rotate a file if that is due; return whether there is no new one in its place."""
        if not self.rotation.is_due(stream):
            return False
        try:
            self.rotation.rotate(stream)
        except CannotOpenError as error:
            self.actor.logging.error(f"After a rotation {error}")
            self._forget(stream)
            return True
        except OSError as error:
            self.actor.logging.error(
                f"{stream.place.path!r} cannot be rotated: {error}. It grows on, and is tried again in"
                f" {PAUSE:g} s: give this process the right to rename files in that folder."
            )
        return False

    def _is_left(self, stream: Stream) -> bool:
        """Return whether nobody is likely to miss an open file."""
        if self.fixed is None and clock.monotonic() - stream.used > IDLE_SECONDS:
            return True
        try:
            return stream.moved
        except OSError:
            return True  # opening it again says why

    def _forget(self, stream: Stream) -> None:
        """Close a file. The next event for it opens it again."""
        if self._streams.get(stream.key) is stream:
            del self._streams[stream.key]
            stream.close()
        if self.fixed is stream:
            self.fixed = None

    def _settle(self, events: list[Event], error: OSError | None) -> None:
        """Acknowledge events that are written and, where that is asked for, synced."""
        if error is not None:
            failure = CannotWriteError(f"The disk did not take what was written: {error}. See to the disk.")
            self._failing.extend((event, failure) for event in events)
            return
        for event in events:
            if event.acknowledgement is not None:
                event.acknowledgement.release()

    def _fail(self) -> None:
        """Treat events as if the consumer had raised the error for each."""
        while self._failing:
            event, error = self._failing.popleft()
            left: BaseException | None = error  # for whoever kills this greenlet meanwhile
            try:
                left = self.actor.fail(event, error)
            finally:
                if event.acknowledgement is not None:
                    event.acknowledgement.release(left)
