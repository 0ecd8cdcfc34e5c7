"""Makes an event of each line or record of files, follows them, and stores the read position."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING, Annotated, Literal

import gevent
from gevent.event import Event as Flag
from msgspec import Meta

from wishbone import clock
from wishbone.arguments import DecoderFactory
from wishbone.error import ConfigError, WishboneError
from wishbone.module import InputModule
from wishbone_input_file.discovery import FileDiscovery
from wishbone_input_file.format import Format
from wishbone_input_file.offset import OffsetStore
from wishbone_input_file.reader import Reader
from wishbone_input_file.standard_input import StandardInput
from wishbone_input_file.submitter import Submitter

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

__all__ = ["File"]

SAVE_SECONDS = 0.2
"""Seconds between two writes of the position file."""

SETTLE_SECONDS = 10.0
"""At the end of all files: longest wait in seconds for the next event to settle or fail."""


class File(InputModule, replays=lambda file: file.position is not None and file.retries > 0):
    r"""Makes an event of each line of files, or of each record that a decoder finds.

    It reads plain and gzip compressed files; their first bytes decide. Line ends, `\n` or `\r\n`, are not
    part of the event; nor are a byte order mark and runs of NUL bytes. Without `follow` the module finishes
    at the end of the files, and the pipeline stops. With `follow` it works like `tail -F`: it waits for more
    data and for new files, reads a renamed file to its end, and starts again in a truncated file. If a file
    may be rotated more than once while the pipeline is stopped, give a pattern that matches its older parts
    too, such as `/var/log/app.log*`. They are all read, though not in order.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/log/syslog, follow: true, position: /var/tmp/syslog.position}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    With `position` every line is delivered at least once, even if the process is killed: the next run
    continues after the last line up to which all lines were acknowledged. A line that fails is submitted
    again after a growing delay.

    `tmp.<name of the module>` says where a line comes from: `path`, `line` (from 1) and `offset` (bytes of
    text before it).

    With a `decoder` the same is true of records, which may span lines; `tmp` has `path` and `record` (from
    1). Because decoding may depend on earlier data, such as a header, a file is read from its beginning
    again after a restart, and the records that were acknowledged are dropped.

    Args:
        path: A path, a glob pattern (`**` matches subfolders), a list of them, or `-` for standard input.
        follow: Whether to wait for more at the end of the files.
        start: Where to start in files that exist at the first start: at their `beginning`, or at their `end`.
            Files that appear later are read from their beginning.
        decoder: Decodes the files: a codec's name, or its name with arguments. Without it, each line is a
            text. Only the decoder `gzip` gets compressed files as they are.
        encoding: Encoding of lines, by a name that Python has. `utf-16` and `utf-32` read byte order marks,
            and without one little-endian. Bytes that are not valid are replaced, and the lines are counted.
            A decoder has an encoding of its own.
        max_line: Longest line in bytes. Longer lines are cut and sent to `failed`. A decoder has a limit of
            its own.
        poll: Seconds between two checks for changes.
        position: File that stores how far everything was acknowledged, for this module alone; not for
            standard input. A lock file with `.lock` appended to its name is made beside it.
        retries: How often a line that failed is submitted again before it is given up: it goes to `failed`.
        pause: Delay in seconds before the first retry; doubles each time, up to a minute.
        rotate_wait: Seconds without growth after which a renamed file is taken for finished. Until then it is
            read on, because its writer may still have it open. Later lines are read and logged while it is
            one of the last 16 renamed files, and not removed.
        flush_after: With `follow`, seconds without growth after which a last line that has no newline is
            submitted. What is added to it later is a text of its own. Null waits for the newline, as does a
            decoder. Give more for a program that writes parts of lines.
        exclude: A glob pattern, or a list of them, of files not to read: of their names, such as `*.gz`, or
            with a slash of their paths. The rest of a renamed file that was not finished is read anyway.
        ignore_older: Files that have not changed for so many seconds are not read, unless reading them has
            begun. When such a file grows, it is read from its beginning.

    Queues:
        outbox: The lines, as text; or the decoder's values.
        failed: Lines that are too long, cut; records that cannot be decoded; records that are given up;
            the incomplete line of a file that cannot be read to its end.
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
        rotate_wait: Annotated[float, Meta(ge=0)] = 5,
        flush_after: Annotated[float, Meta(ge=0)] | None = 5,
        exclude: str | list[str] | None = None,
        ignore_older: Annotated[float, Meta(gt=0)] | None = None,
    ) -> None:
        """Create the queue `outbox`."""
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.follow = follow
        self.start_at_end = start == "end"
        self.poll = poll
        self.position = position
        self.retries = retries
        paths = [path] if isinstance(path, str) else path
        if "-" in paths and position is not None:
            message = f"Module {self.name!r}: standard input cannot have a 'position': remove one of the two."
            raise ConfigError(message)
        self.format = Format(encoding, max_line, decoder, self.logging)
        self.submitter = Submitter(self, "outbox", self.format.noun, retries, pause)
        self._standard_input = StandardInput(self, self.submitter, self.format) if "-" in paths else None
        self._offsets = OffsetStore(position, self.logging)
        excluded = [exclude] if isinstance(exclude, str) else exclude or []
        self._discovery = FileDiscovery([path for path in paths if path != "-"], self.logging, excluded)
        self._reader = Reader(
            self,
            self.format,
            self._discovery,
            self._offsets,
            self.submitter,
            follow=follow,
            rotate_wait=rotate_wait,
            flush_after=flush_after,
            ignore_older=ignore_older,
            drained=self._save_late,
        )
        self._ended = Flag()
        self._closed = False

    def preHook(self) -> None:
        """Find the files, and how far an earlier run has read them.

        Raises:
            ConfigError: A path is missing and `follow` is not set; or the position file is damaged, or
                another module has it.
            WishboneError: The position file cannot be written.
        """
        self._reader.idle.max_open = max(16, _raise_descriptor_limit() * 3 // 4)
        try:
            self._offsets.open()
            self._open_files()
            self._reader.save()
        except BaseException:
            self._offsets.close()
            raise
        if self._offsets.kept:
            self.sendToBackground(self.save_offsets)
        if self._standard_input is not None:
            self.sendToBackground(self._standard_input.read)
        if self._discovery.patterns:
            self.sendToBackground(self.follow_files if self.follow else self.read_files)

    def _open_files(self) -> None:
        self.start_at_end = self.start_at_end and not self._offsets.found
        if not self.follow:
            self._discovery.check()
        self._reader.open_rest()
        if self.follow:
            self._reader.open_found(at_end=self.start_at_end)

    def read_files(self) -> None:
        """Read each file to its end, one after the other."""
        self._reader.read_all(at_end=self.start_at_end)
        self._wait_until_settled()
        self._ended.set()

    def follow_files(self) -> None:
        """Read the files and check for changes, until the module must stop."""
        polled = 0.0
        while self.loop():
            # A file that waits for a descriptor gets one soon: others are read and closed meanwhile.
            interval = self.poll / 10 if self._reader.deferred else self.poll
            if clock.monotonic() - polled >= interval:
                self._reader.poll()
                polled = clock.monotonic()
            self.submitter.retry()
            if self._reader.read_blocks():
                gevent.sleep(0)
            else:
                self.sleep(interval)
        self._ended.set()

    def save_offsets(self) -> None:
        """Write the position file again and again."""
        while self.wait(self._ended, SAVE_SECONDS) and not self._ended.is_set():
            self._reader.save()

    def postHook(self) -> None:
        """Write the position file, and close all files."""
        self._closed = True
        if self.format.replaced_total:
            self.logging.warning(f"Bytes were replaced in {self.format.replaced_total} lines.")
        if self.format.nuls_total:
            self.logging.warning(f"{self.format.nuls_total} NUL bytes were skipped.")
        try:
            self._reader.save()
        finally:
            self._offsets.close()
            self._reader.close()

    def _wait_until_settled(self) -> None:
        """Wait for events in flight, to submit again those that fail. An event that is kept ends the wait."""
        deadline, before = clock.monotonic() + SETTLE_SECONDS, -1
        while self.loop() and (pending := self._reader.pending) and clock.monotonic() < deadline:
            self.submitter.retry()
            if pending != before or self.submitter.waiting:
                deadline, before = clock.monotonic() + SETTLE_SECONDS, pending
            self.sleep(0.01)

    def _save_late(self) -> None:
        """Write what settles after this module was closed: modules after it stop later."""
        if not self._closed:
            return
        try:
            self._reader.save()
        except WishboneError as error:
            self.logging.error(f"{error} Lines will come twice.")


def _raise_descriptor_limit() -> int:
    """Use all the descriptors that this process may have, and return how many: a followed file takes one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, 10_240) if hard == resource.RLIM_INFINITY else hard
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft
