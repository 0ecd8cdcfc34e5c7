"""Opening: opens a file for appending, makes it and its folders, and follows no link out of its base.

Every step goes from an open folder to the next, and refuses links: nobody can put one in between a check and
what was checked.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from wishbone.error import WishboneError

if TYPE_CHECKING:
    from wishbone_output_file.place import Place

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""Without O_NONBLOCK, opening a named pipe that nobody reads from would never return."""

_CAUSES = {
    errno.ELOOP: "it is a link, and links below the base are not followed",
    errno.ENOTDIR: "a folder on the way there is a link or a file",
    errno.ENXIO: "it is a pipe or a socket",
    errno.EMFILE: "too many files are open (each takes two descriptors): lower 'max_open' or raise ulimit -n",
}
"""What some errors mean here."""


class CannotOpenError(WishboneError):
    """A file cannot be opened. It is an error of the events that were meant for it."""


class Opened(NamedTuple):
    """An open file."""

    descriptor: int
    """What to write to: always at its end, whoever else writes."""

    folder: int
    """The descriptor of its folder."""

    name: str
    """Its name in the folder."""

    made: bool
    """Whether it was not there before."""


def open_file(place: Place, mode: int) -> Opened:
    """Open a file for appending; make it and its folders, where they are missing.

    Args:
        place: Where it stands.
        mode: The permissions of a file that is made; a folder may also be entered by who may read.

    Raises:
        CannotOpenError: It cannot be opened or made, or it is no file.
    """
    try:
        folder, name = open_folder(place, _folder_mode(mode))
        try:
            descriptor, made = _open_in(folder, name, mode)
        except BaseException:
            os.close(folder)
            raise
    except OSError as error:
        cause = _CAUSES.get(error.errno or 0) or error.strerror or str(error)
        message = f"{place.path!r} cannot be written to: {cause}. Correct 'path', or mend what is there."
        raise CannotOpenError(message) from error
    return Opened(descriptor, folder, name, made)


def open_folder(place: Place, mode: int | None = None) -> tuple[int, str]:
    """Open the folder of a file.

    Args:
        place: Where the file stands.
        mode: The permissions of folders that are made where they are missing; None makes none.

    Returns:
        The folder's descriptor, and the file's name there.

    Raises:
        OSError: It cannot be opened or made.
    """
    if mode is not None:
        os.makedirs(place.base, mode, exist_ok=True)  # noqa: PTH103 - paths stay as they were written
    if place.trusted:
        base, name = os.path.split(os.path.realpath(place.path))
        return os.open(base, _FOLDER), name
    folder = os.open(place.base, _FOLDER)
    for below in place.names[:-1]:
        with_it = folder
        try:
            if mode is not None:
                with suppress(FileExistsError):
                    os.mkdir(below, mode, dir_fd=with_it)
            folder = os.open(below, _FOLDER | os.O_NOFOLLOW, dir_fd=with_it)
        finally:
            os.close(with_it)
    return folder, place.names[-1]


def last_byte(opened: Opened) -> bytes:
    """Return what a file ends with; a newline, where this process may not read it."""
    try:
        file = os.open(opened.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=opened.folder)
    except PermissionError:
        return b"\n"
    try:
        return os.pread(file, 1, max(0, os.fstat(file).st_size - 1))
    finally:
        os.close(file)


def make_base(base: str, mode: int) -> None:
    """Make the folder that all files of a module are to be in.

    Args:
        base: The folder.
        mode: The permissions of files in it.

    Raises:
        CannotOpenError: It cannot be made.
    """
    try:
        os.makedirs(base, _folder_mode(mode), exist_ok=True)  # noqa: PTH103 - paths stay as they were written
    except OSError as error:
        cause = error.strerror or str(error)
        message = f"The folder {base!r} cannot be made: {cause}. Correct 'path' or 'base', or make it."
        raise CannotOpenError(message) from error


def _open_in(folder: int, name: str, mode: int) -> tuple[int, bool]:
    """Return a descriptor of a file, and whether it was made."""
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
    except FileExistsError:
        # Another process was faster.
        return os.open(name, _APPEND, dir_fd=folder), False
    os.fchmod(descriptor, mode)  # whatever the umask takes away: a person asked for it
    return descriptor, True


def _folder_mode(mode: int) -> int:
    return mode | 0o700 | (mode & 0o044) >> 2
