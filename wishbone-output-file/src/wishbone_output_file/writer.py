"""Writer: the open files of a module, and what becomes of the events that are written to them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from wishbone import clock
from wishbone_output_file.open_file import CannotOpenError, make_base
from wishbone_output_file.output_file import CannotWriteError, OutputFile
from wishbone_output_file.rotation import RETRY_SECONDS
from wishbone_output_file.syncer import Syncer

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone.event import Event
    from wishbone_output_file.output_file import FileOptions
    from wishbone_output_file.path_template import PathTemplate
    from wishbone_output_file.rotation import Rotation

IDLE_SECONDS = 60.0
"""Seconds after which a file without new events is closed."""

CLOSE_SECONDS = 3.0
"""Longest time in seconds of the last sync, when the module is closed."""


class Writer:
    """Finds the file of an event, and writes the files to which events were added."""

    def __init__(
        self, actor: Actor, paths: PathTemplate, options: FileOptions, rotation: Rotation, *, max_open: int
    ) -> None:
        """Open nothing yet.

        Args:
            actor: The module.
            paths: The path for an event.
            options: How files are written.
            rotation: When they are rotated.
            max_open: How many are open at once.
        """
        self.actor = actor
        self.paths = paths
        self.options = options
        self.rotation = rotation
        self.max_open = max_open
        self.keeps = False
        """Whether events outlive the consumer's call: they wait for others, or for a sync."""
        self.syncer = Syncer(self._settle)
        self._fixed: OutputFile | None = None
        self._files: dict[str, OutputFile] = {}
        self._dirty: list[OutputFile] = []
        self._failing: deque[tuple[Event, Exception]] = deque()

    def open(self) -> None:
        """Open the file, if it is the same for all events.

        Raises:
            CannotOpenError: It cannot be opened, or the base folder cannot be made.
        """
        if self.paths.fixed is not None:
            self._open(self.paths.fixed.path)
        else:
            make_base(self.paths.base, self.options.mode)

    def add(self, events: list[Event]) -> None:
        """Add events to those to write to their files; write when enough have come together."""
        keeps = self.keeps
        for event in events:
            try:
                file = self._fixed or self._find(event)
                frame = file.encode(event.data)
            except Exception as error:  # noqa: BLE001 - an error of this event only
                self.actor.fail(event, error)
                continue
            if keeps and event.acknowledgement is not None:
                event.acknowledgement.retain()
            if not file.events:
                self._dirty.append(file)
            file.frames.append(frame)
            file.events.append(event)
            file.room -= len(frame)
            if file.room <= 0:
                self.write()

    def write(self) -> None:
        """Write the events that were added, each file in one write, and fail those that cannot be written."""
        self._write_dirty()
        while self.syncer.full:
            self.syncer.sync()
        self._fail()

    def sync(self) -> None:
        """Sync what was written, and settle it."""
        self.syncer.sync()
        self._fail()

    def maintain(self) -> None:
        """Rotate files that are old enough, and close those that are not needed."""
        for file in list(self._files.values()):
            self.rotation.limit_due(file)
            if not file.events and not self._rotate_if_due(file) and self._is_unused(file):
                self._forget(file)

    def close(self) -> None:
        """Write and sync the rest, close the files, and settle the events that fail."""
        self._write_dirty()
        for file in list(self._files.values()):
            self._forget(file)
        self.syncer.sync(CLOSE_SECONDS)
        self.syncer.close()
        if self._failing:
            self.actor.logging.warning(f"{len(self._failing)} events could not be written at the end.")
        while self._failing:
            event, error = self._failing.popleft()
            self._release(event, error)

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
            self._write_dirty()
        self._forget(oldest)

    def _write_dirty(self) -> None:
        dirty, self._dirty = self._dirty, []
        for file in dirty:
            result = file.write()
            if result.events:
                self.syncer.add(file.opened, result.events)
            self._failing.extend(result.failed)
            if result.broken:
                self._forget(file)
            else:
                self._rotate_if_due(file)

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
            self._failing.extend((event, failure) for event in events)
        elif self.keeps:
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
