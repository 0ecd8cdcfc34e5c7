"""The inputs against programs that others wrote."""

from __future__ import annotations

import pytest
from programs import needs, run, running
from senders import payloads, wait_for_connections

from wishbone_input_socket import Tcp, Udp, Unix
from wishbone_testing import Harness, wait_until

ANY_PORT = {"port": 0}
LINES = [f"line {number}" for number in range(5000)]
STREAM = "".join(f"{line}\n" for line in LINES).encode()


def address(module):
    return "{}:{}".format(*module.addresses[0])


@needs("socat", "socat")
def test_socat_sends_a_stream_over_tcp():
    with Harness(Tcp, ANY_PORT) as tcp:
        run("socat", "-u", "-", f"TCP4:{address(tcp.module)}", data=STREAM)
        assert payloads(tcp.receive_many(len(LINES))) == LINES


@needs("socat", "socat")
def test_socat_sends_datagrams_over_udp():
    with Harness(Udp, ANY_PORT) as udp:
        for line in LINES[:5]:
            run("socat", "-u", "-", f"UDP4:{address(udp.module)}", data=line.encode())
        assert payloads(udp.receive_many(5)) == LINES[:5]


@needs("socat", "socat")
@pytest.mark.parametrize(("kind", "program"), [("stream", "UNIX-CONNECT"), ("datagram", "UNIX-SENDTO")])
def test_socat_sends_to_a_unix_socket(tmp_path, kind, program):
    path = tmp_path / "socket"
    with Harness(Unix, {"path": str(path), "kind": kind}) as unix:
        run("socat", "-u", "-", f"{program}:{path}", data=STREAM[:8000])
        count = STREAM[:8000].count(b"\n")
        assert payloads(unix.receive_many(count)) == LINES[:count]


@needs("openssl", "openssl")
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssl_sends_over_tls_with_a_certificate(server_files, client_files, version):
    cert_file, key_file = client_files
    with Harness(Tcp, {**ANY_PORT, **server_files}, name="tcp") as tcp:
        command = ["openssl", "s_client", "-quiet", "-no_ign_eof", version, "-verify_return_error"]
        command += ["-CAfile", server_files["ca_file"], "-verify_hostname", "server.example"]
        with running(
            *command, "-cert", cert_file, "-key", key_file, "-connect", address(tcp.module)
        ) as client:
            client.stdin.write(STREAM)
            client.stdin.flush()
            events = tcp.receive_many(len(LINES))
        assert payloads(events) == LINES
        assert events[-1].get("tmp.tcp.certificate") == "client.example"


@needs("openssl", "openssl")
def test_openssl_without_a_certificate_is_refused(server_files):
    with Harness(Tcp, {**ANY_PORT, **server_files}) as tcp:
        with running("openssl", "s_client", "-quiet", "-connect", address(tcp.module)) as client:
            client.stdin.write(b"hello\n")
            client.stdin.flush()
            wait_until(lambda: any("TLS handshake with" in text for text in tcp.messages()))
            wait_for_connections(tcp.module, 0)
        assert tcp.received() == []


FORWARD = """
global(workDirectory="{directory}")
module(load="imfile" PollingInterval="1")
input(type="imfile" File="{directory}/in" Tag="test")
template(name="line" type="string" string="%msg%\\n")
action(type="omfwd" target="127.0.0.1" port="{port}" protocol="{protocol}" template="line"
       TCP_Framing="traditional" queue.type="direct")
"""


@needs("rsyslogd", "rsyslog")
@pytest.mark.parametrize(("module", "protocol", "count"), [(Tcp, "tcp", 5000), (Udp, "udp", 100)])
def test_rsyslog_forwards_what_it_reads(tmp_path, module, protocol, count):
    lines = LINES[:count]
    (tmp_path / "in").write_text("".join(f"{line}\n" for line in lines))
    with Harness(module, ANY_PORT) as harness:
        port = harness.module.addresses[0][1]
        text = FORWARD.format(directory=tmp_path, port=port, protocol=protocol)
        (tmp_path / "conf").write_text(text)
        with running("/usr/sbin/rsyslogd", "-n", "-f", tmp_path / "conf", "-i", tmp_path / "pid"):
            assert payloads(harness.receive_many(count, timeout=20)) == lines
