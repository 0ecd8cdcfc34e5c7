"""Positions: the file that remembers up to where each file was settled."""

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
    from wishbone_input_file.tail import Tail


MOST_LEFT = 100
"""Files that have left their names, whose places are remembered in case that they come back."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Up to where one file was settled.

    Args:
        path: What the file was called.
        device: The device that it is on.
        inode: Its number there.
        offset: Bytes of text that are settled.
        line: Lines that are settled.
        head: Bytes at its beginning that the fingerprint is made of.
        fingerprint: Their SHA-256: an inode is given to another file once the first is gone.
        decoder: What it was read with, which counts records instead of lines; nothing for lines.
        left: Whether it had left its name, and was read to its end.
    """

    path: str
    device: int
    inode: int
    offset: int
    line: int
    head: int
    fingerprint: str
    decoder: str = ""
    left: bool = False


class Positions:
    """Keeps places in a file that is replaced as a whole, so that any kind of death leaves a whole one."""

    def __init__(self, path: str | None, logging: Logging) -> None:
        """Prepare it.

        Args:
            path: The file to keep them in; None keeps those of files that have left for this run only.
            logging: Told of files that cannot be found any more.
        """
        self.logging = logging
        self.kept = path is not None
        self.path = Path(path or os.devnull)
        self.found = False
        self._waiting: dict[tuple[int, int], Place] = {}
        self._left: dict[tuple[int, int], Place] = {}
        self._written = b""
        self._lock: int | None = None

    def open(self) -> None:
        """Take the file for this module alone, until `close`, and read what an earlier run left.

        Raises:
            ConfigError: Another module has it, what stands there are no positions, or none can be kept there.
        """
        if self.kept:
            self._claim()
            self._load()

    def close(self) -> None:
        """Leave the file to others."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def keep(self, place: Place) -> None:
        """Note the place in a file that is read no more, unless it comes back."""
        identity = (place.device, place.inode)
        self._left.pop(identity, None)
        self._left[identity] = replace(place, left=True)
        if len(self._left) > MOST_LEFT:
            del self._left[next(iter(self._left))]

    def take(self, identity: tuple[int, int]) -> Place | None:
        """Return the place in a file that is opened now, if one was left."""
        return self._left.pop(identity, None) or self._waiting.pop(identity, None)

    def put_back(self, place: Place) -> None:
        """Note the place in a file that could not be read."""
        self._waiting[place.device, place.inode] = place

    def renamed(self, present: Iterable[tuple[int, int]]) -> list[str]:
        """Find the files that were renamed since an earlier run, and forget those that are gone.

        Args:
            present: The files that are read anyway.

        Returns:
            What the renamed ones are called now.
        """
        known = set(present)
        paths = []
        for identity, place in list(self._waiting.items()):
            folder = Path(place.path).parent
            if identity in known or not folder.is_dir():
                continue
            try:
                path = _look_up(folder, identity)
            except OSError as error:
                self.logging.warning(
                    f"{str(folder)!r} cannot be searched for the file that was {place.path!r}: {error}. Give"
                    " this process the right to list it, or what is left of that file is not read."
                )
                continue
            if path is not None and path != Path(place.path):
                paths.append(str(path))
            elif path is not None:
                self.keep(self._waiting.pop(identity))
            else:
                self._forget(self._waiting.pop(identity))
        return paths

    def save(self, tails: Iterable[Tail]) -> None:
        """Write the places, if they are kept and have changed.

        Raises:
            WishboneError: They cannot be written; the file is as it was before.
        """
        if not self.kept:
            return
        tracked = [tail.place for tail in tails if tail.committer is not None]
        places = [*self._waiting.values(), *self._left.values(), *tracked]
        content = msgspec.json.encode(places)
        if content == self._written:
            return
        try:
            self._replace(content)
        except OSError as error:
            message = (
                f"The position file '{self.path}' cannot be written: {error}. Mend that, or give another"
                " file as 'position'."
            )
            raise WishboneError(message) from error
        self._written = content

    def _claim(self) -> None:
        try:
            # The file itself is replaced again and again; what is locked must stay.
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
            places = msgspec.json.decode(self.path.read_bytes(), type=list[Place])
        except FileNotFoundError:
            return
        except (OSError, msgspec.DecodeError) as error:
            message = (
                f"The position file '{self.path}' cannot be read: {error}. Give another file as 'position',"
                " or remove this one to begin anew."
            )
            raise ConfigError(message) from error
        self.found = True
        self._waiting = {(place.device, place.inode): place for place in places}

    def _forget(self, place: Place) -> None:
        if not place.left:
            self.logging.warning(
                f"The file that was {place.path!r} is gone: what it had behind byte {place.offset}, if"
                " anything, is not read."
            )

    def _replace(self, content: bytes) -> None:
        temporary = self.path.with_name(f"{self.path.name}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - Path.open takes no mode for a new file
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(self.path)


def _look_up(folder: Path, identity: tuple[int, int]) -> Path | None:
    with os.scandir(folder) as entries:
        for entry in entries:
            # The number alone is free of a system call; on another file system it means another file.
            if entry.inode() == identity[1] and entry.stat(follow_symlinks=False).st_dev == identity[0]:
                return Path(entry.path)
    return None
