from __future__ import annotations

import errno
from collections import Counter
from random import Random

import gevent
import pytest
from gevent import socket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from senders import connected, is_closed, payloads, reset, send, wait_for_connections

from wishbone.arguments import DecoderFactory
from wishbone.codec import BadFrame, Decoder
from wishbone.error import InvalidData
from wishbone_input_socket import Tcp
from wishbone_network import accept
from wishbone_testing import Harness, wait_until
from wishbone_testing.conformance.leaks import descriptors

ANY_PORT = {"port": 0}


def test_each_event_has_its_own_note_of_the_peer():
    with Harness(Tcp, ANY_PORT, name="tcp") as tcp, connected(tcp.module) as peer:
        peer.sendall(b"one\ntwo\n")
        one, two = tcp.receive_many(2)
        address, port = peer.getsockname()
        assert one.tmp == two.tmp == {"tcp": {"address": address, "port": port}}
        one.set("other", "tmp.tcp.address")
        assert two.get("tmp.tcp.address") == address


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")), max_size=20),
    cut=st.integers(1, 50),
)
def test_frames_are_whole_however_the_stream_is_cut(tcp, lines, cut):
    stream = "".join(f"{line}\n" for line in lines).encode()
    with connected(tcp.module) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(stream), cut):
            peer.sendall(stream[start : start + cut])
    assert payloads(tcp.receive_many(len(lines))) == lines


@pytest.fixture(scope="module")
def tcp():
    with Harness(Tcp, ANY_PORT) as harness:
        yield harness


def test_last_line_without_an_end_is_a_line_when_the_peer_closes_in_order():
    with Harness(Tcp, ANY_PORT) as tcp:
        send(tcp.module, b"one\ntwo")
        assert payloads(tcp.receive_many(2)) == ["one", "two"]


def test_last_line_without_an_end_fails_when_the_connection_is_lost(connect):
    with Harness(Tcp, ANY_PORT) as tcp:
        peer = connect(tcp.module)
        peer.sendall(b"one\ntw")
        tcp.receive()
        reset(peer)
        peer.close()
        failed = tcp.receive("failed")
        assert failed.data == "tw"
        assert "the connection was lost" in failed.errors["module"]["message"]
        assert tcp.received() == []


def test_stop_submits_what_was_received_and_fails_what_is_cut():
    lines = [str(number) for number in range(50_000)]
    with Harness(Tcp, ANY_PORT, size=1) as tcp, connected(tcp.module) as peer:
        wait_for_connections(tcp.module, 1)
        sending = gevent.spawn(peer.sendall, "\n".join(lines).encode())
        tcp.receive()
        tcp.request_stop()
        tcp.stop()
        sending.kill()
        received = ["0", *payloads(tcp.received())]
        assert received == lines[: len(received)]
        (failed,) = tcp.received("failed")
        assert lines[len(received)].startswith(failed.data)


def test_stop_does_not_fail_a_last_line_whose_stream_had_ended_in_order():
    with Harness(Tcp, ANY_PORT) as tcp, connected(tcp.module) as peer:
        wait_for_connections(tcp.module, 1)
        tcp.module.server.draining = True
        peer.sendall(b"one\ntwo")
        peer.shutdown(socket.SHUT_WR)
        assert payloads(tcp.receive_many(2)) == ["one", "two"]
        assert tcp.received("failed") == []


def test_bad_frame_fails_and_the_stream_goes_on():
    with Harness(Tcp, {**ANY_PORT, "decoder": "json"}, name="tcp") as tcp:
        send(tcp.module, b'{"a": 1}\n{"a"\n{"a": 2}\n')
        assert payloads(tcp.receive_many(2)) == [{"a": 1}, {"a": 2}]
        failed = tcp.receive("failed")
        assert failed.data == b'{"a"'
        assert failed.tmp["tcp"]["address"] == "127.0.0.1"


def test_frame_without_an_end_is_not_kept_beyond_its_limit():
    with Harness(Tcp, {**ANY_PORT, "decoder": {"plain": {"max_size": 1000}}}) as tcp:
        send(tcp.module, b"x" * 1_000_000 + b"\nnext\n")
        assert tcp.receive().data == "next"
        assert "'max_size'" in tcp.receive("failed").errors["module"]["message"]


def test_connection_is_closed_and_logged_when_its_decoder_can_read_nothing_more(monkeypatch, connect):
    class GivesUp(Decoder):
        desynchronized = False

        def decode(self, data):
            yield data
            self.desynchronized = True
            yield BadFrame(data, InvalidData("What follows is not read."))

        def flush(self):
            return ()

    monkeypatch.setattr(DecoderFactory, "__call__", lambda self: GivesUp())
    with Harness(Tcp, ANY_PORT) as tcp:
        peers = [connect(tcp.module) for _ in range(2)]
        for peer in peers:
            peer.sendall(b"one")
            assert is_closed(peer)
        assert payloads(tcp.receive_many(2)) == payloads(tcp.receive_many(2, "failed")) == [b"one"] * 2
        wait_for_connections(tcp.module, 0)
        assert sum("its stream is damaged" in text for text in tcp.messages()) == 1


def test_decoder_that_raises_ends_its_connection_and_no_other(monkeypatch):
    class Broken(Decoder):
        def decode(self, data):
            if data == b"bad":
                raise RuntimeError("It breaks.")
            return [data]

        def flush(self):
            return []

    monkeypatch.setattr(DecoderFactory, "__call__", lambda self: Broken())
    with Harness(Tcp, ANY_PORT) as tcp, connected(tcp.module) as other, connected(tcp.module) as peer:
        peer.sendall(b"bad")
        assert is_closed(peer)
        other.sendall(b"good")
        assert tcp.receive().data == b"good"
        assert any("RuntimeError: It breaks." in message for message in tcp.messages())


def test_sender_without_a_pause_does_not_keep_others_waiting(connect):
    flood = b"flood\n" * 10_000

    def pour(peer):
        while True:
            peer.sendall(flood)

    with Harness(Tcp, ANY_PORT) as tcp, connected(tcp.module) as peer, connected(tcp.module) as quiet:
        pouring = [gevent.spawn(pour, connect(tcp.module)) for _ in range(3)]
        pouring.append(gevent.spawn(pour, peer))
        received = tcp.received()
        for number in range(10):
            wait_until(lambda: len(received) > 1000)
            received.clear()
            quiet.sendall(b"%d\n" % number)
            wait_until(lambda: str(number) in payloads(received))  # noqa: B023 - used at once
            # Before it came what the others had in their chunks and in the queue, not all that they have.
            assert payloads(received).index(str(number)) < 100_000
        gevent.killall(pouring)
        tcp.stop(timeout=0)


def test_senders_of_bad_frames_do_not_keep_others_waiting(connect):
    bad = b"{\n" * 30_000
    given = {**ANY_PORT, "decoder": "json"}
    with Harness(Tcp, given, unconnected=["failed"]) as tcp, connected(tcp.module) as peer:
        failed = tcp.module.pool.getQueue("failed")
        flood = [gevent.spawn(connect(tcp.module).sendall, bad) for _ in range(20)]
        wait_until(lambda: failed.dropped_total)
        peer.sendall(b'"hello"\n')
        assert tcp.receive().data == "hello"
        assert failed.dropped_total < 20 * 30_000 / 2
        gevent.killall(flood)
        tcp.stop(timeout=0)


def test_sender_of_bad_frames_that_are_not_consumed_does_not_keep_others_waiting(connect):
    tcp = Harness(Tcp, {**ANY_PORT, "decoder": "json"}, size=1)
    with tcp:
        failed = tcp.module.pool.getQueue("failed")
        failed.consumers[0].kill()
        failed.consumers.clear()
        peers = [connect(tcp.module) for _ in range(10)]
        for peer in peers:
            peer.sendall(b"{\n" * 10)
        wait_until(lambda: failed.waited_total >= 10)
        send(tcp.module, b'"hello"\n')
        assert tcp.receive().data == "hello"
        tcp.stop(timeout=0)


def test_full_queue_makes_the_sender_wait_and_loses_nothing(connect):
    with Harness(Tcp, ANY_PORT, size=1, unconnected=["outbox"]) as tcp:
        outbox = tcp.module.pool.getQueue("outbox")
        outbox.connected = True
        peer = connect(tcp.module)
        lines = b"".join(b"%d %s\n" % (number, b"x" * 1000) for number in range(50_000))
        sending = gevent.spawn(peer.sendall, lines)
        wait_until(lambda: outbox.waited_total)
        sending.join(0.2)
        assert not sending.ready()
        numbers = []
        while len(numbers) < 50_000:
            numbers.append(int(outbox.get().data.split()[0]))
        assert numbers == list(range(50_000))
        sending.get()


def test_connection_over_the_limit_is_closed_at_once_and_logged_once(connect):
    with Harness(Tcp, {**ANY_PORT, "max_connections": 2}) as tcp:
        peers = [connect(tcp.module) for _ in range(2)]
        wait_for_connections(tcp.module, 2)
        assert all(is_closed(connect(tcp.module)) for _ in range(5))
        assert tcp.module.server.limiter.refused.total == 5
        assert len([text for text in tcp.messages() if "'max_connections'" in text]) == 1
        peers.pop().close()
        wait_for_connections(tcp.module, 1)
        with connected(tcp.module) as again:
            again.sendall(b"hello\n")
            assert tcp.receive().data == "hello"


def test_one_address_cannot_take_all_connections(connect):
    with Harness(Tcp, {**ANY_PORT, "host": "0.0.0.0", "max_per_host": 1}) as tcp:
        with connected(tcp.module) as peer:
            wait_for_connections(tcp.module, 1)
            assert is_closed(connect(tcp.module))
            with socket.create_connection(
                tcp.module.addresses[0], 10, source_address=("127.0.0.2", 0)
            ) as other:
                other.sendall(b"hello\n")
                assert tcp.receive().get("tmp.module.address") == "127.0.0.2"
            assert not is_closed_now(peer)
        wait_for_connections(tcp.module, 0)
        send(tcp.module, b"again\n")
        assert tcp.receive().data == "again"


def is_closed_now(peer):
    peer.settimeout(0)
    try:
        return peer.recv(1) == b""
    except BlockingIOError:
        return False


def test_silent_connection_is_closed_and_another_is_not(connect):
    with Harness(Tcp, {**ANY_PORT, "idle_timeout": 0.4}) as tcp:
        silent, speaking = connect(tcp.module), connect(tcp.module)
        silent.sendall(b"begun")
        closing = gevent.spawn(is_closed, silent)
        while not closing.ready():
            speaking.sendall(b"hello\n")
            gevent.sleep(0.05)
        assert closing.get()
        assert not is_closed_now(speaking)
        failed = tcp.receive("failed")
        assert failed.data == "begun"
        assert "0.4 s of silence" in failed.errors["module"]["message"]


def test_connection_that_waits_for_room_does_not_count_as_silent(connect):
    given = {**ANY_PORT, "idle_timeout": 0.1}
    with Harness(Tcp, given, size=1, unconnected=["outbox"]) as tcp:
        outbox = tcp.module.pool.getQueue("outbox")
        outbox.connected = True
        peer = connect(tcp.module)
        peer.sendall(b"one\ntwo\nthree\n")
        wait_until(lambda: outbox.waited_total)
        gevent.sleep(0.5)  # five times what a silent connection is given
        assert not is_closed_now(peer)
        assert [outbox.get().data for _ in range(3)] == ["one", "two", "three"]
        assert is_closed(peer)


def test_accepts_again_after_the_system_had_no_descriptor_left(monkeypatch):
    monkeypatch.setattr(accept, "RETRY_SECONDS", 0.01)
    with Harness(Tcp, ANY_PORT) as tcp:
        accept_one = socket.socket.accept
        refusals = iter([errno.EMFILE, errno.ENFILE, errno.ECONNABORTED])

        def failing(listener):
            number = next(refusals, None)
            if number is not None:
                raise OSError(number, "From the test.")
            return accept_one(listener)

        monkeypatch.setattr(socket.socket, "accept", failing)
        for text in (b"one\n", b"two\n"):
            send(tcp.module, text)
        assert sorted(payloads(tcp.receive_many(2))) == ["one", "two"]
        wait_until(lambda: any("Raise the limit of open files" in text for text in tcp.messages()))
        assert not any("background function" in text for text in tcp.messages())


def test_half_open_peers_are_probed():
    with Harness(Tcp, ANY_PORT) as tcp, connected(tcp.module):
        wait_for_connections(tcp.module, 1)
        (connection,) = tcp.module.server.connections
        assert connection._socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        silence, again, times = (
            connection._socket.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert silence + again * times <= 120


def test_many_connections_lose_and_duplicate_nothing(connect):
    with Harness(Tcp, ANY_PORT) as tcp:
        peers = [connect(tcp.module) for _ in range(100)]

        def speak(number, peer):
            for count in range(20):
                peer.sendall(b"%d-%d\n" % (number, count))
                gevent.sleep(0)
            peer.close()

        gevent.joinall([gevent.spawn(speak, *pair) for pair in enumerate(peers)], raise_error=True)
        found = Counter(payloads(tcp.receive_many(2000)))
        assert found == Counter(f"{number}-{count}" for number in range(100) for count in range(20))
        wait_for_connections(tcp.module, 0)


def test_peers_of_all_kinds_come_and_go_and_nothing_stays_open(connect):
    chosen = Random(7)

    def visit(number):
        peer = connect(tcp.module)
        for _ in range(chosen.randrange(5)):
            peer.sendall(b"%d whole\n" % number * chosen.randrange(1, 300))
            gevent.sleep(chosen.random() / 100)
        kind = chosen.choice(["in order", "in the middle", "lost", "half closed"])
        if kind != "in order":
            peer.sendall(b"%d half" % number)
        if kind == "lost":
            reset(peer)
        elif kind == "half closed":
            peer.shutdown(socket.SHUT_WR)
            peer.settimeout(10)
            assert peer.recv(1) == b""
        peer.close()

    with Harness(Tcp, {**ANY_PORT, "max_connections": 10_000}) as tcp:
        before = descriptors()
        visits = [gevent.spawn(visit, number) for number in range(100)]
        gevent.joinall(visits, raise_error=True)
        wait_for_connections(tcp.module, 0)
        assert descriptors() - before == set()
        with connected(tcp.module) as peer:
            peer.sendall(b"still there\n")
            wait_until(lambda: tcp.received() and tcp.received()[-1].data == "still there")
        assert not any("is damaged" in text for text in tcp.messages())
