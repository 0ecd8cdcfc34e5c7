"""Archive: compresses the rotated files of a file, and removes the oldest.

It works from the names in the folder, so the next process continues where one died. A file is removed only
after its compressed copy is on the disk under its own name.
"""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal, Protocol

from wishbone.codecs.gzip import gzip_compressor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wishbone_output_file.rotated_name import RotatedName

Compression = Literal["gzip", "zstd"]

SUFFIXES: dict[Compression, str] = {"gzip": ".gz", "zstd": ".zst"}
PARTIAL = ".part"
BLOCK = 1 << 18
"""Bytes that are compressed at a time."""


class Compressor(Protocol):
    """What the compressors of zlib and zstd have in common."""

    def compress(self, data: bytes, /) -> bytes:
        """Return the bytes that are ready."""

    def flush(self) -> bytes:
        """Return the rest."""


def maintain(
    folder: int,
    found: list[RotatedName],
    keep: int | None,
    compression: Compression | None,
    stopped: Callable[[], bool],
) -> None:
    """Remove the rotated files of a file that are not to be kept, and compress the others.

    Args:
        folder: The descriptor of its folder.
        found: The rotated files, oldest first.
        keep: How many rotated files to keep; None keeps all.
        compression: How to compress them, if at all.
        stopped: Returns whether to leave the rest to the next time.

    Raises:
        OSError: A step failed; the files are unchanged.
    """
    if keep is not None:
        old = {*sorted({each.time for each in found})[:-keep]}
        for each in found:
            if each.time in old:
                with suppress(FileNotFoundError):  # another process was faster
                    os.unlink(each.name, dir_fd=folder)
        found = [each for each in found if each.time not in old]
    if compression is not None:
        for each in found:
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
                return  # another process still writes to it: compress it next time
            os.rename(done + PARTIAL, done, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
        os.unlink(name, dir_fd=folder)
    finally:
        os.close(source)


def _copy(source: int, target: int, compression: Compression, stopped: Callable[[], bool]) -> bool:
    """Return whether the whole file was copied."""
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
    """Open an empty file for this process alone, or None if another process has it.

    If the file still has that name afterwards, it is not complete, and is removed.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    target = os.open(name, flags, 0o600, dir_fd=folder)
    try:
        if not _lock(folder, name, target):
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


def _lock(folder: int, name: str, descriptor: int) -> bool:
    """Return whether this process has the file, and the name still belongs to it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except (BlockingIOError, FileNotFoundError):
        return False
    # Another process may have finished and renamed the file after it was opened here.
    return os.path.samestat(found, os.fstat(descriptor))


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _compressor(compression: Compression) -> Compressor:
    if compression == "gzip":
        return gzip_compressor()
    from backports import zstd  # noqa: PLC0415 - an optional dependency

    return zstd.ZstdCompressor()
