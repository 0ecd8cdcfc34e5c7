"""PidFile: says which process runs a pipeline, and is locked by that process for as long as it runs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wishbone_cli.server.original import clock, sleep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOOK_SECONDS = 0.05
"""Seconds between two looks at whether a lock is free."""

PATIENCE = 0.5
"""Seconds that a lock may be held by somebody who only looks."""

LONGEST = 4096
"""Bytes that are read of a pid file."""


class PidFile:
    """A file with the pid of the process that holds its lock.

    The lock (flock(2)) tells whether the process lives: the system gives it back however the process
    ends, so that a file without a lock is stale, and a pid that was given to another process misleads
    nobody.
    """

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is opened."""
        self.path = path
        self.descriptor = -1

    def take(self) -> None:
        """Lock the file for this process, and write the pid into it. A stale file is taken over.

        Raises:
            click.ClickException: Another process holds it, or it is no pid file.
        """
        deadline = clock() + PATIENCE
        while True:
            descriptor = self._open()
            if _lock(descriptor, fcntl.LOCK_EX) and self._is_the_file(descriptor):
                break
            pid = _read_pid(descriptor)
            os.close(descriptor)
            if clock() > deadline:
                message = (
                    f"It runs already, as pid {pid} ({self.path}): 'wishbone stop' stops it; give '--pid'"
                    " another file to run it twice."
                )
                raise click.ClickException(message)
            sleep(LOOK_SECONDS)
        self._check_content(descriptor)
        self.descriptor = descriptor
        self.write(str(os.getpid()))

    def write(self, text: str) -> None:
        """Replace what the file says."""
        content = f"{text}\n".encode()
        os.pwrite(self.descriptor, content, 0)
        os.ftruncate(self.descriptor, len(content))

    def release(self) -> None:
        """Remove the file, then give the lock back."""
        self.path.unlink(missing_ok=True)
        os.close(self.descriptor)

    @contextmanager
    def watch(self) -> Iterator[Watched | None]:
        """Open the file to look at it; there is nothing to watch where no process holds the lock."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            yield None
            return
        except OSError as error:
            message = f"The pid file {str(self.path)!r} cannot be read: {error.strerror}."
            raise click.ClickException(message) from None
        try:
            watched = Watched(descriptor)
            yield watched if watched.runs and watched.pid else None
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            message = (
                f"The pid file {str(self.path)!r} cannot be written: {error.strerror}. Name another: --pid."
            )
            raise click.ClickException(message) from None

    def _is_the_file(self, descriptor: int) -> bool:
        """Return whether the name still leads to what was locked, and not to what replaced it."""
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def _check_content(self, descriptor: int) -> None:
        content = os.pread(descriptor, LONGEST, 0).strip()
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        if not regular or (content and not content.split(b"\n")[0].isdigit()):
            message = f"{str(self.path)!r} is no pid file, and is left alone: give '--pid' another name."
            raise click.ClickException(message)


class Watched:
    """The pid file of a process that runs, for as long as it is looked at."""

    def __init__(self, descriptor: int) -> None:
        """Read the pid."""
        self.descriptor = descriptor
        self.pid = _read_pid(descriptor)

    @property
    def runs(self) -> bool:
        """Whether the process lives."""
        if not _lock(self.descriptor, fcntl.LOCK_SH):
            return True
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        return False

    def wait(self, seconds: float) -> bool:
        """Wait until the process has ended.

        Returns:
            Whether it did, in time.
        """
        deadline = clock() + seconds
        while self.runs:
            if clock() > deadline:
                return False
            sleep(LOOK_SECONDS)
        return True

    @property
    def last_words(self) -> str:
        """What the process wrote at its end, behind its pid."""
        return os.pread(self.descriptor, LONGEST, 0).decode(errors="replace").partition("\n")[2].strip()


def default_path(configs: Sequence[str]) -> Path:
    """Return where the pid file of a configuration is, unless somebody says otherwise.

    Args:
        configs: The files and folders of the configuration; the pid file is named after them.
    """
    real = [os.path.realpath(config) for config in configs]
    # Two configurations of one name in two folders are two servers.
    digest = hashlib.sha256("\0".join(real).encode(errors="surrogateescape")).hexdigest()[:8]
    return _runtime_folder() / f"{Path(real[0]).stem}-{digest}.pid"


def _runtime_folder() -> Path:
    """Return a folder of this user's own: under XDG_RUNTIME_DIR, /run or the folder of temporary files."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and os.access(given, os.W_OK):
        return _own(Path(given) / "wishbone")
    if os.access("/run", os.W_OK):
        return _own(Path("/run/wishbone"))
    return _own(Path(tempfile.gettempdir()) / f"wishbone-{os.getuid()}")


def _own(folder: Path) -> Path:
    """Make a folder that nobody else can write to, or be sure that it is one."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
        message = f"{str(folder)!r} can be written by others, so no pid file is trusted there: give '--pid'."
        raise click.ClickException(message)
    return folder


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_pid(descriptor: int) -> int:
    first = os.pread(descriptor, LONGEST, 0).partition(b"\n")[0]
    return int(first) if first.isdigit() else 0
