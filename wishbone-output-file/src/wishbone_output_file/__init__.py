"""Appends each event to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from wishbone.arguments import EncoderFactory, Template, TimeZone
from wishbone.error import ConfigError
from wishbone.module import OutputModule
from wishbone_output_file.archive import Compression  # noqa: TC001 - read when a pipeline is built
from wishbone_output_file.output_file import FileOptions
from wishbone_output_file.path_template import PathTemplate
from wishbone_output_file.retention import Retention
from wishbone_output_file.rotation import Rotation
from wishbone_output_file.schedule import Period, Schedule
from wishbone_output_file.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wishbone.actor import ActorConfig, EventBatch

__all__ = ["File"]

BATCH = 1000
"""Most events that are consumed together."""

MAINTENANCE_SECONDS = 1.0
"""Seconds between two checks of files without new events."""


class File(OutputModule):
    """Appends each event to a file.

    Events that are there at once are written together, complete and in order; an event does not wait for
    others. It is acknowledged when it is written; with `fsync`, when it is on the disk.

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

    A path that is a template stays in a folder: `base`, or the folder that the path begins with. Missing
    folders and files are made. Links below that folder are not followed. A name that is too long is cut,
    and gets a digest of the whole name.

    A rotated file gets the time appended to its name (`ada.log.20261123T160501.000000Z`, UTC), and is
    compressed in the background. The program logrotate works too, with `create` or `copytruncate`: before
    each write the module checks whether the file was moved, removed or emptied. Several processes may write
    to one file on a local disk.

    While the system refuses to write, as on a full disk, events wait, and so do the modules before this
    one: see `retry_for`. An event that waits has left nothing in the file.

    An event fails when it cannot be encoded, when its path leads out of the folder, when the name that its
    payload gives cannot be opened (a link, a folder, a file of another user), and when it has waited for
    longer than `retry_for`.

    Args:
        path: The file. A template may have any number of files and folders.
        encoder: Encodes the events. An encoder that compresses is flushed at each write, so that everything
            acknowledged can be read; `delay` makes it compress more at a time. After an interrupted write,
            the rest of the file is unreadable; `compress` has no such risk.
        base: The folder that no event can leave; `path` is relative to it.
        max_size: Size in bytes at which a file is rotated. It may be larger by one event, or by one write if
            the encoder compresses.
        rotate: When a file is rotated: `hour`, `day` (at midnight), or a number of seconds.
        timezone: The time zone of hours and days, by its IANA name.
        keep: How many rotated files are kept; all, if it is not given.
        compress: How rotated files are compressed: `gzip`, or `zstd` (install
            `wishbone-output-file[zstd]>=4`).
        fsync: When written data is made safe from a loss of power: `never` (the operating system decides),
            `always` (before events are acknowledged; one sync for all that are there), or a number of seconds
            between syncs, for which acknowledgements wait.
        delay: Longest time in seconds that an event waits to be written together with others.
        mode: Permissions of new files, in octal digits. Users who may read them may enter new folders.
        max_open: Most files that are open at once, with two descriptors each. At the limit, the file unused
            longest is closed.
        retry_for: Seconds that an event waits while the system refuses to write: the disk is full, read-only
            or broken, a quota or the number of open files is used up, the folder is not accessible. Then it
            fails. By default it waits until it is written.

    Queues:
        inbox: The events to write.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        path: Template,
        encoder: EncoderFactory = EncoderFactory("plain"),  # noqa: B008 - immutable
        base: str | None = None,
        max_size: Annotated[int, Meta(ge=1)] | None = None,
        rotate: Period | Annotated[float, Meta(ge=1, le=1e9)] | None = None,
        timezone: TimeZone = TimeZone("UTC"),  # noqa: B008 - immutable
        keep: Annotated[int, Meta(ge=1)] | None = None,
        compress: Compression | None = None,
        fsync: Literal["never", "always"] | Annotated[float, Meta(gt=0, le=3600)] = "never",
        delay: Annotated[float, Meta(ge=0, le=3600)] = 0,
        mode: Annotated[str, Meta(pattern="^0?[0-7]{3}$")] = "0640",
        max_open: Annotated[int, Meta(ge=1)] = 100,
        retry_for: Annotated[float, Meta(ge=0)] | None = None,
    ) -> None:
        """Create the queue `inbox`."""
        super().__init__(config)
        _check(self.name, {"keep": keep, "compress": compress}, rotates=bool(max_size or rotate))
        self.fsync = fsync
        self.delay = delay
        self._retention = None if keep is None and compress is None else Retention(self, keep, compress)
        self._writer = Writer(
            self,
            PathTemplate(path, base),
            FileOptions(int(mode, 8), encoder, max_size),
            Rotation(Schedule(rotate, timezone), self._retention),
            max_open=max_open,
            retry_for=retry_for,
        )
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox", batch=BATCH)
        self._at_once = False

    def preHook(self) -> None:
        """Open the file or make the base folder, and start the background work.

        Raises:
            CannotOpenError: It cannot be opened or made.
        """
        # With a route from `success`, an event must be written when the consumer returns.
        self._at_once = not self.delay or self.pool.queue.success.connected
        self._writer.keeps = not self._at_once or self.fsync != "never"
        self._writer.syncer.enabled = self.fsync != "never"
        self._writer.open()
        self.sendToBackground(self.maintain)
        if self.fsync != "never":
            self.sendToBackground(self.sync)
        if not self._at_once:
            self.sendToBackground(self.write_delayed)
        if self._retention is not None:
            self.sendToBackground(self._retention.run)

    def consume(self, events: EventBatch) -> None:
        """Write events; with `delay`, only when enough have come together."""
        self._writer.add(events)
        if self._at_once or not self.loop():
            self._writer.write()
        if self.fsync == "always" and self.pool.queue.success.connected:
            self._writer.sync()

    def write_delayed(self) -> None:
        """Write events that have waited for others."""
        while self.sleep(self.delay):
            self._writer.write()
        self._writer.write()
        self._writer.sync()

    def sync(self) -> None:
        """Sync what was written: at once, or after a time."""
        while self.wait(self._writer.syncer.due):
            if isinstance(self.fsync, str) or self.sleep(self.fsync):
                self._writer.sync()
        self._writer.sync()

    def maintain(self) -> None:
        """Rotate files that are old, and close files that are not needed."""
        while self.sleep(MAINTENANCE_SECONDS):
            self._writer.maintain()

    def postHook(self) -> None:
        """Write the rest, and close the files."""
        self._writer.close()
        if self._retention is not None:
            self._retention.close()


def _check(name: str, given: Mapping[str, object], *, rotates: bool) -> None:
    """Refuse arguments that do not go together.

    Raises:
        ConfigError: Some do not, or need a package that is not installed.
    """
    for argument, value in given.items():
        if value is not None and not rotates:
            message = f"Module {name!r}: {argument!r} needs rotated files: give 'max_size' or 'rotate' too."
            raise ConfigError(message)
    if given["compress"] == "zstd":
        try:
            import backports.zstd  # noqa: F401, PLC0415 - an optional dependency
        except ImportError:
            message = f"Module {name!r}: 'zstd' is missing: pip install 'wishbone-output-file[zstd]>=4'."
            raise ConfigError(message) from None
