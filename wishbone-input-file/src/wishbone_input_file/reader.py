"""Reader: opens files where it left them, notices what became of them, and hands on their lines."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import gevent

from wishbone import clock
from wishbone.checkpoint import Checkpointer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wishbone.actor import Actor
    from wishbone_input_file.delivery import Delivery
    from wishbone_input_file.line import Line
    from wishbone_input_file.position import Place, Positions
    from wishbone_input_file.tail import Tail
    from wishbone_input_file.watch import Watch

GRACE = 5.0
"""Seconds that a file which was renamed is read on after it grew last: its writer may not know yet."""


class Reader:
    """Reads the files of a module."""

    def __init__(
        self,
        actor: Actor,
        watch: Watch,
        positions: Positions,
        delivery: Delivery,
        drained: Callable[[], object],
    ) -> None:
        """Prepare it.

        Args:
            actor: The module.
            watch: Finds the files.
            positions: Remembers where it stood in them.
            delivery: What the lines are given to.
            drained: Called each time no line of a file whose position is kept is in flight any more.
        """
        self.actor = actor
        self.logging = actor.logging
        self._watch = watch
        self._positions = positions
        self._delivery = delivery
        self._drained = drained

    @property
    def pending(self) -> int:
        """How many lines of files whose position is kept are not settled."""
        return sum(tail.pending for tail in self._watch.tails.values())

    def open_renamed(self) -> None:
        """Open what was renamed while nobody looked: its rest comes first."""
        for path in self._positions.renamed(self._watch.identities()):
            self.open(path, renamed=True)

    def open(self, path: str, *, at_end: bool = False, renamed: bool = False) -> Tail | None:
        """Open a file where it was left, or else at its beginning or its end.

        Args:
            path: The file.
            at_end: Whether to pass over what is in a file that is not known.
            renamed: Whether it is opened only because it was left.
        """
        tail = self._watch.open(path)
        if tail is None:
            return None
        place = self._positions.take(tail.identity)
        try:
            resumed = place is not None and self._resume(tail, place)
        except OSError as error:
            self._put_back(tail, place, error)
            return None
        if renamed and not resumed:
            self._watch.forget(tail)  # another file that was given the inode
            return None
        if place is None and at_end:
            self._skip(tail)
        elif place is not None and not resumed:
            self.logging.notice(
                f"{path!r} is not the file that was read before: it is read from its beginning."
            )
        self._track(tail)
        return tail

    def look(self) -> None:
        """Notice what changed; what was renamed is read to its end before what took its name is opened."""
        for tail in self._watch.listed():
            if tail.left is None and tail.unreadable:
                self._try_again(tail)
            if tail.left is None and tail.rewritten:
                self._begin_anew(tail)
        opened = self._watch.look()
        for tail in self._watch.listed():
            if tail.left is not None:
                self._leave(tail)
        for path in opened:
            if self.actor.loop():
                self.open(path)

    def read_a_round(self) -> bool:
        """Read a block of each file, and return whether there was any."""
        read = [self._read(tail) for tail in self._watch.listed() if self.actor.loop()]
        return any(read)

    def read_to_the_end(self, tail: Tail) -> None:
        """Read one file, and close it."""
        while self.actor.loop() and self._read(tail):
            self._delivery.retry()
            gevent.sleep(0)
        if self.actor.loop():
            self._finish(tail)
        tail.close()

    def _resume(self, tail: Tail, place: Place) -> bool:
        """Go on where a file was left, and return whether it is that file."""
        if not tail.resume(place):
            return False
        if place.decoder != tail.framing.fingerprint:
            self.logging.notice(
                f"{tail.path!r} was read with another 'decoder' before: it is read from its beginning."
            )
        return True

    def _put_back(self, tail: Tail, place: Place | None, error: OSError) -> None:
        """Close a file that was opened and cannot be read: it is opened again, where it was left."""
        assert place is not None
        self._positions.put_back(place)
        self._watch.forget(tail)
        self._watch.complain(tail.path, f"cannot be read: {error.strerror or error}")

    def _try_again(self, tail: Tail) -> None:
        """Open a file anew that could not be read on."""
        try:
            tail.reopen()
        except OSError as error:
            self._complain(tail, error)

    def _skip(self, tail: Tail) -> None:
        """Pass over the lines that are there; one that is not complete is none of them."""
        try:
            while (blocks := tail.blocks()) is not None:
                for block in blocks:
                    tail.splitter.skip(block)
                gevent.sleep(0)
        except (OSError, zlib.error) as error:
            self._abandon(tail, error)

    def _track(self, tail: Tail) -> None:
        if not self._positions.kept:
            return

        def failed(line: Line, error: BaseException) -> None:
            self._delivery.failed(tail, committer, line, error)

        tail.committer = committer = Checkpointer(tail.splitter.mark(), failed, self._drained)

    def _begin_anew(self, tail: Tail) -> None:
        self.logging.notice(f"{tail.path!r} was truncated: it is read from its beginning.")
        self._finish(tail)
        tail.rewind()
        self._track(tail)

    def _leave(self, tail: Tail) -> None:
        """Read a file that has left its name to its end, and close it when nothing comes any more."""
        while self.actor.loop() and self._read(tail):
            gevent.sleep(0)
        if not self.actor.loop() or clock.monotonic() - tail.grown < GRACE:
            return
        self._finish(tail)
        if not tail.pending:
            if not tail.deleted:
                self._positions.keep(tail.place)
            self._watch.forget(tail)

    def _read(self, tail: Tail) -> bool:
        """Read a block of a file, and return whether there was one."""
        if tail.done:
            return False
        try:
            blocks = tail.blocks()
            if blocks is None:
                return False
            self._watch.complain(tail.path, "")
            for block in blocks:
                self._deliver(tail, tail.splitter.split(block))
        except (OSError, zlib.error) as error:
            self._abandon(tail, error)
        tail.grown = clock.monotonic()
        return True

    def _finish(self, tail: Tail) -> None:
        """Submit a last line that has no end."""
        if tail.done:
            return
        tail.done = True
        try:
            self._deliver(tail, tail.finish())
        except EOFError as error:
            self._complain(tail, error)
        except (OSError, zlib.error) as error:
            self._abandon(tail, error)

    def _abandon(self, tail: Tail, error: Exception) -> None:
        """Leave a file: what is damaged, until it is written anew; what cannot be read, until it can be."""
        tail.done = True
        tail.damaged = isinstance(error, zlib.error)
        tail.unreadable = not tail.damaged
        self._complain(tail, error)

    def _complain(self, tail: Tail, error: Exception) -> None:
        self._watch.complain(
            tail.path, f"cannot be read to its end: {error}. The other files are read on", self.logging.error
        )

    def _deliver(self, tail: Tail, lines: Iterable[Line]) -> None:
        if tail.committer is None:
            self._delivery.submit(tail.path, lines)
        else:
            self._delivery.submit_tracked(tail, tail.committer, lines)
