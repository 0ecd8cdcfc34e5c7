"""What may be left behind: open descriptors, greenlets, threads, acknowledgements."""

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


BUSY_SECONDS = 1.0
"""Seconds that a thread of gevent's own may go on, before it is taken for one that is left behind."""


class Descriptor(NamedTuple):
    """An open file descriptor: its number, and what stands behind it."""

    number: int
    device: int
    inode: int

    def __str__(self) -> str:
        """Say what is open, where that can be known."""
        try:
            return f"{Path(f'/proc/self/fd/{self.number}').readlink()} open"
        except OSError:
            return f"descriptor {self.number} open"


class Thread(NamedTuple):
    """A native thread, by the number that the system gave it."""

    number: int

    def __str__(self) -> str:
        """Say what it is: nobody knows more."""
        return "a thread"


def descriptors() -> set[Descriptor]:
    """Return the open file descriptors of this process."""
    found = set()
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - they are numbers, and no paths
        with suppress(OSError):  # the one that listed them is closed
            status = os.fstat(int(name))
            found.add(Descriptor(int(name), status.st_dev, status.st_ino))
    return found


def threads() -> set[Thread]:
    """Return the native threads of this process; none where the system does not tell."""
    # None of gevent's own, which come with each name that is looked up, and go after some idle seconds.
    with suppress(Timeout), Timeout(BUSY_SECONDS):
        get_hub().threadpool.size = 0
    try:
        return {Thread(int(name)) for name in os.listdir("/proc/self/task")}  # noqa: PTH208 - as above
    except OSError:
        return set()


def greenlets() -> set[greenlet]:
    """Return the greenlets that run or wait, those that gevent itself keeps left out."""
    found = [thing for thing in gc.get_objects() if isinstance(thing, greenlet)]
    return {found for found in found if found and not found.dead and not _is_kept(found)}


def describe_greenlet(found: greenlet) -> str:
    """Say what a greenlet runs, and where it stands."""
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
    """Note every acknowledgement that is made, as long as the context lasts, and keep it alive."""
    made: list[Acknowledgement] = []
    init = Acknowledgement.__init__

    def note(acknowledgement: Acknowledgement, *args: Any, **kwargs: Any) -> None:
        made.append(acknowledgement)
        init(acknowledgement, *args, **kwargs)

    with patch.object(Acknowledgement, "__init__", note):
        yield made


def unsettled(made: Iterable[Acknowledgement]) -> list[Acknowledgement]:
    """Return those that somebody still holds, or has forgotten."""
    return [each for each in made if each.references > 0 and not each.done]


def _is_kept(found: greenlet) -> bool:
    """Return whether it is a thread's main greenlet, a hub, or a worker of gevent's threads."""
    return found.parent is None or isinstance(found, Hub) or type(found).__module__ == "gevent.threadpool"
