"""Reader: opens files where they were left, notices what happened to them, and submits their records."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import gevent

from wishbone import clock
from wishbone.actor import yield_if_due
from wishbone.checkpoint import Checkpointer
from wishbone_input_file.copies import Copies
from wishbone_input_file.idle import IdleFiles
from wishbone_input_file.rotated import RotatedFiles
from wishbone_input_file.tail import RewrittenError, Tail, path_text

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from wishbone.actor import Actor
    from wishbone_input_file.discovery import FileDiscovery
    from wishbone_input_file.format import Format
    from wishbone_input_file.offset import FileState, OffsetStore
    from wishbone_input_file.record import Record
    from wishbone_input_file.submitter import Submitter
    from wishbone_input_file.tail import Identity


class Reader:
    """Reads the files of a module."""

    def __init__(
        self,
        actor: Actor,
        form: Format,
        discovery: FileDiscovery,
        offsets: OffsetStore,
        submitter: Submitter,
        *,
        follow: bool,
        rotate_wait: float,
        flush_after: float | None,
        ignore_older: float | None,
        drained: Callable[[], object],
    ) -> None:
        """Open nothing yet; `drained` is called when no tracked record of a file is in flight any more."""
        self._follow = follow
        self._rotate_wait = rotate_wait
        self._flush_after = flush_after
        self._ignore_older = ignore_older
        self.rotated = RotatedFiles(actor.logging)
        self.idle = IdleFiles(offsets)
        self.deferred: dict[Identity, str] = {}
        """Files that wait for others to be closed."""
        self._copies = Copies(offsets)
        self.actor = actor
        self.logging = actor.logging
        self.tails: dict[Identity, Tail] = {}
        self._form = form
        self._discovery = discovery
        self._offsets = offsets
        self._submitter = submitter
        self._complaints = discovery.complaints
        self._drained = drained

    @property
    def pending(self) -> int:
        """How many tracked records are not settled."""
        return sum(tail.pending for tail in self.tails.values())

    def open_rest(self, *, final: bool = False) -> None:
        """Open files that were renamed, copied or compressed outside the paths before they were finished.

        Args:
            final: Whether what is not found now is gone.
        """
        present = self._discovery.find()
        for identity, paths in self._offsets.find_rest(present).items():
            readable = True
            for path in paths:
                if self._offsets.keeps(identity):
                    readable &= self._open_rest(path, identity, present)
            if final and readable and self._offsets.keeps(identity):
                self._offsets.note_gone(identity)

    def open_found(self, *, at_end: bool) -> None:
        """Open the files that exist.

        Args:
            at_end: Whether to skip the contents of those that are not known.
        """
        present = self._find_unopened()
        for identity, path in present.items():
            if identity not in self.tails and (at_end or not self._is_ignored(identity, path)):
                self._open(identity, path, present, at_end=at_end)
                yield_if_due()
        self.open_rest(final=True)

    def read_all(self, *, at_end: bool) -> None:
        """Read each file to its end, one after the other.

        Args:
            at_end: Whether to skip the contents of those that are not known.
        """
        for tail in list(self.tails.values()):
            self._read_to_end(tail)
        present = self._find_unopened()
        for identity, path in present.items():
            ignored = not at_end and self._is_ignored(identity, path)
            if identity not in self.tails and not ignored and self.actor.loop():
                opened = self._open(identity, path, present, at_end=at_end)
                if opened is not None:
                    self._read_to_end(opened)
        if self.actor.loop():
            before = {*self.tails}
            self.open_rest(final=True)
            for identity, tail in list(self.tails.items()):
                if identity not in before:
                    self._read_to_end(tail)

    def poll(self) -> None:
        """Notice changes. A renamed file is drained before the file that took its name is opened."""
        for tail in list(self.tails.values()):
            if tail.renamed_at is None and tail.unreadable:
                self._reopen(tail)
            if tail.renamed_at is None and tail.rewritten:
                self._restart(tail)
            self._flush_idle(tail)
            yield_if_due()
        present = self._find_unopened()
        self._take_late()
        if self.idle.take_missing(present):
            self.open_rest(final=True)
        for tail in list(self.tails.values()):
            if tail.renamed_at is not None:
                self._drain_rotated(tail)
        first = {identity: path for identity, path in self.deferred.items() if identity in present}
        self.deferred = {}
        for identity, path in {**first, **present}.items():
            ignored = identity in self.tails or self._is_ignored(identity, path)
            if not ignored and self.actor.loop():
                self._open(identity, path, present)
                yield_if_due()

    def read_blocks(self) -> bool:
        """Read a block of each file, and return whether there was any."""
        read = [self._read(tail) for tail in list(self.tails.values()) if self.actor.loop()]
        return any(read)

    def save(self) -> None:
        """Store how far each file is settled.

        Raises:
            WishboneError: That cannot be written.
        """
        self._offsets.save(tail.state for tail in self.tails.values() if tail.checkpointer is not None)

    def close(self) -> None:
        """Close all files."""
        for tail in self.tails.values():
            tail.close()
        self.rotated.close()

    def _find_unopened(self) -> dict[Identity, str]:
        """Return the files that are not open; note which open files were renamed or came back."""
        present = self._discovery.find()
        for identity, tail in self.tails.items():
            if identity in present:
                tail.restore_path(present[identity])
            elif tail.renamed_at is None:
                tail.renamed_at = tail.last_growth = clock.monotonic()
        return present

    def _is_ignored(self, identity: Identity, path: str) -> bool:
        """Return whether a file was read and has not changed, or not for too long and was not read."""
        if self.idle.is_unchanged(identity, path):
            return True
        if self._ignore_older is None or self._offsets.keeps(identity):
            return False
        try:
            return clock.time() - Path(path).stat().st_mtime > self._ignore_older
        except OSError:
            return False  # opening it reports the problem

    def _open(
        self, identity: Identity, path: str, present: Container[Identity], *, at_end: bool = False
    ) -> Tail | None:
        """Open a file where it was left, or else at its beginning or its end.

        Args:
            identity: The file.
            path: Its path.
            present: The files that exist under the paths to read.
            at_end: Whether to skip the contents of a file that is not known.
        """
        keep_unfinished = self._flush_after is not None
        if self._follow and not self.idle.make_room(self.tails, keep_unfinished=keep_unfinished):
            self.deferred[identity] = path
            return None
        tail = self._make_tail(path)
        if tail is None or tail.identity in self.tails:
            return None
        self.rotated.discard(tail.identity)
        known = self._offsets.keeps(tail.identity)
        try:
            if self._follow and self._copies.may_grow(tail, present, self.tails.values()):
                tail.close()
                return None
            state = self._offsets.claim(tail, present, self.tails.values())
            if state is not None:
                self._resume(tail, state)
        except OSError as error:
            tail.close()
            self._report_unopened(path, error)
            return None
        self.tails[tail.identity] = tail
        if state is None and known:
            self.logging.notice(
                f"{path!r} is not the file that was read before; it is read from its beginning."
            )
        elif state is None and at_end:
            self._skip(tail)
        self._track(tail)
        return tail

    def _open_rest(self, path: str, identity: Identity, present: Container[Identity]) -> bool:
        """Open a file if it has the rest of another one; return False if it cannot be read."""
        tail = self._make_tail(path)
        if tail is None or tail.identity in self.tails:
            return tail is not None
        state = None
        try:
            known = tail.identity != identity and self._offsets.keeps(tail.identity)
            if tail.identity not in present and not known:
                state = self._offsets.claim_rest(identity, tail)
            if state is None:
                tail.close()
                return True
            self._resume(tail, state)
        except OSError as error:
            if state is not None:
                self._offsets.keep(state)
            tail.close()
            self._report_unopened(path, error)
            return False
        self.tails[tail.identity] = tail
        self._track(tail)
        return True

    def _make_tail(self, path: str) -> Tail | None:
        try:
            tail = Tail(path, self._form)
        except OSError as error:
            self._report_unopened(path, error)
            return None
        if tail.identity in self.tails:
            tail.close()
        return tail

    def _resume(self, tail: Tail, state: FileState) -> None:
        tail.resume(state)
        if state.decoder != self._form.fingerprint:
            self.logging.notice(
                f"{tail.path!r} was read with another 'decoder' before; it is read from its beginning."
            )

    def _reopen(self, tail: Tail) -> None:
        try:
            tail.reopen()
        except OSError as error:
            self._report(tail, error)

    def _skip(self, tail: Tail) -> None:
        """Skip the complete lines that are there."""
        try:
            while (texts := tail.read()) is not None:
                for text in texts:
                    tail.records.skip(text)
                gevent.sleep(0)
        except (OSError, zlib.error) as error:
            self._abandon(tail, error)
        except RewrittenError:
            self._restart(tail)

    def _track(self, tail: Tail) -> None:
        if not self._offsets.kept:
            return

        def failed(record: Record, error: BaseException) -> None:
            self._submitter.failed(tail, checkpointer, record, error)

        tail.checkpointer = checkpointer = Checkpointer(tail.records.mark(), failed, self._drained)

    def _restart(self, tail: Tail) -> None:
        """Read a truncated file from its beginning; a copy of its old content is read on."""
        self.logging.notice(f"{tail.path!r} was truncated; it is read from its beginning.")
        self._finish(tail)
        self._offsets.keep_content(tail.state)
        tail.rewind()
        self._track(tail)
        self.open_rest()
        self._offsets.finish_contents()

    def _take_late(self) -> None:
        """Read on in finished files whose writers came late."""
        for tail in self.rotated.take_grown():
            tail.read_on()
            tail.last_growth = clock.monotonic()
            self._offsets.discard(tail.identity)
            self.tails[tail.identity] = tail

    def _drain_rotated(self, tail: Tail) -> None:
        """Read a renamed file to its end, and close it when it does not grow any more."""
        while self.actor.loop() and self._read(tail):
            gevent.sleep(0)
        if not self.actor.loop() or clock.monotonic() - tail.last_growth < self._rotate_wait:
            return
        self._finish(tail)
        if not tail.pending:
            self._offsets.keep(tail.state, finished=True)
            self.rotated.add(tail)
            del self.tails[tail.identity]

    def _read_to_end(self, tail: Tail) -> None:
        """Read one file, and close it."""
        while self.actor.loop() and self._read(tail):
            self._submitter.retry()
            gevent.sleep(0)
        if self.actor.loop():
            self._finish(tail)
        tail.close()

    def _read(self, tail: Tail) -> bool:
        """Read a block of a file, and return whether there was one."""
        if tail.finished:
            return False
        try:
            texts = tail.read()
            if texts is None:
                return False
            self._complaints.clear(tail.path)
            for text in texts:
                self._submit(tail, tail.records.decode(text))
        except RewrittenError:
            self._restart(tail)
        except (OSError, zlib.error) as error:
            self._abandon(tail, error)
        tail.last_growth = clock.monotonic()
        return True

    def _flush_idle(self, tail: Tail) -> None:
        """Submit a last line whose newline has not come for some time."""
        if self._flush_after is None or tail.finished or not tail.records.unfinished:
            return
        if clock.monotonic() - tail.last_growth >= self._flush_after:
            self._submit(tail, tail.records.flush_complete())

    def _finish(self, tail: Tail) -> None:
        """Submit a last line that has no newline."""
        if tail.finished:
            return
        tail.finished = True
        try:
            self._submit(tail, tail.flush())
        except EOFError as error:
            self._report(tail, error)

    def _abandon(self, tail: Tail, error: Exception) -> None:
        """Stop reading a file: until it is rewritten if it is damaged, until it is readable otherwise."""
        tail.finished = True
        tail.damaged = isinstance(error, zlib.error)
        tail.unreadable = not tail.damaged
        self._report(tail, error)

    def _report(self, tail: Tail, error: Exception) -> None:
        problem = f"cannot be read to its end: {error}. The other files are not affected"
        if self._follow and tail.unreadable:
            self._complaints.error(tail.path, problem)  # it may be readable later
        elif self._complaints.is_new(tail.path, problem):
            self._submitter.report_unread(
                tail.label, tail.records.unfinished_text, f"{tail.label!r} {problem}."
            )

    def _report_unopened(self, path: str, error: OSError) -> None:
        problem = f"cannot be read: {error.strerror or error}"
        if self._follow:
            self._complaints.warn(path, problem)
        elif self._complaints.is_new(path, problem):
            self._submitter.report_unread(path_text(path), "", f"{path_text(path)!r} {problem}.")

    def _submit(self, tail: Tail, records: Iterable[Record]) -> None:
        self._submitter.submit(tail, records, tail.checkpointer)
