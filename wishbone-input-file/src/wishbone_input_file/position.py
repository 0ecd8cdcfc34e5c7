"""Positions: the file that remembers up to where each file was settled."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone_input_file.tail import Tail


class Place(msgspec.Struct, frozen=True):
    """Up to where one file was settled.

    Args:
        path: What the file was called.
        device: The device that it is on.
        inode: Its number there.
        offset: Bytes of text that are settled.
        line: Lines that are settled.
        head: Bytes at its beginning that the fingerprint is made of.
        fingerprint: Their SHA-256: an inode is given to another file once the first is gone.
    """

    path: str
    device: int
    inode: int
    offset: int
    line: int
    head: int
    fingerprint: str


class Positions:
    """Keeps places in a file that is replaced as a whole, so that any kind of death leaves a whole one."""

    def __init__(self, path: str) -> None:
        """Prepare it.

        Args:
            path: The file to keep them in.
        """
        self.path = Path(path)
        self.found = False
        self._waiting: dict[tuple[int, int], Place] = {}
        self._written = b""

    def load(self) -> None:
        """Read what an earlier run left.

        Raises:
            ConfigError: What stands there are no positions.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return
        try:
            places = msgspec.json.decode(content, type=list[Place])
        except msgspec.DecodeError as error:
            message = (
                f"The position file '{self.path}' cannot be read: {error}. Give another file as 'position',"
                " or remove this one to begin anew."
            )
            raise ConfigError(message) from error
        self.found = True
        self._waiting = {(place.device, place.inode): place for place in places}

    def take(self, identity: tuple[int, int]) -> Place | None:
        """Return the place in a file that is opened now, if an earlier run left one."""
        return self._waiting.pop(identity, None)

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
            path = _look_up(folder, identity)
            if path is None or path == Path(place.path):
                del self._waiting[identity]
            else:
                paths.append(str(path))
        return paths

    def save(self, tails: Iterable[Tail]) -> None:
        """Write the places, if they have changed.

        Raises:
            OSError: They cannot be written; the file is as it was before.
        """
        places = [*self._waiting.values(), *(tail.place for tail in tails if tail.committer is not None)]
        content = msgspec.json.encode(places)
        if content == self._written:
            return
        temporary = self.path.with_name(f"{self.path.name}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - Path.open takes no mode for a new file
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(self.path)
        self._written = content


def _look_up(folder: Path, identity: tuple[int, int]) -> Path | None:
    with os.scandir(folder) as entries:
        for entry in entries:
            # The number alone is free of a system call; on another file system it means another file.
            if entry.inode() == identity[1] and entry.stat(follow_symlinks=False).st_dev == identity[0]:
                return Path(entry.path)
    return None
