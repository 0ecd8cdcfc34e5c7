"""Makes an event of each line of files, follows them, and remembers where it stood."""

from __future__ import annotations

import os
import stat
import zlib
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Literal

import gevent
from gevent.event import Event as Flag
from gevent.select import select
from msgspec import Meta

from wishbone.committer import Committer
from wishbone.error import ConfigError
from wishbone.module import InputModule
from wishbone_input_file.delivery import Delivery
from wishbone_input_file.gzip import MAGIC, Gzip
from wishbone_input_file.line import Splitter
from wishbone_input_file.position import Positions
from wishbone_input_file.tail import BLOCK
from wishbone_input_file.watch import Watch

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone_input_file.line import Line
    from wishbone_input_file.tail import Tail

__all__ = ["File"]

STANDARD_INPUT = 0
SAVE_SECONDS = 1.0
"""Seconds between two times that the positions are written."""

GRACE = 5.0
"""Seconds that a file which was renamed is read on after it grew last: its writer may not know yet."""

SETTLE_SECONDS = 10.0
"""Seconds that the end of all files waits for the next event to settle, to submit again what fails."""


class File(InputModule):
    r"""Makes an event of each line of files.

    It reads plain and gzip compressed files, told apart by their first bytes. Line ends, `\n` or
    `\r\n`, are no part of the event. Without `follow` it finishes at the end of the files, and the
    pipeline stops. With `follow` it goes on like `tail -F`: it waits for more and for files that appear
    later, reads a renamed file to its end first, and begins anew in one that was truncated.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/log/syslog, follow: true, position: /var/tmp/syslog.position}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    With `position` every line is delivered at least once, whatever dies: it goes on behind the last
    line up to which all were settled. A line that fails is submitted again after a growing pause.

    Where a line stood is in `tmp.<name of the module>`: `path`, `line` (from 1) and `offset` (bytes of
    text before it).

    Args:
        path: A path, a glob pattern (`**` reaches into folders), a list of them, or `-` for standard input.
        follow: Whether to go on at the end of the files.
        start: `end` skips what is there at the first start. What appears later is read from its beginning.
        encoding: How the text is encoded; bytes that do not fit are replaced, and the lines counted.
        max_line: Bytes of the longest line. What is longer is cut, and comes through `failed`.
        poll: Seconds between two looks for changes.
        position: A file to remember in what was settled; not for standard input.
        retries: How often a line that failed is submitted again, before it is given up.
        pause: Seconds before the first time; they double with each, up to a minute.

    Queues:
        outbox: The lines, as text.
        failed: Lines that are too long, cut.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        path: str | Annotated[list[str], Meta(min_length=1)],
        follow: bool = False,
        start: Literal["beginning", "end"] = "beginning",
        encoding: str = "utf-8",
        max_line: Annotated[int, Meta(ge=1)] = 1 << 20,
        poll: Annotated[float, Meta(gt=0)] = 0.5,
        position: Annotated[str, Meta(min_length=1)] | None = None,
        retries: Annotated[int, Meta(ge=0)] = 10,
        pause: Annotated[float, Meta(ge=0)] = 1,
    ) -> None:
        """Bring lines out by `outbox`."""
        super().__init__(config)
        paths = [path] if isinstance(path, str) else path
        self.pool.createQueue("outbox")
        self.follow = follow
        self.start_at_end = start == "end"
        self.poll = poll
        self.max_line = max_line
        self._check_encoding(encoding)
        self._standard_input = "-" in paths
        if self._standard_input and position is not None:
            message = f"Module {self.name!r}: standard input has no 'position' to go on from: leave one out."
            raise ConfigError(message)
        self.delivery = Delivery(self, "outbox", encoding, retries, pause)
        self._positions = None if position is None else Positions(position)
        self._watch = Watch([path for path in paths if path != "-"], max_line, self.logging)
        self._ended = Flag()
        self._closed = False

    def preHook(self) -> None:
        """Find the files, and where an earlier run stood in them.

        Raises:
            ConfigError: A path is missing, and nobody said to wait for it.
            OSError: The positions cannot be written.
        """
        first = self._positions is None
        if self._positions is not None:
            self._positions.load()
            first = not self._positions.found
        if not self.follow:
            self._check_presence()
        self._open_renamed()
        for path in self._watch.look() if self.follow else ():
            self._open(path, at_end=first and self.start_at_end)
        self.start_at_end = first and self.start_at_end
        if self._positions is not None:
            self._save()
            self.sendToBackground(self.keep_position)
        if self._standard_input:
            self.sendToBackground(self.read_standard_input)
        if self._watch.patterns:
            self.sendToBackground(self.follow_files if self.follow else self.read_files)

    def read_files(self) -> None:
        """Read each file to its end, one after the other."""
        for tail in list(self._watch.tails.values()):
            self._read_to_the_end(tail)
        for path in self._watch.look():
            if self.loop():
                opened = self._open(path, at_end=self.start_at_end)
                if opened is not None:
                    self._read_to_the_end(opened)
        self._wait_until_settled()
        self._ended.set()

    def follow_files(self) -> None:
        """Read what there is and look for changes, until the module is to stop."""
        looked = 0.0
        while self.loop():
            if monotonic() - looked >= self.poll:
                self._look()
                looked = monotonic()
            self.delivery.retry()
            if self._read_a_round():
                gevent.sleep(0)
            else:
                self.sleep(self.poll)
        self._ended.set()

    def keep_position(self) -> None:
        """Write the positions now and then."""
        while self.loop() and not self._ended.wait(SAVE_SECONDS):
            self._save()

    def read_standard_input(self) -> None:
        """Read standard input to its end, without making the others wait for it."""
        splitter = Splitter(self.max_line)
        regular = stat.S_ISREG(os.fstat(STANDARD_INPUT).st_mode)
        gzip: Gzip | None = None
        head: bytes | None = b""
        while self.loop():
            if not regular and not select([STANDARD_INPUT], [], [], self.poll)[0]:
                continue
            block = os.read(STANDARD_INPUT, BLOCK)
            ended = not block
            if head is not None:
                block = head + block
                if not ended and len(block) < len(MAGIC) and MAGIC.startswith(block):
                    head = block
                    continue
                gzip = Gzip() if block.startswith(MAGIC) else None
                head = None
            try:
                for text in [block] if gzip is None else gzip.decode(block):
                    self.delivery.submit("-", splitter.split(text))
            except zlib.error as error:
                self.logging.error(f"Standard input is damaged gzip: {error}. What comes after is not read.")  # noqa: TRY400 - the message says it
                return
            if ended:
                break
            gevent.sleep(0)
        if gzip is not None and not gzip.complete and self.loop():
            self.logging.error("Standard input is gzip that ends too early.")
        else:
            self.delivery.submit("-", splitter.finish())

    def postHook(self) -> None:
        """Write the positions, and close the files."""
        self._closed = True
        if self.delivery.undecodable_total:
            self.logging.warning(f"{self.delivery.undecodable_total} lines had bytes that were replaced.")
        try:
            self._save()
        finally:
            for tail in self._watch.tails.values():
                tail.close()

    def _check_encoding(self, encoding: str) -> None:
        """Refuse what is no encoding, and encodings whose newline is not the one byte that is looked for."""
        try:
            fits = "\n".encode(encoding) == b"\n" and b"\xff\n".decode(encoding, "replace").endswith("\n")
        except (LookupError, UnicodeError):
            fits = False
        if not fits:
            message = (
                f"Module {self.name!r}: lines cannot be read as {encoding!r}: give an 'encoding' of Python"
                " that has the newline of ASCII, such as utf-8 or latin-1."
            )
            raise ConfigError(message)

    def _check_presence(self) -> None:
        for pattern, paths in self._watch.find().items():
            if not paths:
                message = (
                    f"There is no file {pattern!r}: correct 'path', or give 'follow: true' to wait for it."
                )
                raise ConfigError(message)
            for path in paths:
                if not os.path.isfile(path) or not os.access(path, os.R_OK):  # noqa: PTH113 - paths stay as written
                    message = f"{path!r} is no file that can be read: correct 'path', or its permissions."
                    raise ConfigError(message)

    def _open_renamed(self) -> None:
        """Open what was renamed while nobody looked: its rest comes first."""
        if self._positions is None:
            return
        present = set()
        for paths in self._watch.find().values():
            for path in paths:
                try:
                    status = os.stat(path)  # noqa: PTH116 - paths stay as they were written
                except OSError:
                    continue
                present.add((status.st_dev, status.st_ino))
        for path in self._positions.renamed(present):
            tail = self._open(path, at_end=False)
            if tail is not None and tail.splitter.offset == 0:
                self._watch.forget(tail)  # another file that was given the inode

    def _open(self, path: str, *, at_end: bool) -> Tail | None:
        tail = self._watch.open(path)
        if tail is None:
            return None
        place = self._positions.take(tail.identity) if self._positions is not None else None
        if place is not None:
            if not tail.resume(place):
                self.logging.notice(
                    f"{path!r} is not the file that was read before: it is read from its beginning."
                )
        elif at_end:
            self._skip(tail)
        self._track(tail)
        return tail

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
        if self._positions is None:
            return

        def failed(line: Line, error: BaseException) -> None:
            self.delivery.failed(tail, committer, line, error)

        tail.committer = committer = Committer(tail.splitter.mark(), failed, self._save_at_last)

    def _look(self) -> None:
        """Notice what changed; what was renamed is read to its end before what took its name is opened."""
        for tail in list(self._watch.tails.values()):
            if tail.left is None and not tail.done and tail.rewritten:
                self.logging.notice(f"{tail.path!r} was truncated: it is read from its beginning.")
                self._finish(tail)
                tail.rewind()
                tail.done = False
                self._track(tail)
        opened = self._watch.look()
        for tail in list(self._watch.tails.values()):
            if tail.left is not None:
                self._leave(tail)
        for path in opened:
            if self.loop():
                self._open(path, at_end=False)

    def _leave(self, tail: Tail) -> None:
        """Read a file that has left its name to its end, and forget it when nothing comes any more."""
        while self.loop() and self._read(tail):
            gevent.sleep(0)
        if not self.loop() or monotonic() - tail.grown < GRACE:
            return
        self._finish(tail)
        if tail.committer is None or not tail.committer.pending:
            self._watch.forget(tail)

    def _read_a_round(self) -> bool:
        """Read a block of each file, and return whether there was any."""
        read = [self._read(tail) for tail in list(self._watch.tails.values()) if self.loop()]
        return any(read)

    def _read_to_the_end(self, tail: Tail) -> None:
        while self.loop() and self._read(tail):
            self.delivery.retry()
            gevent.sleep(0)
        if self.loop():
            self._finish(tail)
        tail.close()

    def _read(self, tail: Tail) -> bool:
        """Read a block of a file, and return whether there was one."""
        if tail.done:
            return False
        try:
            blocks = tail.blocks()
            if blocks is None:
                return False
            for block in blocks:
                self._deliver(tail, tail.splitter.split(block))
        except (OSError, zlib.error) as error:
            self._abandon(tail, error)
        tail.grown = monotonic()
        return True

    def _finish(self, tail: Tail) -> None:
        """Submit a last line that has no end."""
        if tail.done:
            return
        tail.done = True
        try:
            lines = tail.finish()
        except (OSError, EOFError, zlib.error) as error:
            self._abandon(tail, error)
        else:
            self._deliver(tail, lines)

    def _abandon(self, tail: Tail, error: Exception) -> None:
        tail.done = True
        self.logging.error(f"{tail.path!r} cannot be read to its end: {error}. The other files are read on.")

    def _deliver(self, tail: Tail, lines: list[Line]) -> None:
        if tail.committer is None:
            self.delivery.submit(tail.path, lines)
        else:
            self.delivery.submit_tracked(tail, lines)

    def _wait_until_settled(self) -> None:
        """Wait for what is in flight, to submit again what fails; not for ever, it may wait for the end."""
        patience, before = monotonic() + SETTLE_SECONDS, -1
        while self.loop() and (pending := self._pending) and monotonic() < patience:
            self.delivery.retry()
            if pending != before or self.delivery.waiting:
                patience, before = monotonic() + SETTLE_SECONDS, pending
            self.sleep(0.01)

    @property
    def _pending(self) -> int:
        committers = [tail.committer for tail in self._watch.tails.values()]
        return sum(committer.pending for committer in committers if committer is not None)

    def _save(self) -> None:
        if self._positions is not None:
            self._positions.save(self._watch.tails.values())

    def _save_at_last(self) -> None:
        """Write what settles after the module has closed: what is behind it in the pipeline stops later."""
        if not self._closed:
            return
        try:
            self._save()
        except OSError as error:
            self.logging.error(f"The positions cannot be written: {error}. Lines will come twice.")  # noqa: TRY400 - the message says it
