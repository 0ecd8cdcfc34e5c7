"""Appends each event to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from wishbone.arguments import EncoderFactory, Template, TimeZone
from wishbone.error import ConfigError
from wishbone.module import OutputModule
from wishbone_output_file.archive import Compression  # noqa: TC001 - read when a pipeline is built
from wishbone_output_file.keeper import Keeper
from wishbone_output_file.place import Places
from wishbone_output_file.rotation import Rotation
from wishbone_output_file.schedule import Period, Schedule
from wishbone_output_file.stream import Terms
from wishbone_output_file.writer import Writer

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Mapping, Sequence

    from wishbone.actor import ActorConfig
    from wishbone.event import Event
    from wishbone_output_file.stream import Stream

__all__ = ["File"]

LOOK_SECONDS = 1.0
"""Seconds between two looks at files to which nothing comes."""


class File(OutputModule):
    """Appends each event to a file.

    Events are written together as far as they are there at once, whole and in order, and nothing waits for
    more to come. An event is acknowledged when it is written; with `fsync`, when it is on the disk.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada, action: login}, count: 3}
          file:
            module: wishbone.output.file
            arguments:
              path: "/var/tmp/wishbone/{{ data.user }}.log"
              encoder: json
              max_size: 100000000
              rotate: day
              timezone: Europe/Brussels
              keep: 14
              compress: gzip
              fsync: 5
        routingtable:
          - input.outbox -> file.inbox

    A path that is a template stays in a folder: `base`, or else the one that it begins with. Folders and
    files that are missing are made. Links below that folder are not followed, and a name that is too long
    is cut and gets a digest of the whole.

    A file is rotated to its name with the time behind it (`ada.log.20261123T160501.000000Z`, UTC), and
    compressed in the background. An outside logrotate works too, with `create` as with `copytruncate`: a
    file that was moved, removed or emptied is noticed before the next write. Several processes may write to
    one file on a local disk.

    An event fails when the encoder has nothing for it, when its path leads out of the folder or cannot be
    opened, and when it cannot be written: the disk is full. Nothing of it is in the file then, and the next
    event is written as soon as there is room again.

    Args:
        path: The file. A template may have any number of files and folders.
        encoder: What writes the events. An encoder that compresses is ended with each write, so that what
            was acknowledged can be read; `delay` lets it compress more at a time. Behind what a process did
            not write to its end nothing can be read: `compress` has no such risk.
        base: The folder that no event leads out of; `path` is meant below it.
        max_size: Bytes after which a file is rotated; it has one event more at most, or one write more, where
            the encoder compresses.
        rotate: When a file is rotated: `hour`, `day` (at midnight), or every so many seconds.
        timezone: Where it is midnight, by an IANA name.
        keep: How many rotated files stay; all, if it is not given.
        compress: How they are compressed: `gzip`, or `zstd` (install `wishbone-output-file[zstd]>=4`).
        fsync: When what was written is made safe from a loss of power: `never` (when the system likes),
            `always` (before it is acknowledged, as many events at once as are there), or after so many
            seconds at most, which acknowledgements wait for, too.
        delay: Seconds that an event may wait, to be written together with others.
        mode: The permissions of files that are made, in octal digits. Who may read may enter their folders.
        max_open: How many files are open at once, with two descriptors each. When one more is needed, the one
            longest unused is closed.

    Queues:
        inbox: The events to write.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        path: Template,
        encoder: EncoderFactory = EncoderFactory("plain"),  # noqa: B008 - nothing changes it
        base: str | None = None,
        max_size: Annotated[int, Meta(ge=1)] | None = None,
        rotate: Period | Annotated[float, Meta(ge=1, le=1e9)] | None = None,
        timezone: TimeZone = TimeZone("UTC"),  # noqa: B008 - it never changes
        keep: Annotated[int, Meta(ge=1)] | None = None,
        compress: Compression | None = None,
        fsync: Literal["never", "always"] | Annotated[float, Meta(gt=0, le=3600)] = "never",
        delay: Annotated[float, Meta(ge=0, le=3600)] = 0,
        mode: Annotated[str, Meta(pattern="^0?[0-7]{3}$")] = "0640",
        max_open: Annotated[int, Meta(ge=1)] = 100,
    ) -> None:
        """Take events from `inbox`."""
        super().__init__(config)
        _check(self.name, {"keep": keep, "compress": compress}, rotates=bool(max_size or rotate))
        self.fsync = fsync
        self.delay = delay
        terms = Terms(int(mode, 8), encoder, max_size)
        self._places = Places(path, base)
        keeper = None if keep is None and compress is None else Keeper(self, keep, compress)
        self._keeper = keeper
        self._writer = Writer(
            self, self._places, terms, Rotation(Schedule(rotate, timezone), keeper), max_open
        )
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self._singly = False
        self._waiting: Sequence[Event] | deque[Event] = ()

    def preHook(self) -> None:
        """Open the file, or make the folder of those to come, and start to look after them.

        Raises:
            CannotOpenError: It cannot be opened or made.
        """
        # Where `success` is connected, no event may go there that is not written: each is written by itself.
        self._singly = self.pool.queue.success.connected
        self._waiting = () if self._singly else self.pool.queue.inbox.items
        if self.fsync != "never":
            self._writer.sync_first()
            self.sendToBackground(self.sync)
        self._writer.open()
        self.sendToBackground(self.look_after)
        if self.delay:
            self.sendToBackground(self.write_in_time)
        if self._keeper is not None:
            self.sendToBackground(self._keeper.tidy)

    def consume(self, event: Event) -> None:
        """Put the event with those to write; write them when it is the last that is there, or enough."""
        try:
            stream = self._writer.fixed or self._writer.find(event)
            frame = stream.encode(event.data)
        except Exception:
            if not self._waiting:
                self._writer.write()  # it was to do that for those before it
            raise
        if event.acknowledgement is not None:
            event.acknowledgement.retain()
        if not stream.frames:
            self._writer.dirty.append(stream)
        stream.frames.append(frame)
        stream.events.append(event)
        stream.room -= len(frame)
        if not self._waiting or stream.room <= 0:
            self._write(event, stream)

    def write_in_time(self) -> None:
        """Write what has waited for more."""
        while self.sleep(self.delay):
            self._writer.write()

    def sync(self) -> None:
        """Sync what was written: at once, or when it is time."""
        while self.loop():
            self._writer.wait_for_sync()
            if isinstance(self.fsync, str) or self.sleep(self.fsync):
                self._writer.sync()

    def look_after(self) -> None:
        """Look after files to which nothing comes; at the end, write and sync what is left."""
        while self.sleep(LOOK_SECONDS):
            if not self.delay:
                # What is left when the last event of a run was none for `consume`: it had lived too long.
                self._writer.write()
            self._writer.look()
        self._writer.write()
        self._writer.sync()

    def request_stop(self) -> None:
        """Turn `loop()` false, and let who waits for something to do see it."""
        super().request_stop()
        self._writer.wake()
        if self._keeper is not None:
            self._keeper.wake()

    def postHook(self) -> None:
        """Write what is left, and close the files."""
        self._writer.close()
        if self._keeper is not None:
            self._keeper.close()

    def _write(self, event: Event, stream: Stream) -> None:
        if self._singly:
            self._writer.write_one(event, synced=self.fsync == "always")
        elif stream.room <= 0 or not self.delay or not self.loop():
            self._writer.write()


def _check(name: str, given: Mapping[str, object], *, rotates: bool) -> None:
    """Refuse arguments that do not go together.

    Raises:
        ConfigError: Some do not, or what they need is not installed.
    """
    for argument, value in given.items():
        if value is not None and not rotates:
            message = f"Module {name!r}: {argument!r} is for rotated files: give 'max_size' or 'rotate' too."
            raise ConfigError(message)
    if given["compress"] == "zstd":
        try:
            import backports.zstd  # noqa: F401, PLC0415 - only who wants it has it
        except ImportError:
            message = f"Module {name!r}: 'zstd' is missing: pip install 'wishbone-output-file[zstd]>=4'."
            raise ConfigError(message) from None
