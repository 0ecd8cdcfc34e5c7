"""Functions of the system that gevent replaces, in their original form.

A hub that exists when a process forks would be shared by both processes. The process that starts a server
and the supervisor must therefore never create one.
"""

from __future__ import annotations

from time import monotonic as clock
from typing import TYPE_CHECKING

from gevent.monkey import get_original

fork = get_original("os", "fork")
waitpid = get_original("os", "waitpid")
select = get_original("select", "select")
set_handler = get_original("signal", "signal")
sleep = get_original("time", "sleep")

if TYPE_CHECKING:
    from socket import socket
else:
    socket = get_original("socket", "socket")

__all__ = ["clock", "fork", "select", "set_handler", "sleep", "socket", "waitpid"]
