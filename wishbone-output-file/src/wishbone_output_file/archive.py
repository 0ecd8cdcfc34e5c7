"""Archive: the files that were rotated. Compresses them, and removes the oldest.

It works in a thread, on whatever stands in the folder: where a process died, the next one goes on. A file is
removed only after what it was compressed to is on the disk, under its own name.
"""

from __future__ import annotations

import fcntl
import os
import stat
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal, Protocol

from wishbone_output_file.stamp import rotated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Compression = Literal["gzip", "zstd"]

SUFFIXES: dict[Compression, str] = {"gzip": ".gz", "zstd": ".zst"}
PARTIAL = ".part"
BLOCK = 1 << 18
"""Bytes that are compressed at a time."""

_WITH_HEADER = 31
"""What tells zlib of gzip's header and trailer, with the largest window."""


class Compressor(Protocol):
    """What zlib and zstd have in common."""

    def compress(self, data: bytes, /) -> bytes:
        """Return what has become ready."""

    def flush(self) -> bytes:
        """Return the rest."""


def tidy(
    folder: int,
    name: str,
    keep: int | None,
    compression: Compression | None,
    stopped: Callable[[], bool],
) -> None:
    """Compress what was rotated of a file, and remove what is beyond the number to keep.

    Args:
        folder: The descriptor of its folder.
        name: The file's name.
        keep: How many rotated files stay; None for all.
        compression: How they are compressed, if they are.
        stopped: Asked now and then whether to leave the rest to the next time.

    Raises:
        OSError: Something cannot be done; the files stay as they are.
    """
    if keep is not None:
        _remove_oldest(folder, name, keep)
    if compression is not None:
        _compress_all(folder, name, compression, stopped)


def _remove_oldest(folder: int, name: str, keep: int) -> None:
    found = rotated(name, os.listdir(folder))
    gone = sorted({each.stamp for each in found})[:-keep]
    for each in found:
        if each.stamp in gone:
            with suppress(FileNotFoundError):  # another process was faster
                os.unlink(each.name, dir_fd=folder)


def _compress_all(folder: int, name: str, compression: Compression, stopped: Callable[[], bool]) -> None:
    for each in rotated(name, os.listdir(folder)):
        if not each.suffix and not each.partial and not stopped():
            with suppress(FileNotFoundError):  # another process was faster
                _compress(folder, each.name, compression, stopped)


def _compress(folder: int, name: str, compression: Compression, stopped: Callable[[], bool]) -> None:
    done = name + SUFFIXES[compression]
    if _exists(folder, done):
        os.unlink(name, dir_fd=folder)  # a process died between the two
        return
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        status = os.fstat(source)
        if not stat.S_ISREG(status.st_mode):
            return
        with _partial(folder, done + PARTIAL, status.st_mode) as target:
            if target is None or not _copy(source, target, compression, stopped):
                return
            os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
            os.fsync(target)
            if os.fstat(source).st_size != status.st_size:
                return  # somebody still writes to it: the next time will do
            os.rename(done + PARTIAL, done, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
        os.unlink(name, dir_fd=folder)
    finally:
        os.close(source)


def _copy(source: int, target: int, compression: Compression, stopped: Callable[[], bool]) -> bool:
    """Return whether it came to its end."""
    compressor = _compressor(compression)
    while block := os.read(source, BLOCK):
        if stopped():
            return False
        _write(target, compressor.compress(block))
    _write(target, compressor.flush())
    return True


def _write(target: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(target, rest) :]


@contextmanager
def _partial(folder: int, name: str, mode: int) -> Iterator[int | None]:
    """Open a file to compress to, empty and for this process alone; None where another has it.

    What still has that name afterwards did not come to its end, and is removed.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    target = os.open(name, flags, 0o600, dir_fd=folder)
    try:
        if not _claim(folder, name, target):
            yield None
            return
        os.ftruncate(target, 0)
        os.fchmod(target, stat.S_IMODE(mode))
        try:
            yield target
        finally:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
    finally:
        os.close(target)


def _claim(folder: int, name: str, descriptor: int) -> bool:
    """Return whether this process has the file, and it is what has the name now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except (BlockingIOError, FileNotFoundError):
        return False
    # Who had it before may have finished and renamed it since it was opened here.
    return os.path.samestat(found, os.fstat(descriptor))


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _compressor(compression: Compression) -> Compressor:
    if compression == "gzip":
        return zlib.compressobj(6, zlib.DEFLATED, _WITH_HEADER)
    from backports import zstd  # noqa: PLC0415 - only who wants it has it

    return zstd.ZstdCompressor()
