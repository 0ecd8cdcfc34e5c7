"""Makes an event of each line or record of files, follows them, and remembers where it stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import gevent
from gevent.event import Event as Flag
from msgspec import Meta

from wishbone import clock
from wishbone.arguments import DecoderFactory
from wishbone.error import ConfigError, WishboneError
from wishbone.module import InputModule
from wishbone_input_file.decoder import Decoder
from wishbone_input_file.delivery import Delivery, RecordDelivery
from wishbone_input_file.framing import Framing
from wishbone_input_file.position import Positions
from wishbone_input_file.reader import Reader
from wishbone_input_file.standard_input import StandardInput
from wishbone_input_file.watch import Watch

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

__all__ = ["File"]

SAVE_SECONDS = 1.0
"""Seconds between two times that the positions are written."""

SETTLE_SECONDS = 10.0
"""Seconds that the end of all files waits for the next event to settle, to submit again what fails."""


class File(InputModule, replays=lambda file: file.position is not None and file.retries > 0):
    r"""Makes an event of each line of files, or of what a decoder makes of them.

    It reads plain and gzip compressed files, told apart by their first bytes. Line ends, `\n` or
    `\r\n`, are no part of the event. Without `follow` it finishes at the end of the files, and the
    pipeline stops. With `follow` it goes on like `tail -F`: it waits for more and for files that appear
    later, reads a renamed file to its end first, and begins anew in one that was truncated. A file that
    may be rotated more than once while nobody reads needs a pattern that its older parts match, such as
    `/var/log/app.log*`: they are all read then, though not in order.

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

    With a `decoder` all this is true of records, which may have many lines; `tmp` has `path` and `record`
    (from 1). As what a decoder makes may depend on all that stands before, a file is read from its beginning
    again after a restart, and what was settled is dropped.

    Args:
        path: A path, a glob pattern (`**` reaches into folders), a list of them, or `-` for standard input.
        follow: Whether to go on at the end of the files.
        start: `end` skips what is there at the first start. What appears later is read from its beginning.
        decoder: What makes events of the bytes: a codec's name, or its name with arguments. If it is not
            given, each line is a text. Only `gzip` gets compressed files as they are.
        encoding: How the text of lines is encoded; bytes that do not fit are replaced, and the lines
            counted. A decoder has an encoding of its own.
        max_line: Bytes of the longest line. What is longer is cut, and comes through `failed`. A decoder
            has a limit of its own.
        poll: Seconds between two looks for changes.
        position: A file to remember in what was settled, for this module alone; not for standard input.
            Beside it stands a file with `.lock` behind its name.
        retries: How often a line that failed is submitted again, before it is given up.
        pause: Seconds before the first time; they double with each, up to a minute.

    Queues:
        outbox: The lines, as text; or what the decoder makes.
        failed: Lines that are too long, cut; what the decoder makes nothing of.
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
        decoder: DecoderFactory | None = None,
    ) -> None:
        """Bring lines out by `outbox`."""
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.follow = follow
        self.start_at_end = start == "end"
        self.poll = poll
        paths = [path] if isinstance(path, str) else path
        if "-" in paths and position is not None:
            message = f"Module {self.name!r}: standard input has no 'position' to go on from: leave one out."
            raise ConfigError(message)
        self.decoder = Decoder(self, encoding)
        deliver = Delivery if decoder is None else RecordDelivery
        self.delivery = deliver(self, "outbox", self.decoder, retries, pause)
        framing = Framing(max_line, decoder)
        self._standard_input = StandardInput(self, self.delivery, framing) if "-" in paths else None
        self.retries = retries
        self.position = position
        self._positions = Positions(position, self.logging)
        self._watch = Watch([path for path in paths if path != "-"], framing, self.logging)
        self._reader = Reader(self, self._watch, self._positions, self.delivery, self._save_at_last)
        self._ended = Flag()
        self._closed = False

    def preHook(self) -> None:
        """Find the files, and where an earlier run stood in them.

        Raises:
            ConfigError: A path is missing, and nobody said to wait for it; or the positions make no sense, or
                are another module's.
            WishboneError: The positions cannot be written.
        """
        try:
            self._positions.open()
            self._open_files()
            self._save()
        except BaseException:
            self._positions.close()
            raise
        self._send_to_background()

    def _open_files(self) -> None:
        self.start_at_end = self.start_at_end and not self._positions.found
        if not self.follow:
            self._watch.check()
        self._reader.open_renamed()
        for path in self._watch.look() if self.follow else ():
            self._reader.open(path, at_end=self.start_at_end)

    def _send_to_background(self) -> None:
        if self._positions.kept:
            self.sendToBackground(self.keep_position)
        if self._standard_input is not None:
            self.sendToBackground(self._standard_input.read)
        if self._watch.patterns:
            self.sendToBackground(self.follow_files if self.follow else self.read_files)

    def read_files(self) -> None:
        """Read each file to its end, one after the other."""
        for tail in self._watch.listed():
            self._reader.read_to_the_end(tail)
        for path in self._watch.look():
            opened = self._reader.open(path, at_end=self.start_at_end) if self.loop() else None
            if opened is not None:
                self._reader.read_to_the_end(opened)
        self._wait_until_settled()
        self._ended.set()

    def follow_files(self) -> None:
        """Read what there is and look for changes, until the module is to stop."""
        looked = 0.0
        while self.loop():
            if clock.monotonic() - looked >= self.poll:
                self._reader.look()
                looked = clock.monotonic()
            self.delivery.retry()
            if self._reader.read_a_round():
                gevent.sleep(0)
            else:
                self.sleep(self.poll)
        self._ended.set()

    def keep_position(self) -> None:
        """Write the positions now and then."""
        while self.loop() and not self._ended.wait(SAVE_SECONDS):
            self._save()

    def postHook(self) -> None:
        """Write the positions, and close the files."""
        self._closed = True
        if self.decoder.undecodable_total:
            self.logging.warning(f"{self.decoder.undecodable_total} lines had bytes that were replaced.")
        try:
            self._save()
        finally:
            self._positions.close()
            for tail in self._watch.listed():
                tail.close()

    def _wait_until_settled(self) -> None:
        """Wait for what is in flight, to submit again what fails; not for ever, it may wait for the end."""
        patience, before = clock.monotonic() + SETTLE_SECONDS, -1
        while self.loop() and (pending := self._reader.pending) and clock.monotonic() < patience:
            self.delivery.retry()
            if pending != before or self.delivery.waiting:
                patience, before = clock.monotonic() + SETTLE_SECONDS, pending
            self.sleep(0.01)

    def _save(self) -> None:
        self._positions.save(self._watch.tails.values())

    def _save_at_last(self) -> None:
        """Write what settles after the module has closed: what is behind it in the pipeline stops later."""
        if not self._closed:
            return
        try:
            self._save()
        except WishboneError as error:
            self.logging.error(f"{error} Lines will come twice.")
