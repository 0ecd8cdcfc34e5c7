"""A real rsyslogd with a configuration, a work directory and ports of its own."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from wishbone_testing import wait_until

RSYSLOGD = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin:/sbin:/bin")

needs_rsyslogd = pytest.mark.skipif(RSYSLOGD is None, reason="needs rsyslogd: apt-get install rsyslog")

CONFIGURATION = """
global(workDirectory="{directory}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off"
       net.enableDNS="off" {extra_global})
main_queue(queue.type="LinkedList" queue.size="100000" queue.timeoutShutdown="10000")
{inputs}
template(name="line" type="string"
         string="%pri% %app-name% %procid% %msgid% %hostname% %msg:::drop-last-lf%\\n")
action(type="omfile" file="{directory}/out" template="line" flushOnTXEnd="on")
"""

INPUTS = {
    "tcp": 'module(load="imtcp")\ninput(type="imtcp" address="127.0.0.1" port="{port}")',
    "udp": 'module(load="imudp")\ninput(type="imudp" address="127.0.0.1" port="{port}" rcvbufSize="8m")',
    "local": 'module(load="imuxsock" SysSock.Use="off")\n'
    'input(type="imuxsock" Socket="{directory}/log" CreatePath="on" RateLimit.Interval="0")',
    "local stream": 'module(load="imptcp")\ninput(type="imptcp" path="{directory}/log" unlink="on")',
    "tls": 'module(load="imtcp"\n'
    '       StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")\n'
    'input(type="imtcp" address="127.0.0.1" port="{port}")',
}


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Rsyslog:
    def __init__(self, directory, transport, extra_global=""):
        self.directory = directory
        self.transport = transport
        self.port = free_port(socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
        self.path = directory / "log"
        inputs = INPUTS[transport].replace("{port}", str(self.port)).replace("{directory}", str(directory))
        text = CONFIGURATION.format(directory=directory, inputs=inputs, extra_global=extra_global)
        (directory / "conf").write_text(text)
        self.process = None

    def start(self):
        command = [RSYSLOGD, "-n", "-f", self.directory / "conf", "-i", self.directory / "pid"]
        with (self.directory / "console").open("a") as console:
            self.process = subprocess.Popen(command, stdout=console, stderr=console)
        wait_until(self.listens, f"rsyslogd to listen: {(self.directory / 'console').read_text()}")
        return self

    def listens(self):
        if self.transport.startswith("local"):
            return self.path.exists()
        table = "udp" if self.transport == "udp" else "tcp"
        state = "07" if self.transport == "udp" else "0A"
        with Path(f"/proc/net/{table}").open() as lines:
            return any(
                line.split()[1].endswith(f":{self.port:04X}") and line.split()[3] == state
                for line in lines.readlines()[1:]
            )

    def stop(self):
        """Let it write what it has, and end."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
            self.process = None

    @property
    def arguments(self):
        if self.transport.startswith("local"):
            return {"path": str(self.path)}
        return {"transport": self.transport, "host": "127.0.0.1", "port": self.port}

    def lines(self):
        out = self.directory / "out"
        return out.read_text().splitlines() if out.exists() else []

    def wait(self, count, timeout=20):
        wait_until(lambda: len(self.lines()) >= count, f"{count} lines of {len(self.lines())}", timeout)
        return self.lines()
