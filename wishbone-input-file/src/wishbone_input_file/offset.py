"""OffsetStore: the file that stores how far each file was settled."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from wishbone.error import ConfigError, WishboneError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.logging import Logging
    from wishbone_input_file.tail import Identity

MAX_FINISHED = 100
"""Files that were renamed and read to their end whose states are kept, in case they come back."""


class FileState(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far one file is settled.

    Args:
        path: Its path.
        device: Its device.
        inode: Its inode.
        offset: Bytes of text that are settled.
        line: Lines or records that are settled.
        head: Bytes at its beginning that the fingerprint covers.
        fingerprint: Their SHA-256: the inode of a file that was deleted is used again.
        decoder: Fingerprint of the decoder; empty for lines.
        finished: Whether it was renamed and read to its end.
    """

    path: str
    device: int
    inode: int
    offset: int
    line: int
    head: int
    fingerprint: str
    decoder: str = ""
    finished: bool = msgspec.field(default=False, name="left")

    @property
    def identity(self) -> Identity:
        """Its device and inode."""
        return self.device, self.inode


class OffsetStore:
    """Keeps states in a file that is replaced atomically."""

    def __init__(self, path: str | None, logging: Logging) -> None:
        """Store nothing yet.

        Args:
            path: The position file; None keeps the states of finished files in memory only.
            logging: Gets a warning about files that cannot be found any more.
        """
        self.logging = logging
        self.kept = path is not None
        self.path = Path(path or os.devnull)
        self.found = False
        self._unclaimed: dict[Identity, FileState] = {}
        self._finished: dict[Identity, FileState] = {}
        self._written = b""
        self._lock: int | None = None

    def open(self) -> None:
        """Lock the position file for this module until `close`, and read it.

        Raises:
            ConfigError: Another module has it, it cannot be read or written, or holds something else.
        """
        if self.kept:
            self._acquire_lock()
            self._load()

    def close(self) -> None:
        """Release the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def keep_finished(self, state: FileState) -> None:
        """Keep the state of a file that is not read any more, unless it comes back."""
        self._finished.pop(state.identity, None)
        self._finished[state.identity] = replace(state, finished=True)
        if len(self._finished) > MAX_FINISHED:
            del self._finished[next(iter(self._finished))]

    def claim(self, identity: Identity) -> FileState | None:
        """Remove and return the state of a file that is opened now, if there is one."""
        return self._finished.pop(identity, None) or self._unclaimed.pop(identity, None)

    def restore(self, state: FileState) -> None:
        """Keep the state of a file that could not be read."""
        self._unclaimed[state.identity] = state

    def find_renamed(self, present: Iterable[Identity]) -> list[str]:
        """Find the files that were renamed since an earlier run, and drop the states of those that are gone.

        Args:
            present: The files that are read anyway.

        Returns:
            The paths of the renamed files.
        """
        known = set(present)
        paths = []
        for identity, state in list(self._unclaimed.items()):
            folder = Path(state.path).parent
            if identity in known or not folder.is_dir():
                continue
            try:
                path = _find_inode(folder, identity)
            except OSError as error:
                self.logging.warning(
                    f"Cannot search {str(folder)!r} for the file that was {state.path!r}: {error}. Give this"
                    " process the right to list it, or the rest of that file is not read."
                )
                continue
            if path is not None and path != Path(state.path):
                paths.append(str(path))
            elif path is not None:
                self.keep_finished(self._unclaimed.pop(identity))
            else:
                self._drop(self._unclaimed.pop(identity))
        return paths

    def save(self, states: Iterable[FileState]) -> None:
        """Write all states if they have changed.

        Args:
            states: Those of the files that are read now.

        Raises:
            WishboneError: They cannot be written; the position file is unchanged.
        """
        if not self.kept:
            return
        content = msgspec.json.encode([*self._unclaimed.values(), *self._finished.values(), *states])
        if content == self._written:
            return
        try:
            self._replace(content)
        except OSError as error:
            message = (
                f"The position file '{self.path}' cannot be written: {error}. Correct that, or give another"
                " file as 'position'."
            )
            raise WishboneError(message) from error
        self._written = content

    def _acquire_lock(self) -> None:
        try:
            # The position file is replaced at each write, so the lock is on another file.
            self._lock = os.open(f"{self.path}.lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            taken = isinstance(error, BlockingIOError)
            cause = "another module has it, in this process or in another" if taken else error
            message = (
                f"The position file '{self.path}' cannot be used: {cause}. Give another file as 'position'."
            )
            raise ConfigError(message) from error

    def _load(self) -> None:
        try:
            states = msgspec.json.decode(self.path.read_bytes(), type=list[FileState])
        except FileNotFoundError:
            return
        except (OSError, msgspec.DecodeError) as error:
            message = (
                f"The position file '{self.path}' cannot be read: {error}. Give another file as 'position',"
                " or remove this one to start from the beginning."
            )
            raise ConfigError(message) from error
        self.found = True
        self._unclaimed = {state.identity: state for state in states}

    def _drop(self, state: FileState) -> None:
        if not state.finished:
            self.logging.warning(
                f"The file that was {state.path!r} is gone. Anything it had after byte {state.offset} is not"
                " read."
            )

    def _replace(self, content: bytes) -> None:
        temporary = self.path.with_name(f"{self.path.name}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - Path.open takes no mode for a new file
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(self.path)


def _find_inode(folder: Path, identity: Identity) -> Path | None:
    device, inode = identity
    with os.scandir(folder) as entries:
        for entry in entries:
            # The inode needs no system call; on another device it is another file.
            if entry.inode() == inode and entry.stat(follow_symlinks=False).st_dev == device:
                return Path(entry.path)
    return None
