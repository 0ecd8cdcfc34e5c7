"""OffsetStore: the file that stores how far each file was settled."""

from __future__ import annotations

import fcntl
import json
import os
import re
import stat
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec.structs import replace

from wishbone.error import ConfigError, WishboneError
from wishbone_input_file.fingerprint import HEAD, digest

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from wishbone.logging import Logging
    from wishbone_input_file.tail import Identity, Tail

MAX_FINISHED = 10_000
"""Files that were read to their end and are gone whose states are kept, in case they come back."""

MIN_HEAD = 256
"""Bytes that a file must have in common with one that was named like it, to be read as its rest."""

_ROTATED = re.compile(r"(?:[.-]\d+|\.gz)+$")

Size = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class FileState(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far one file is settled.

    Args:
        path: Its path.
        device: Its device.
        inode: Its inode; 0 if the content is not in that file any more.
        offset: Bytes of text that are settled.
        line: Lines or records that are settled.
        head: Bytes at its beginning that the fingerprint covers.
        fingerprint: Their SHA-256: the inode of a file that was deleted is used again.
        mark: Bytes of text up to the last block that is settled.
        mark_fingerprint: The SHA-256 of the bytes before that point.
        decoder: Fingerprint of the decoder; empty for lines.
        finished: Whether the file has left its path and was read to its end, or is gone.
    """

    path: str
    device: Annotated[int, msgspec.Meta(ge=0)]
    inode: Annotated[int, msgspec.Meta(ge=0)]
    offset: Size
    line: Size
    head: Annotated[int, msgspec.Meta(ge=0, le=HEAD)]
    fingerprint: str
    mark: Size = 0
    mark_fingerprint: str = ""
    decoder: str = ""
    finished: bool = msgspec.field(default=False, name="left")

    @property
    def identity(self) -> Identity:
        """Its device and inode."""
        return self.device, self.inode

    @property
    def distinctive(self) -> bool:
        """Whether its content alone identifies it: short beginnings of files are often equal."""
        return self.head == HEAD and self.mark > HEAD


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
        self._states: dict[Identity, FileState] = {}
        self._written = b""
        self._lock: int | None = None
        self._contents = 0

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

    def keep(self, state: FileState, *, finished: bool = False) -> None:
        """Keep the state of a file that is not open.

        Args:
            state: How far it is settled.
            finished: Whether it has left its path and was read to its end.
        """
        self._states.pop(state.identity, None)
        self._states[state.identity] = replace(state, finished=finished or state.finished)
        over = len(self._states) - MAX_FINISHED
        if over > 0:
            finished_ones = [key for key, state in self._states.items() if state.finished]
            for key in finished_ones[:over]:
                del self._states[key]

    def discard(self, identity: Identity) -> None:
        """Keep the state of a file no more: it is open again."""
        self._states.pop(identity, None)

    def keep_content(self, state: FileState) -> None:
        """Keep the state of content that was overwritten: a copy of it may be found."""
        if state.head >= MIN_HEAD:
            self._contents += 1
            while (self._contents, 0) in self._states:
                self._contents += 1
            # A device number: no file has the inode 0.
            self.keep(replace(state, device=self._contents, inode=0))

    def finish_contents(self) -> None:
        """Expect no rest of the content that was overwritten."""
        for identity, state in self._states.items():
            if not state.inode:
                self._states[identity] = replace(state, finished=True)

    def claim(self, tail: Tail, present: Container[Identity], others: Iterable[Tail]) -> FileState | None:
        """Return the state of a file that is opened, if there is one, and do not keep it any more.

        Args:
            tail: The file.
            present: The files that exist under the paths to read.
            others: The files that are open: one may be a copy of another.

        Raises:
            OSError: The file cannot be read.
        """
        own = self._states.get(tail.identity)
        states = {own} if own is not None and tail.holds(own) else set()
        states |= {state for state in self._find_content(tail, others) if _may_be(state, tail, present)}
        # Of several states of one content, the one that was read furthest.
        found = max(states, key=attrgetter("offset"), default=None)
        for state in (own, found):
            if state is not None and (state is own or state.identity not in present):
                self._states.pop(state.identity, None)
        if own is not None and own not in states:
            self.keep_content(own)
        return found

    def may_be_incomplete(self, tail: Tail, present: Container[Identity], others: Iterable[Tail]) -> bool:
        """Return whether a file may become a copy of a known one: so far it only begins like it.

        Raises:
            OSError: The file cannot be read.
        """
        if tail.identity in self._states:
            return False
        head = tail.read_head()
        begun = tail.compressed and len(head) < HEAD
        fingerprint = digest(head)
        similar = [state for state in self._states.values() if begun or state.fingerprint == fingerprint]
        similar += [other.state for other in others if begun or other.fingerprint.head.startswith(head)]
        similar = [state for state in similar if state.distinctive and _may_be(state, tail, present)]
        return bool(similar) and not any(tail.holds(state) for state in similar)

    def find_rest(self, present: Container[Identity]) -> dict[Identity, list[str]]:
        """Find the files that have left the paths to read since an earlier run, before they were finished.

        Args:
            present: The files that exist under the paths to read.

        Returns:
            For each, the paths of the files in its folder that may have its content.
        """
        found: dict[Identity, list[str]] = {}
        for identity, state in self._states.items():
            if state.finished or identity in present:
                continue
            folder = Path(state.path).parent
            try:
                found[identity] = _candidates(folder, Path(state.path).name, state.inode)
            except FileNotFoundError:
                pass  # the folder may come back
            except OSError as error:
                self.logging.warning(
                    f"Cannot search {str(folder)!r} for the file that was {state.path!r}: {error}. Give this"
                    " process the right to list it, or the rest of that file is not read."
                )
        return found

    def claim_rest(self, identity: Identity, tail: Tail) -> FileState | None:
        """Return the state of a file that has left its path, if another file has its content now.

        Raises:
            OSError: The other file cannot be read.
        """
        state = self._states[identity]
        if state.head < MIN_HEAD and state.inode != tail.identity[1]:
            return None
        return self._states.pop(identity) if tail.holds(state) else None

    def note_gone(self, identity: Identity) -> None:
        """Log that a file was not found; it is expected no more."""
        state = self._states[identity]
        self.logging.warning(
            f"The file that was {state.path!r} is gone. Anything it had after byte {state.offset} is not"
            " read."
        )
        self.keep(state, finished=True)

    def keeps(self, identity: Identity) -> bool:
        """Return whether there is a state of a file that is not open."""
        return identity in self._states

    def save(self, states: Iterable[FileState]) -> None:
        """Write all states if they have changed.

        Args:
            states: Those of the files that are read now.

        Raises:
            WishboneError: They cannot be written; the position file is unchanged.
        """
        if not self.kept:
            return
        # Python writes and reads names that are not UTF-8; msgspec does not.
        content = json.dumps(msgspec.to_builtins([*self._states.values(), *states])).encode()
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

    def _find_content(self, tail: Tail, others: Iterable[Tail]) -> Iterator[FileState]:
        """Yield the states of files with the same content: the file was moved, copied or compressed."""
        head = tail.read_head()
        fingerprint, inode = digest(head), tail.identity[1]
        for state in self._states.values():
            moved = state.head and state.inode == inode
            if (moved or (state.distinctive and state.fingerprint == fingerprint)) and tail.holds(state):
                yield state
        for other in others:
            if len(head) == HEAD and other.fingerprint.head == head:
                state = other.state
                if state.distinctive and tail.holds(state):
                    yield state

    def _acquire_lock(self) -> None:
        try:
            # The position file is replaced at each write, so the lock is on another file.
            self._lock = _open_own(f"{self.path}.lock", os.O_WRONLY | os.O_CREAT)
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
            with open(_open_own(self.path, os.O_RDONLY), "rb") as file:
                states = msgspec.convert(json.loads(file.read()), list[FileState])
        except FileNotFoundError:
            return
        except (OSError, ValueError, RecursionError, msgspec.ValidationError) as error:
            message = (
                f"The position file '{self.path}' cannot be read: {error}. Give another file as 'position',"
                " or remove this one to start from the beginning."
            )
            raise ConfigError(message) from error
        self.found = True
        self._states = {state.identity: state for state in states}

    def _replace(self, content: bytes) -> None:
        temporary = self.path.with_name(f"{self.path.name}.new")
        temporary.unlink(missing_ok=True)
        descriptor = _open_own(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - Path.open takes no descriptor
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(self.path)


def _open_own(path: str | Path, flags: int) -> int:
    """Open a file of this user. In a shared folder, others may have put a link or a pipe in its place.

    Raises:
        OSError: It is something else, or belongs to another user.
    """
    # Without O_NONBLOCK, opening a named pipe would block.
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_uid in {os.geteuid(), 0}:
        return descriptor
    os.close(descriptor)
    message = f"{str(path)!r} is not a file of this user"
    raise OSError(message)


def _may_be(state: FileState, tail: Tail, present: Container[Identity]) -> bool:
    """Return whether equal content means one file: the known one is gone, or the other is named after it."""
    name, folder = os.path.basename(tail.path), os.path.dirname(tail.path)  # noqa: PTH119, PTH120
    named_after = name.startswith(_stem(Path(state.path).name)) and folder == os.path.dirname(state.path)  # noqa: PTH120
    return named_after or state.identity not in present


def _candidates(folder: Path, name: str, inode: int) -> list[str]:
    """Return what may be a file that was renamed, copied or compressed: its inode first."""
    stem = _stem(name)
    with os.scandir(folder) as entries:
        found = sorted((entry.inode() != inode, entry.path) for entry in entries if _fits(entry, stem, inode))
    return [path for _, path in found]


def _fits(entry: os.DirEntry[str], stem: str, inode: int) -> bool:
    return entry.inode() == inode or (entry.name.startswith(stem) and entry.is_file(follow_symlinks=False))


def _stem(name: str) -> str:
    """Return a name without what rotation appends: `app.log` for `app.log.2.gz`."""
    return _ROTATED.sub("", name) or name
