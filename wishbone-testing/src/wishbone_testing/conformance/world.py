"""Witness: notes what a function does to the world outside: files, sockets, processes, threads."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

_TOUCHING = (
    *("fcntl.", "ftplib.", "glob.", "http.client.", "imaplib.", "mmap.", "open", "os."),
    *("pathlib.", "poplib.", "pty.", "shutil.", "smtplib.", "socket.", "sqlite3.connect", "subprocess."),
    *("syslog.", "tempfile.", "urllib."),
)
"""How the audit events of Python begin that are about the world outside (PEP 578)."""

_HARMLESS = ("socket.gethostname",)

_UNAUDITED = frozenset(
    {
        *("access", "lstat", "readlink", "stat", "statvfs"),
        *("start_joinable_thread", "start_new_thread"),
        *("load_cert_chain", "load_default_certs", "load_verify_locations", "set_default_verify_paths"),
    }
)
"""Built-in functions that look at files or start threads, and that raise no audit event in every Python."""


class Witness:
    """Notes what a function does to the world, and where, as long as the context lasts.

    What an import does on the way (it reads files) does not count.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        """Prepare it.

        Args:
            function: What others do meanwhile is not noted.
        """
        self.code = getattr(function, "__code__", None)
        self.seen: list[str] = []

    def __enter__(self) -> Self:
        """Begin to note."""
        _install()
        _witnesses.append(self)
        self._profile = sys.getprofile()
        sys.setprofile(self._called)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Note no more."""
        sys.setprofile(self._profile)
        _witnesses.remove(self)

    def note(self, what: str, frame: FrameType | None) -> None:
        """Note that something was done, if the function did it, and the line of the function."""
        while frame is not None and frame.f_code is not self.code:
            if frame.f_code.co_filename.startswith("<frozen importlib"):
                return
            frame = frame.f_back
        if frame is not None:
            self.seen.append(f"{what} ({frame.f_code.co_filename}, line {frame.f_lineno})")

    def _called(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and getattr(called, "__name__", "") in _UNAUDITED:
            self.note(called.__name__, frame)


_witnesses: list[Witness] = []
_installed: list[bool] = []


def _install() -> None:
    """Let Python report to the witnesses: once, because it offers no way to stop it."""
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _witnesses and event.startswith(_TOUCHING) and event not in _HARMLESS:
        # No argument is shown but a path: there may be secrets among them.
        what = f"{event} {arguments[0]!r}" if event == "open" else event
        for witness in _witnesses:
            witness.note(what, sys._getframe(1))  # noqa: SLF001 - the documented way to a frame
