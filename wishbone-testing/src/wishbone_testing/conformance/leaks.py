"""What a module may leave behind: descriptors, threads, greenlets, acknowledgements."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from gevent import Timeout
from gevent.hub import Hub, get_hub
from greenlet import greenlet

from wishbone.acknowledgement import Acknowledgement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType


THREAD_SECONDS = 1.0
"""Seconds in which gevent's own threads must end, or count as left behind."""


class Descriptor(NamedTuple):
    """An open file descriptor."""

    number: int
    device: int
    inode: int

    def __str__(self) -> str:
        """Describe it by its path, if it has one."""
        try:
            return f"{Path(f'/proc/self/fd/{self.number}').readlink()} open"
        except OSError:
            return f"descriptor {self.number} open"


class Thread(NamedTuple):
    """A native thread, by its number in the system."""

    number: int

    def __str__(self) -> str:
        """Describe it: the system knows no more."""
        return "a thread"


def descriptors() -> set[Descriptor]:
    """Return the open file descriptors of this process."""
    found = set()
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - the names are numbers, not paths
        with suppress(OSError):  # the descriptor of the listing itself is closed
            status = os.fstat(int(name))
            found.add(Descriptor(int(name), status.st_dev, status.st_ino))
    return found


def threads() -> set[Thread]:
    """Return the native threads of this process, if the system lists them."""
    # gevent's threads come with each name look-up, and end after some idle seconds.
    with suppress(Timeout), Timeout(THREAD_SECONDS):
        get_hub().threadpool.size = 0
    try:
        return {Thread(int(name)) for name in os.listdir("/proc/self/task")}  # noqa: PTH208 - as above
    except OSError:
        return set()


def greenlets() -> set[greenlet]:
    """Return the greenlets that run or wait, except gevent's own."""
    found = [thing for thing in gc.get_objects() if isinstance(thing, greenlet)]
    return {found for found in found if found and not found.dead and not _is_of_gevent(found)}


def describe_greenlet(found: greenlet) -> str:
    """Describe a greenlet by the line that it is at."""
    run: Any = getattr(found, "_run", None)
    name = getattr(run, "__qualname__", type(found).__name__)
    frame: FrameType | None = found.gr_frame
    while frame is not None and "gevent" in frame.f_globals.get("__name__", "").split("."):
        frame = frame.f_back
    if frame is None:
        return str(name)
    return f"{frame.f_code.co_qualname} ({frame.f_code.co_filename}, line {frame.f_lineno})"


@contextmanager
def acknowledgements() -> Iterator[list[Acknowledgement]]:
    """Record all acknowledgements that are created while the context lasts."""
    made: list[Acknowledgement] = []
    init = Acknowledgement.__init__

    def record(acknowledgement: Acknowledgement, *args: Any, **kwargs: Any) -> None:
        made.append(acknowledgement)
        init(acknowledgement, *args, **kwargs)

    with patch.object(Acknowledgement, "__init__", record):
        yield made


def unsettled(made: Iterable[Acknowledgement]) -> list[Acknowledgement]:
    """Return the acknowledgements with references."""
    return [each for each in made if each.references > 0 and not each.done]


def _is_of_gevent(found: greenlet) -> bool:
    """Return whether it is the main greenlet of a thread, a hub, or a worker of a thread pool."""
    return found.parent is None or isinstance(found, Hub) or type(found).__module__ == "gevent.threadpool"
