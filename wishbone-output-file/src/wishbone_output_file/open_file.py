"""OpenFile: opens a file for appending, makes it and its folders, and follows no link out of its base.

Each step opens a name in an open folder and refuses links: nothing can be exchanged between check and use.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from gevent.monkey import get_original

from wishbone.error import WishboneError

if TYPE_CHECKING:
    from wishbone_output_file.path_template import FilePath

_sleep = get_original("time", "sleep")
"""Other greenlets must not find a file that is being opened."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""Without O_NONBLOCK, opening a named pipe without a reader would block."""

UNFINISHED_SECONDS = 0.005
"""Seconds for which a file must not grow before its last line counts as torn."""

_CAUSES = {
    errno.ELOOP: "it is a link, and links below the base are not followed",
    errno.ENOTDIR: "a folder in the path is a link or a file",
    errno.ENXIO: "it is a pipe or a socket",
    errno.EMFILE: "too many files are open (each takes two descriptors): lower 'max_open' or raise ulimit -n",
}


_CURES = {
    errno.ENOSPC: "Make room there",
    errno.EDQUOT: "Make room there, or raise the quota",
    errno.EROFS: "Make the file system writable",
    errno.EIO: "Check the disk",
    errno.EFBIG: "Raise the limit of file sizes (ulimit -f), or set 'max_size'",
    errno.EACCES: "Give this process the right to write there",
    errno.ENFILE: "Raise fs.file-max",
}

_OF_THE_NAME = frozenset(
    {
        errno.ELOOP,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ENXIO,
        errno.ENAMETOOLONG,
        errno.EACCES,
        errno.EPERM,
        errno.EINVAL,
        errno.EILSEQ,
    }
)
"""The errors that a name from a payload can cause: an event must not make all others wait."""

EXHAUSTED = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ESTALE,
        errno.ETIMEDOUT,
    }
)
"""The errors of a system that lacks something for a while: no mistake in the configuration."""


class CannotOpenError(WishboneError):
    """A file cannot be opened."""

    def __init__(self, message: str, code: int | None, *, temporary: bool) -> None:
        """Keep why.

        Args:
            message: The cause and the cure.
            code: The number of the system's error.
            temporary: Whether events wait until the file can be opened; otherwise those for it fail.
        """
        super().__init__(message)
        self.code = code
        self.temporary = temporary


class OpenFile(NamedTuple):
    """An open file."""

    descriptor: int
    """Open for appending."""

    folder: int
    """The descriptor of its folder."""

    name: str
    """Its name in the folder."""

    made: bool
    """Whether it is new."""

    def close(self) -> None:
        """Close the file and its folder."""
        os.close(self.descriptor)
        os.close(self.folder)

    def read(self, size: int, offset: int = 0) -> bytes:
        """Return bytes of the file, from the end if the offset is negative.

        Returns:
            Nothing, if this process must not read the file, or if its name belongs to another file now.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            file = os.open(self.name, flags, dir_fd=self.folder)
        except (PermissionError, FileNotFoundError):
            return b""
        try:
            status = os.fstat(file)
            if not os.path.samestat(status, os.fstat(self.descriptor)):
                return b""  # another process has rotated it
            return os.pread(file, size, offset if offset >= 0 else max(0, status.st_size + offset))
        finally:
            os.close(file)

    def is_torn(self) -> bool:
        """Return whether the file ends within a line, and no process is at work on that line."""
        size = -1
        while self.read(1, -1) not in {b"", b"\n"}:
            before, size = size, os.fstat(self.descriptor).st_size
            if size == before:
                return True
            # Until another process has finished a write, its beginning may be all that there is to see.
            _sleep(UNFINISHED_SECONDS)
        return False


def open_file(path: FilePath, mode: int) -> OpenFile:
    """Open a file for appending; make it and its folders if they are missing.

    Args:
        path: The file.
        mode: Permissions of a new file; users who may read it may also enter new folders.

    Raises:
        CannotOpenError: It cannot be opened or made, or is not a file.
    """
    try:
        folder, name = open_folder(path, _folder_mode(mode))
        try:
            descriptor, made = _open_in(folder, name, mode)
        except BaseException:
            os.close(folder)
            raise
    except OSError as error:
        cause = _CAUSES.get(error.errno or 0) or error.strerror or str(error)
        cure = cure_of(error, "Correct 'path', or the file or folder")
        message = f"Cannot write to {path.path!r}: {cause}. {cure}."
        raise CannotOpenError(message, error.errno, temporary=_is_temporary(path, error)) from error
    return OpenFile(descriptor, folder, name, made)


def open_folder(path: FilePath, mode: int | None = None) -> tuple[int, str]:
    """Open the folder of a file.

    Args:
        path: The file.
        mode: Permissions of missing folders, which are made; None makes none.

    Returns:
        The folder's descriptor, and the file's name in it.

    Raises:
        OSError: It cannot be opened or made.
    """
    if mode is not None:
        os.makedirs(path.base, mode, exist_ok=True)  # noqa: PTH103 - paths stay as written
    if path.trusted:
        base, name = os.path.split(os.path.realpath(path.path))
        return os.open(base, _FOLDER), name
    folder = os.open(path.base, _FOLDER)
    for name in path.names[:-1]:
        parent = folder
        try:
            if mode is not None:
                with suppress(FileExistsError):
                    os.mkdir(name, mode, dir_fd=parent)
            folder = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
        finally:
            os.close(parent)
    return folder, path.names[-1]


def make_base(base: str, mode: int) -> None:
    """Make the folder for all files of a module.

    Args:
        base: The folder.
        mode: Permissions of the files in it.

    Raises:
        CannotOpenError: It cannot be made.
    """
    try:
        os.makedirs(base, _folder_mode(mode), exist_ok=True)  # noqa: PTH103 - paths stay as written
    except OSError as error:
        cause = error.strerror or str(error)
        message = f"The folder {base!r} cannot be made: {cause}. Correct 'path' or 'base', or make it."
        raise CannotOpenError(message, error.errno, temporary=error.errno in EXHAUSTED) from error


def cure_of(error: OSError, otherwise: str) -> str:
    """Return what to do about an error of the system, as a sentence without its full stop."""
    return _CURES.get(error.errno or 0, otherwise)


def _is_temporary(path: FilePath, error: OSError) -> bool:
    """Return whether to wait: not for what a name from a payload causes, unless it is the base's fault."""
    of_the_name = not path.trusted and error.errno in _OF_THE_NAME
    return not of_the_name or not os.access(path.base, os.W_OK | os.X_OK)


def _open_in(folder: int, name: str, mode: int) -> tuple[int, bool]:
    """Return a descriptor of a file, and whether the file is new."""
    try:
        descriptor, made = os.open(name, _APPEND, dir_fd=folder), False
    except FileNotFoundError:
        descriptor, made = _make(folder, name, mode)
    status = os.fstat(descriptor)
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISCHR(status.st_mode)):
        os.close(descriptor)
        raise OSError(errno.ENXIO, "")
    return descriptor, made


def _make(folder: int, name: str, mode: int) -> tuple[int, bool]:
    try:
        descriptor = os.open(name, _APPEND | os.O_CREAT | os.O_EXCL, mode, dir_fd=folder)
    except FileExistsError:  # another process was faster
        return os.open(name, _APPEND, dir_fd=folder), False
    os.fchmod(descriptor, mode)  # the configured mode, whatever the umask is
    return descriptor, True


def _folder_mode(mode: int) -> int:
    return mode | 0o700 | (mode & 0o044) >> 2
