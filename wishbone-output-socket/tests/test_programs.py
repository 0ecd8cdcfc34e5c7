"""The outputs against programs that others wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from gevent import socket
from programs import needs, running
from receivers import unused_port

from wishbone_output_socket import Tcp, Udp, Unix
from wishbone_testing import Harness, wait_until

LINES = [f"line {number}" for number in range(5000)]


def wait_for_lines(path, lines, timeout=20):
    def read():
        return path.read_text().splitlines() if path.exists() else []

    wait_until(lambda: len(read()) >= len(lines), f"{len(lines)} lines; there are {len(read())}", timeout)
    assert read() == lines


def feed(harness, lines):
    settlements = [harness.feed_acknowledged(line) for line in lines]
    assert all(settlement.wait().acknowledged for settlement in settlements)


@needs("socat", "socat")
def test_socat_receives_a_stream_over_tcp(tmp_path):
    port, out = unused_port(), tmp_path / "out"
    with running("socat", "-u", f"TCP4-LISTEN:{port},bind=127.0.0.1,reuseaddr", f"CREATE:{out}"):
        with Harness(Tcp, {"destination": f"127.0.0.1:{port}"}) as tcp:
            feed(tcp, LINES)
        wait_for_lines(out, LINES)


@needs("socat", "socat")
def test_socat_receives_datagrams_over_udp(tmp_path):
    port, out = unused_port(socket.SOCK_DGRAM), tmp_path / "out"
    with running("socat", "-u", f"UDP4-RECV:{port},bind=127.0.0.1", f"CREATE:{out}"):
        wait_until(lambda: f":{port:04X}" in Path("/proc/net/udp").read_text())
        with Harness(Udp, {"destination": f"127.0.0.1:{port}", "encoder": "plain"}) as udp:
            feed(udp, LINES[:50])
        wait_for_lines(out, LINES[:50])


@needs("socat", "socat")
@pytest.mark.parametrize(("kind", "program"), [("stream", "UNIX-LISTEN"), ("datagram", "UNIX-RECV")])
def test_socat_receives_at_a_unix_socket(tmp_path, kind, program):
    path, out = tmp_path / "socket", tmp_path / "out"
    with running("socat", "-u", f"{program}:{path}", f"CREATE:{out}"):
        with Harness(Unix, {"path": str(path), "kind": kind, "encoder": "plain"}) as unix:
            feed(unix, LINES)
        wait_for_lines(out, LINES)


@needs("openssl", "openssl")
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssl_receives_over_tls_and_asks_for_a_certificate(tmp_path, server_files, client_files, version):
    port = unused_port()
    cert_file, key_file = server_files
    given = {"tls": True, "ca_file": str(tmp_path / "ca.pem"), "server_name": "server.example"}
    command = ["openssl", "s_server", "-quiet", version, "-accept", f"127.0.0.1:{port}", "-Verify", "1"]
    command += ["-verify_return_error", "-CAfile", given["ca_file"], "-cert", cert_file, "-key", key_file]
    with running(*command) as server:
        with Harness(Tcp, {**given, **client_files, "destination": f"127.0.0.1:{port}"}) as tcp:
            feed(tcp, LINES)
            received = []
            while len(received) < len(LINES):
                line = server.stdout.readline().decode().rstrip("\n")
                if line.startswith("line"):
                    received.append(line)
        assert received == LINES


RECEIVE = """
global(workDirectory="{directory}")
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="line" type="string" string="%rawmsg:::drop-last-lf%\\n")
action(type="omfile" file="{directory}/out" template="line" flushOnTXEnd="on")
"""


@needs("rsyslogd", "rsyslog")
def test_rsyslog_receives_lines_over_tcp_also_after_it_was_away(tmp_path):
    port = unused_port()
    (tmp_path / "conf").write_text(RECEIVE.format(directory=tmp_path, port=port))
    command = ["/usr/sbin/rsyslogd", "-n", "-f", tmp_path / "conf", "-i", tmp_path / "pid"]
    lines = [f"<13>1 - host app - - - {line}" for line in LINES]
    with Harness(Tcp, {"destination": f"127.0.0.1:{port}"}) as tcp:
        with running(*command) as rsyslog:
            feed(tcp, lines[:2500])
            wait_for_lines(tmp_path / "out", lines[:2500])
            rsyslog.terminate()
            rsyslog.wait()
        with running(*command):
            feed(tcp, lines[2500:])
            wait_for_lines(tmp_path / "out", lines)
