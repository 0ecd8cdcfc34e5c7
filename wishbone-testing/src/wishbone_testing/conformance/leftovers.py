"""What may be left behind: open descriptors, greenlets, threads, acknowledgements."""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gevent.hub import Hub, get_hub
from greenlet import greenlet

from wishbone.acknowledgement import Acknowledgement

if TYPE_CHECKING:
    from types import FrameType

Descriptor = tuple[int, int, int]
"""Its number, and what stands behind it: device and inode."""


def descriptors() -> set[Descriptor]:
    """Return the open file descriptors of this process."""
    found = set()
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - /dev/fd holds no paths
        with suppress(OSError):  # the one that listed them is closed
            status = os.fstat(int(name))
            found.add((int(name), status.st_dev, status.st_ino))
    return found


def describe_descriptor(descriptor: Descriptor) -> str:
    """Say what is open."""
    number = descriptor[0]
    try:
        return f"{Path(f'/proc/self/fd/{number}').readlink()}"
    except OSError:
        return f"descriptor {number}"


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


def threads() -> range:
    """Return the native threads of this process, those of gevent's own pool left out; none if unknown."""
    try:
        count = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - they are numbers, and no paths
    except OSError:
        return range(0)
    return range(count - get_hub().threadpool.size)


def unsettled() -> set[Acknowledgement]:
    """Return the acknowledgements that somebody still holds."""
    return {
        found
        for found in gc.get_objects()
        if isinstance(found, Acknowledgement) and found.references > 0 and not found.done
    }


def _is_kept(found: greenlet) -> bool:
    """Return whether it is a thread's main greenlet, a hub, or a worker of gevent's threads."""
    return found.parent is None or isinstance(found, Hub) or type(found).__module__ == "gevent.threadpool"
