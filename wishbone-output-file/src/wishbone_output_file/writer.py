"""Writer: the open files of a module, and what becomes of the events that are written to them."""

from __future__ import annotations

import errno
from collections import deque
from typing import TYPE_CHECKING

import gevent

from wishbone import clock
from wishbone.diagnostics.outage import Outage
from wishbone_output_file.open_file import EXHAUSTED, CannotOpenError, make_base
from wishbone_output_file.output_file import CannotWriteError, OutputFile
from wishbone_output_file.rotation import RETRY_SECONDS
from wishbone_output_file.syncer import Syncer

if TYPE_CHECKING:
    from wishbone.actor import Actor, EventBatch
    from wishbone.error import WishboneError
    from wishbone.event import Event
    from wishbone_output_file.output_file import FileOptions
    from wishbone_output_file.path_template import PathTemplate
    from wishbone_output_file.rotation import Rotation

IDLE_SECONDS = 60.0
"""Seconds after which a file without new events is closed."""

CLOSE_SECONDS = 3.0
"""Longest time in seconds of the last sync, when the module is closed."""


FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
"""The delay before a refused write is tried again: it doubles from the first to the longest."""


class Writer:
    """Finds the file of an event, and writes the files to which events were added."""

    def __init__(
        self,
        actor: Actor,
        paths: PathTemplate,
        options: FileOptions,
        rotation: Rotation,
        *,
        max_open: int,
        retry_for: float | None,
    ) -> None:
        """Open nothing yet.

        Args:
            actor: The module.
            paths: The path for an event.
            options: How files are written.
            rotation: When they are rotated.
            max_open: How many are open at once.
            retry_for: How many seconds an event waits for the end of an outage; None for no limit.
        """
        self.actor = actor
        self.paths = paths
        self.options = options
        self.rotation = rotation
        self.max_open = max_open
        self.keeps = False
        """Whether events outlive the consumer's call: they wait for others, or for a sync."""
        self.outage = Outage(actor.logging, retry_for)
        self.syncer = Syncer(self._settle)
        self._fixed: OutputFile | None = None
        self._files: dict[str, OutputFile] = {}
        self._dirty: list[OutputFile] = []
        self._failing: deque[tuple[Event, Exception]] = deque()
        self._batch: EventBatch
        self._written: list[Event] = []
        self._unsynced: deque[tuple[Event, CannotWriteError]] = deque()

    def open(self) -> None:
        """Open the file, if it is the same for all events. During an outage, the first event opens it.

        Raises:
            CannotOpenError: It cannot be opened, or the base folder cannot be made.
        """
        try:
            if self.paths.fixed is not None:
                self._open(self.paths.fixed.path)
            else:
                make_base(self.paths.base, self.options.mode)
        except CannotOpenError as error:
            if error.code not in EXHAUSTED:
                raise
            self._refused(error)

    def add(self, events: EventBatch) -> None:
        """Add events to those to write to their files; write when enough have come together."""
        self._batch, self._written = events, []
        keeps = self.keeps
        for event in events:
            try:
                file = self._fixed or self._wait_for_file(event)
                frame = file.encode(event.data)
            except Exception as error:  # noqa: BLE001 - an error of this event only
                self.actor.fail(event, error)
                continue
            if keeps and event.acknowledgement is not None:
                event.acknowledgement.retain()
            self._collect(file, event, frame)

    def write(self) -> None:
        """Write the events that were added, each file in one write. During an outage, wait for its end."""
        since, attempt = clock.monotonic(), 1
        while (refusal := self._write_dirty()) is not None:
            if self.outage.is_too_long(since):
                self._give_up(refusal)
            else:
                self._pause(refusal, attempt)
                attempt += 1
        while self.syncer.full:
            self._sync()
        self._fail()

    def sync(self) -> None:
        """Sync what was written, and settle it. During an outage, wait for its end."""
        self._sync()
        self._fail()

    def maintain(self) -> None:
        """Rotate files that are old enough, and close those that are not needed."""
        for file in list(self._files.values()):
            self.rotation.limit_due(file)
            if not file.events and not self._rotate_if_due(file) and self._is_unused(file):
                self._forget(file)

    def close(self) -> None:
        """Write and sync the rest, close the files, and settle the events that fail."""
        refusal = self._write_dirty()
        if refusal is not None:
            self._give_up(refusal)
        for file in list(self._files.values()):
            self._forget(file)
        self.syncer.sync(CLOSE_SECONDS)
        self.syncer.close()
        self._failing.extend(self._unsynced)
        if self._failing:
            self.actor.logging.warning(f"{len(self._failing)} events could not be written at the end.")
        while self._failing:
            event, error = self._failing.popleft()
            self._release(event, error)

    def _collect(self, file: OutputFile, event: Event, frame: bytes) -> None:
        if not file.events:
            self._dirty.append(file)
        file.frames.append(frame)
        file.events.append(event)
        file.room -= len(frame)
        if file.room <= 0:
            self.write()

    def _sync(self) -> None:
        """Sync what was written. What the disk did not accept is written again: the system has dropped it."""
        since, attempt = clock.monotonic(), 1
        self.syncer.sync()
        while self._unsynced:
            _, error = self._unsynced[0]
            if self.outage.is_too_long(since):
                self._give_up(error)
                return
            self._pause(error, attempt)
            attempt += 1
            self._write_again()
            self.syncer.sync()
        if attempt > 1 and not self._dirty:
            self._recovered()

    def _write_again(self) -> None:
        while self._unsynced:
            event, failure = self._unsynced.popleft()
            outcome: Exception | None = failure  # if this greenlet is killed meanwhile
            try:
                file = self._fixed or self._wait_for_file(event)
                frame = file.encode(event.data)
                outcome = None
            except Exception as error:  # noqa: BLE001 - an error of this event only
                outcome = error
            finally:
                if outcome is not None:
                    self._failing.append((event, outcome))
            if outcome is None:
                self._collect(file, event, frame)
        self.write()

    def _wait_for_file(self, event: Event) -> OutputFile:
        """Return the open file for an event. During an outage, wait for its end."""
        since, attempt = clock.monotonic(), 1
        while True:
            try:
                file = self._find(event)
            except CannotOpenError as error:
                if not error.temporary or self.outage.is_too_long(since):
                    raise
                if error.code in {errno.EMFILE, errno.ENFILE} and self._free_descriptors():
                    continue
                self._pause(error, attempt)
                attempt += 1
            else:
                if attempt > 1 and not self._dirty:
                    self._recovered()
                return file

    def _find(self, event: Event) -> OutputFile:
        """Return the open file for an event."""
        if self.paths.fixed is not None:
            return self._open(self.paths.fixed.path)
        path = self.paths.render(event)
        return self._files.get(path) or self._open(path)

    def _open(self, key: str) -> OutputFile:
        path = self.paths.fixed or self.paths.check(key)
        while len(self._files) >= self.max_open:
            self._close_oldest()
        file = self._files[key] = OutputFile(key, path, self.options, self.syncer)
        self.rotation.begin(file)
        if self._rotate_if_due(file):
            file = self._files[key] = OutputFile(key, path, self.options, self.syncer)
        if self.paths.fixed is not None:
            self._fixed = file
        return file

    def _close_oldest(self) -> None:
        oldest = min(self._files.values(), key=lambda file: file.used)
        if oldest.events:
            self.write()
        self._forget(oldest)

    def _free_descriptors(self) -> bool:
        """Write and close all files; return whether there were any."""
        self.write()
        unused = [file for file in self._files.values() if not file.events]
        for file in unused:
            self._forget(file)
        return bool(unused)

    def _write_dirty(self) -> WishboneError | None:
        """Try to write each file to which events were added.

        Returns:
            Why events must wait, if some must.
        """
        dirty, self._dirty = self._dirty, []
        refusal = None
        for file in dirty:
            result = file.write()
            if result.events:
                self.syncer.add(file.opened, result.events)
            self._failing.extend(result.failed)
            if result.refusal is None:
                self._rotate_if_due(file)
            elif isinstance(result.refusal, CannotOpenError) and not result.refusal.temporary:
                self._drop(file, result.refusal)
            else:
                refusal = result.refusal
                self._dirty.append(file)
        if refusal is None and dirty and not self._unsynced:
            self._recovered()
        return refusal

    def _pause(self, refusal: WishboneError, attempt: int) -> None:
        """Wait before the next attempt. A stop does not end this: there may be room before its deadline."""
        self._refused(refusal)
        try:
            written, self._written = self._written, []
            for event in written:  # they do not wait with the others of their batch
                self._batch.succeed(event)
            gevent.sleep(min(FIRST_PAUSE_SECONDS * 2.0 ** min(attempt - 1, 60), LONGEST_PAUSE_SECONDS))
        except BaseException:
            # The deadline of a stop: the engine settles the events of this batch, which are written no more.
            self._give_up(refusal)
            raise

    def _refused(self, refusal: WishboneError) -> None:
        limit = self.outage.retry_for
        self.outage.refused(f"{refusal} Events wait{'' if limit is None else f' for up to {limit:g} s'}.")

    def _recovered(self) -> None:
        self.outage.over("Files can be written again: no more events wait.")

    def _give_up(self, refusal: WishboneError) -> None:
        """Fail the events that wait to be written, or to be written again."""
        self._failing.extend(self._unsynced)
        self._unsynced.clear()
        dirty, self._dirty = self._dirty, []
        for file in dirty:
            self._drop(file, refusal)

    def _drop(self, file: OutputFile, error: WishboneError) -> None:
        """Fail the events that a file has collected, and close it."""
        self._failing.extend((event, error) for event in file.take()[1])
        self._forget(file)

    def _rotate_if_due(self, file: OutputFile) -> bool:
        """Rotate a file if it is due; return whether it was closed because no new one could be opened."""
        if not self.rotation.is_due(file):
            return False
        try:
            self.rotation.rotate(file)
        except CannotOpenError as error:
            self.actor.logging.error(f"After a rotation: {error}")
            self._forget(file)
            return True
        except OSError as error:
            self.actor.logging.error(
                f"{file.path.path!r} cannot be rotated: {error}. It grows; the next attempt is in"
                f" {RETRY_SECONDS:g} s. Give this process the right to rename files in that folder."
            )
        return False

    def _is_unused(self, file: OutputFile) -> bool:
        if self._fixed is None and clock.monotonic() - file.used > IDLE_SECONDS:
            return True
        try:
            return file.moved
        except OSError:
            return True  # opening it again reports the error

    def _forget(self, file: OutputFile) -> None:
        """Close a file. The next event for it opens it again."""
        if self._files.get(file.key) is file:
            del self._files[file.key]
            file.close()
        if self._fixed is file:
            self._fixed = None

    def _settle(self, events: list[Event], error: OSError | None) -> None:
        """Acknowledge events that are written and, if required, synced."""
        if error is not None:
            failure = CannotWriteError(f"The disk did not accept written data: {error}. Check the disk.")
            self._unsynced.extend((event, failure) for event in events)
            return
        self._written.extend(events)
        if self.keeps:
            for event in events:
                self._release(event)

    def _fail(self) -> None:
        """Fail events, as if the consumer had raised the error for each."""
        while self._failing:
            event, error = self._failing.popleft()
            outcome: BaseException | None = error  # if this greenlet is killed meanwhile
            try:
                outcome = self.actor.fail(event, error)
            finally:
                self._release(event, outcome)

    def _release(self, event: Event, error: BaseException | None = None) -> None:
        if self.keeps and event.acknowledgement is not None:
            event.acknowledgement.release(error)
