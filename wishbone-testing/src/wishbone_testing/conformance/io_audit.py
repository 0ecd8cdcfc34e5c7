"""IOAudit: records the I/O of a function: files, sockets, processes, threads."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_IO_EVENTS = (
    *("fcntl.", "ftplib.", "glob.", "http.client.", "imaplib.", "mmap.", "open", "os."),
    *("pathlib.", "poplib.", "pty.", "shutil.", "smtplib.", "socket.", "sqlite3.connect", "subprocess."),
    *("syslog.", "tempfile.", "urllib."),
)
"""Prefixes of Python's audit events about I/O (PEP 578)."""

_HARMLESS = ("socket.gethostname",)

_UNAUDITED = frozenset(
    {
        *("access", "lstat", "readlink", "stat", "statvfs"),
        *("start_joinable_thread", "start_new_thread"),
        *("load_cert_chain", "load_default_certs", "load_verify_locations", "set_default_verify_paths"),
    }
)
"""Built-in functions that do I/O or start threads, without an audit event in every version of Python."""


class IOAudit:
    """Records the I/O of a function, with line numbers, while its context lasts.

    The I/O of imports does not count.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        """Record only what this function does."""
        self.code = getattr(function, "__code__", None)
        self.seen: list[str] = []

    def __enter__(self) -> Self:
        """Start recording."""
        if not _installed:
            # Python has no way to remove an audit hook.
            _installed.append(True)
            sys.addaudithook(_audit)
        _active.append(self)
        self._profile = sys.getprofile()
        sys.setprofile(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop recording."""
        sys.setprofile(self._profile)
        _active.remove(self)

    def record(self, what: str, frame: FrameType | None) -> None:
        """Record an operation if the function did it, with the line of the function."""
        while frame is not None and frame.f_code is not self.code:
            if frame.f_code.co_filename.startswith("<frozen importlib"):
                return
            frame = frame.f_back
        if frame is not None:
            self.seen.append(f"{what} ({frame.f_code.co_filename}, line {frame.f_lineno})")

    def _called(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and getattr(called, "__name__", "") in _UNAUDITED:
            self.record(called.__name__, frame)


_active: list[IOAudit] = []
_installed: list[bool] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _active and event.startswith(_IO_EVENTS) and event not in _HARMLESS:
        # Other arguments than paths may hold secrets.
        what = f"{event} {arguments[0]!r}" if event == "open" else event
        for audit in _active:
            audit.record(what, sys._getframe(1))  # noqa: SLF001 - the documented way to a frame
