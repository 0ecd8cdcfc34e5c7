"""PidFile: names the process that runs a pipeline, which holds a lock on the file while it runs."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from wishbone_cli.server.unpatched import clock, sleep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

POLL_SECONDS = 0.05
"""Seconds between two tries to get a lock."""

LOCK_TIMEOUT = 0.5
"""Seconds for which another command may hold the lock while it checks whether the server runs."""

MAX_BYTES = 4096
"""Bytes that are read of a pid file."""

FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""How it is opened. Its folder may be shared: what has its name may be a link or a pipe of another user."""

MODE = 0o600
"""Who can open it can hold its lock, and a file that is locked seems to be that of a running server."""

LOCKS = Path("/proc/locks")
"""The locks of all processes (proc(5)); Linux only."""


class PidFile:
    """A file with the pid of the process that holds its lock.

    The lock (flock(2)) shows whether the process lives: the system releases it however the process ends. A
    file without a lock is stale, even if its pid now belongs to another process.
    """

    def __init__(self, path: Path) -> None:
        """Keep the path, and open nothing."""
        self.path = path
        self.descriptor = -1

    def take(self) -> None:
        """Lock the file for this process, and write the pid into it. A stale file is replaced.

        Raises:
            click.ClickException: Another process holds the lock, or the file is not a pid file.
        """
        deadline = clock() + LOCK_TIMEOUT
        while True:
            descriptor = self._open()
            self._check_file(descriptor)
            if _lock(descriptor, fcntl.LOCK_EX) and self._is_the_file(descriptor):
                break
            pid = _read_pid(descriptor)
            os.close(descriptor)
            if clock() > deadline:
                message = (
                    f"It runs already, as pid {pid} ({self.path}). 'wishbone stop' stops it; to run it twice,"
                    " name another file with '--pid'."
                )
                raise click.ClickException(message)
            sleep(POLL_SECONDS)
        self._check_content(descriptor)
        self.descriptor = descriptor
        try:
            os.fchmod(descriptor, MODE)
            self.write(str(os.getpid()))
        except OSError as error:
            self.release()
            message = f"The pid file {str(self.path)!r} cannot be written: {error.strerror}."
            raise click.ClickException(message) from None

    def write(self, text: str) -> None:
        """Replace the content of the file."""
        content = f"{text}\n".encode()
        os.pwrite(self.descriptor, content, 0)
        os.ftruncate(self.descriptor, len(content))

    def release(self) -> None:
        """Remove the file, unless another has its name now, then release the lock."""
        if self._is_the_file(self.descriptor):
            self.path.unlink(missing_ok=True)
        os.close(self.descriptor)

    @contextmanager
    def open_running(self) -> Iterator[RunningServer | None]:
        """Open the file of a running server; None if no process holds the lock."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | FLAGS)
        except FileNotFoundError:
            yield None
            return
        except OSError as error:
            message = f"The pid file {str(self.path)!r} cannot be read: {_reason(error)}."
            raise click.ClickException(message) from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                message = f"{str(self.path)!r} is not a pid file."
                raise click.ClickException(message)
            server = RunningServer(descriptor)
            yield server if server.runs and server.pid else None
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT | FLAGS, MODE)
        except OSError as error:
            message = (
                f"The pid file {str(self.path)!r} cannot be written: {_reason(error)}. Name another with"
                " '--pid'."
            )
            raise click.ClickException(message) from None

    def _is_the_file(self, descriptor: int) -> bool:
        """Return whether the path still leads to the locked file, and not to a replacement."""
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.lstat())
        except FileNotFoundError:
            return False

    def _check_file(self, descriptor: int) -> None:
        """Refuse what another user may have put there, before anything is read or written."""
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            self._refuse("is not a pid file and was not changed")
        if status.st_uid != os.geteuid():
            self._refuse("belongs to another user and was not changed")
        if status.st_nlink > 1:
            self._refuse("has a second name (hard link) and was not changed")

    def _check_content(self, descriptor: int) -> None:
        content = os.pread(descriptor, MAX_BYTES, 0).strip()
        if content and not content.split(b"\n")[0].isdigit():
            self._refuse("is not a pid file and was not changed")

    def _refuse(self, cause: str) -> NoReturn:
        message = f"{str(self.path)!r} {cause}: name another with '--pid'."
        raise click.ClickException(message)


class RunningServer:
    """A server that runs, seen through its open pid file."""

    def __init__(self, descriptor: int) -> None:
        """Read the pid."""
        self.descriptor = descriptor
        self.pid = _read_pid(descriptor)

    @property
    def runs(self) -> bool:
        """Whether the process still lives."""
        if not _lock(self.descriptor, fcntl.LOCK_SH):
            return True
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        return False

    def wait(self, seconds: float) -> bool:
        """Wait until the process has ended; return False if it has not after so many seconds."""
        deadline = clock() + seconds
        while self.runs:
            if clock() > deadline:
                return False
            sleep(POLL_SECONDS)
        return True

    @property
    def own(self) -> bool:
        """Whether the file belongs to this user."""
        return os.fstat(self.descriptor).st_uid == os.geteuid()

    @property
    def named_by_holder(self) -> bool:
        """Whether the process with this pid holds the lock.

        Another process may hold it: one in a container, whose pids are others, or one of a user who wants the
        process killed that the file names.
        """
        status = os.fstat(self.descriptor)
        try:
            locks = [line.split() for line in LOCKS.read_text(encoding="ascii").splitlines()]
        except OSError:
            return self.own
        # 1: FLOCK  ADVISORY  WRITE 4711 fe:00:2148587 0 EOF
        held = [fields[-4:-2] for fields in locks if "FLOCK" in fields and "WRITE" in fields]
        return any(pid == str(self.pid) and file.endswith(f":{status.st_ino}") for pid, file in held)

    @property
    def final_report(self) -> str:
        """What the process wrote into the file at its end, after its pid."""
        return os.pread(self.descriptor, MAX_BYTES, 0).decode(errors="replace").partition("\n")[2].strip()


def default_path(configs: Sequence[str]) -> Path:
    """Return the default path of the pid file for the files and folders of a configuration."""
    real = [os.path.realpath(config) for config in configs]
    # Files with the same name in different folders are different servers.
    digest = hashlib.sha256("\0".join(real).encode(errors="surrogateescape")).hexdigest()[:8]
    return _runtime_folder() / f"{Path(real[0]).stem}-{digest}.pid"


def _runtime_folder() -> Path:
    """Return a private folder in XDG_RUNTIME_DIR, /run or the folder of temporary files."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and os.access(given, os.W_OK):
        return _own(Path(given) / "wishbone")
    if os.access("/run", os.W_OK):
        return _own(Path("/run/wishbone"))
    return _own(Path(tempfile.gettempdir()) / f"wishbone-{os.geteuid()}")


def _own(folder: Path) -> Path:
    """Create the folder, or check that no other user can write to it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        message = f"Other users can write to {str(folder)!r}, so a pid file there is not safe: give '--pid'."
        raise click.ClickException(message)
    return folder


def _reason(error: OSError) -> str:
    return "it is a symbolic link" if error.errno == errno.ELOOP else str(error.strerror)


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_pid(descriptor: int) -> int:
    first = os.pread(descriptor, MAX_BYTES, 0).partition(b"\n")[0]
    return int(first) if first.isdigit() else 0
