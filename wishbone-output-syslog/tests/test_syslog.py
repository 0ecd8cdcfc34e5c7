from __future__ import annotations

import re
from contextlib import contextmanager
from time import monotonic

import pytest
from gevent import socket
from receiver import arguments, messages, receiver

from wishbone.arguments.convert import ArgumentError
from wishbone.error import ConfigError
from wishbone.event import Log
from wishbone_output_socket import StreamConnection, destination
from wishbone_output_syslog import Syslog
from wishbone_testing import Harness, wait_until
from wishbone_testing.conformance import OutputConformance


@contextmanager
def datagrams(path):
    """Bind a datagram socket to a path, or to a free port without one."""
    with socket.socket(socket.AF_UNIX if path else socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(str(path) if path else ("127.0.0.1", 0))
        bound.settimeout(10)
        yield bound


class TestConformance(OutputConformance):
    module = Syslog
    good = "x" * 4000
    wrong_arguments = (
        {"port": 65536},
        {"transport": "udp", "framing": "octet"},
        {"ca_file": "ca.pem"},
        {"facility": "no-such-facility"},
        {"severity": "no-such-severity"},
        {"transport": "tls", "ca_file": "/no/such/file"},
    )

    @pytest.fixture
    def arguments(self):
        with receiver() as self.receiver:
            yield {"transport": "tcp", "host": "127.0.0.1", "port": self.receiver.port}

    def stall_peer(self):
        self.receiver.greenlet.kill()

    def break_peer(self):
        self.receiver.stop()


def test_notices_that_the_peer_has_closed_before_it_writes(monkeypatch):
    monkeypatch.setattr(destination, "STABLE_SECONDS", 0)
    with receiver() as server, Harness(Syslog, arguments(server)) as syslog:
        for number in range(20):
            syslog.feed(number)
            wait_until(lambda: len(messages(server)) == number + 1)  # noqa: B023 - used at once
            server.hang_up()
            wait_until(lambda: not server.accepted or server.accepted.pop().fileno() == -1)
        assert len(messages(server)) == 20


def test_keeps_the_event_in_hand_until_the_receiver_is_back():
    with receiver() as server, Harness(Syslog, arguments(server)) as syslog:
        syslog.feed("first")
        wait_until(lambda: messages(server))
        server.stop()
        wait_until(lambda: server.accepted[0].fileno() == -1)
        settlements = [syslog.feed_acknowledged(number) for number in range(5)]
        wait_until(lambda: any("Cannot reach" in text for text in syslog.messages()))
        assert not any(settlement.done for settlement in settlements)
        with receiver(port=server.port) as again:
            assert all(settlement.wait(20).acknowledged for settlement in settlements)
            wait_until(lambda: messages(again) == [b"%d" % number for number in range(5)])


def test_stop_while_the_receiver_is_away_ends_promptly_and_settles_as_failed():
    with receiver() as server:
        pass
    syslog = Harness(Syslog, arguments(server), unconnected=["failed"])
    syslog.router.start()
    settlements = [syslog.feed_acknowledged(number) for number in range(3)]
    wait_until(lambda: any("Cannot reach" in text for text in syslog.messages()))
    began = monotonic()
    syslog.module.stop()
    assert monotonic() - began < 5
    assert all(settlement.wait().failed for settlement in settlements)
    syslog.stop()


def test_receiver_that_sends_something_does_not_count_as_gone():
    with receiver() as server, Harness(Syslog, arguments(server)) as syslog:
        syslog.feed("one")
        wait_until(lambda: messages(server))
        server.accepted[0].sendall(b"welcome\n")
        syslog.feed("two")
        wait_until(lambda: messages(server) == [b"one", b"two"])
        assert len(server.accepted) == 1


def test_receiver_that_takes_nothing_does_not_block_events_forever():
    with socket.socket() as hung:
        hung.bind(("127.0.0.1", 0))
        hung.listen()  # the system accepts, and the data are not read
        given = {"transport": "tcp", "host": "127.0.0.1", "port": hung.getsockname()[1], "timeout": 0.2}
        with Harness(Syslog, {**given, "max_size": 20_000_000}) as syslog:
            settlement = syslog.feed_acknowledged("x" * 10_000_000)
            wait_until(lambda: any("timed out" in text for text in syslog.messages()))
            assert not settlement.done
            syslog.stop(timeout=0)


def test_events_that_wait_are_sent_together_and_a_bad_one_among_them_fails_alone(monkeypatch):
    written = []
    write = StreamConnection._write
    monkeypatch.setattr(
        StreamConnection, "_write", lambda self, data: (written.append(data), write(self, data))[1]
    )
    with receiver() as server:
        pass
    given = arguments(server, severity="{{ data }}")
    with Harness(Syslog, given, size=100) as syslog:
        payloads = ["no such thing" if number == 50 else "err" for number in range(100)]
        settlements = [syslog.feed_acknowledged(payload) for payload in payloads]
        wait_until(lambda: any("Cannot reach" in text for text in syslog.messages()))
        with receiver(port=server.port) as back:
            wait_until(lambda: messages(back) == [b"err"] * 99)
            assert all(settlement.wait() for settlement in settlements)
        assert syslog.receive("failed").data == "no such thing"
        assert len(written) < 6


def test_bad_event_does_not_stop_the_others():
    with receiver() as server, Harness(Syslog, arguments(server, severity="{{ data }}")) as syslog:
        for payload in ("err", "no such thing", "info"):
            syslog.feed(payload)
        assert "is not a severity" in syslog.receive("failed").errors["module"]["message"]
        wait_until(lambda: messages(server) == [b"err", b"info"])


def test_log_has_its_own_level_process_time_and_text():
    with receiver() as server:
        given = {**arguments(server), "hostname": "web1"}
        del given["message"]
        with Harness(Syslog, given) as syslog:
            syslog.feed(Log(1_454_272_074.5, 3, 99, "input", "broke"))
            wait_until(lambda: server.data)
    assert server.data == b"67 <11>1 2016-01-31T20:27:54.500000Z web1 wishbone 99 - - input: broke"


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("text", b"text"),
        ("", b""),
        (None, b"null"),
        (b"\xff", b"\\xff"),
        ({"message": "x"}, b'{"message":"x"}'),
        ([1, None], b"[1,null]"),
    ],
)
def test_payload_is_sent_as_text_or_json(payload, text):
    with datagrams(None) as bound:
        given = {"transport": "udp", "host": "127.0.0.1", "port": bound.getsockname()[1]}
        with Harness(Syslog, given) as syslog:
            syslog.feed(payload)
            found = bound.recv(9999)
    assert found.startswith(b"<14>1 ")
    assert found.split(b" - - ", 1)[1] == text


def test_udp_sends_one_datagram_for_each_event():
    with datagrams(None) as bound:
        given = {"transport": "udp", "host": "127.0.0.1", "port": bound.getsockname()[1]}
        with Harness(Syslog, given) as syslog:
            syslog.feed({"a": "line\nline"})
            assert bound.recv(9999).endswith(b'- - {"a":"line\\nline"}')


def test_udp_fails_what_no_datagram_can_hold():
    with datagrams(None) as bound:
        given = {"transport": "udp", "host": "127.0.0.1", "port": bound.getsockname()[1], "max_size": 100_000}
        with Harness(Syslog, given) as syslog:
            syslog.feed("x" * 80_000)
            syslog.feed("next")
            assert "no datagram of that size" in syslog.receive("failed").errors["module"]["message"]
            assert bound.recv(9999).endswith(b"next")


def test_too_long_message_fails_or_is_cut():
    with receiver() as server:
        with Harness(Syslog, arguments(server, max_size=480)) as syslog:
            syslog.feed("x" * 500)
            assert "'max_size'" in syslog.receive("failed").errors["module"]["message"]
        with Harness(Syslog, arguments(server, max_size=480, truncate=True)) as syslog:
            syslog.feed("x" * 500)
            wait_until(lambda: server.data)
            assert server.data.startswith(b"480 <14>1 ")
            wait_until(lambda: len(server.data) == 484)


def test_local_socket_gets_what_syslog3_would_write(tmp_path):
    with datagrams(tmp_path / "log") as bound, Harness(Syslog, {"path": str(tmp_path / "log")}) as syslog:
        syslog.feed("hello")
        found = bound.recv(9999).decode()
    assert re.fullmatch(r"<14>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d wishbone\[\d+\]: hello", found)


def test_local_socket_that_is_bound_again_is_found_again(tmp_path):
    path = tmp_path / "log"
    with Harness(Syslog, {"path": str(path)}) as syslog:
        for text in ("one", "two"):
            syslog.feed(text)
            with datagrams(path) as bound:
                assert bound.recv(9999).decode().endswith(text)
            path.unlink()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"transport": "pigeon"}, "transport: Invalid enum value 'pigeon'"),
        ({"port": 0}, "port: Expected `int` >= 1"),
        ({"protocol": "rfc1"}, "protocol: Invalid enum value 'rfc1'"),
        ({"framing": "none"}, "framing: Invalid enum value 'none'"),
        ({"max_size": 100}, "max_size: Expected `int` >= 480"),
        ({"timeout": 0}, "timeout: Expected `float` > 0"),
        ({"severity": "{{ level }}"}, "names level, which no event has"),
        ({"hots": "x"}, "hots: There is no such argument. Did you mean"),
    ],
)
def test_refuses_wrong_arguments(given, message):
    with pytest.raises(ArgumentError) as caught:
        Harness(Syslog, given)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"facility": "locl0"},
            "'locl0' is not a facility: give a name, or a number from 0 to 23. Did you mean",
        ),
        ({"facility": "24"}, "'24' is not a facility"),
        ({"severity": "8"}, "'8' is not a severity"),
        ({"ca_file": "x.pem"}, "'ca_file' is for TLS: set 'transport' to 'tls'"),
        ({"transport": "tls", "framing": "newline"}, "TLS counts octets"),
        ({"transport": "udp", "framing": "octet"}, "UDP needs no 'framing'"),
        ({"transport": "tls", "key_file": "x.pem"}, "'key_file' needs the 'cert_file'"),
        ({"transport": "tls", "key_password": "x"}, "'key_password' needs the 'cert_file'"),
        ({"transport": "udp", "host": "logs..example"}, "'logs..example' is not a valid host name"),
    ],
)
def test_refuses_arguments_that_do_not_go_together(given, message):
    with pytest.raises(ConfigError) as caught:
        Harness(Syslog, given)
    assert message in str(caught.value)
    assert "'module'" in str(caught.value)


@pytest.mark.parametrize(
    "given", [{"transport": "udp", "host": "no-such-host.invalid"}, {"path": "/no/such/socket"}]
)
def test_events_fail_when_the_receiver_is_away_for_longer_than_retry_for(given):
    with Harness(Syslog, {**given, "retry_for": 0.2}) as syslog:
        before = monotonic()
        syslog.feed("x")
        assert "took the event within 0.2 s" in syslog.receive("failed").errors["module"]["message"]
        assert monotonic() - before >= 0.2
