"""OpenFile: opens a file for appending, makes it and its folders, and follows no link out of its base.

Each step opens a name in an open folder and refuses links: nothing can be exchanged between check and use.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from wishbone.error import WishboneError

if TYPE_CHECKING:
    from wishbone_output_file.path_template import FilePath

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""Without O_NONBLOCK, opening a named pipe without a reader would block."""

_CAUSES = {
    errno.ELOOP: "it is a link, and links below the base are not followed",
    errno.ENOTDIR: "a folder in the path is a link or a file",
    errno.ENXIO: "it is a pipe or a socket",
    errno.EMFILE: "too many files are open (each takes two descriptors): lower 'max_open' or raise ulimit -n",
}


class CannotOpenError(WishboneError):
    """A file cannot be opened. The events for it fail with this error."""


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

    def last_byte(self) -> bytes:
        """Return the last byte; a newline, if this process must not read the file."""
        try:
            file = os.open(self.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.folder)
        except PermissionError:
            return b"\n"
        try:
            return os.pread(file, 1, max(0, os.fstat(file).st_size - 1))
        finally:
            os.close(file)


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
        message = f"Cannot write to {path.path!r}: {cause}. Correct 'path', or the file or folder."
        raise CannotOpenError(message) from error
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
        raise CannotOpenError(message) from error


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
