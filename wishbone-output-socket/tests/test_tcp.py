from __future__ import annotations

from itertools import pairwise
from time import monotonic

import gevent
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from receivers import says, unused_port

from wishbone.actor import ActorConfig
from wishbone.arguments import EncoderFactory
from wishbone.codec import Encoder
from wishbone.error import ConfigError
from wishbone.event import Event
from wishbone.module import InputModule
from wishbone.router import Default
from wishbone_network import Address
from wishbone_output_socket import Tcp, connection, delivery
from wishbone_output_socket import destination as destination_module
from wishbone_output_socket.connection import StreamConnection
from wishbone_output_socket.destination import parse_destinations
from wishbone_testing import Harness, Settlement, wait_until


def to(*receivers, **more):
    return {"destination": [each.destination for each in receivers], **more}


@pytest.fixture
def at_once(monkeypatch):
    """Connections that are lost are opened again without a delay."""
    monkeypatch.setattr(destination_module, "STABLE_SECONDS", 0)


def test_an_event_counts_as_consumed_when_its_bytes_were_handed_over(receiver):
    server = receiver()
    with Harness(Tcp, to(server)) as tcp:
        settlements = [tcp.feed_acknowledged(number) for number in range(1000)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
        assert server.wait(1000) == [str(number) for number in range(1000)]


def test_events_that_wait_in_the_queue_are_sent_together(receiver, monkeypatch):
    written = []
    write = StreamConnection._write
    monkeypatch.setattr(
        StreamConnection, "_write", lambda self, data: (written.append(data), write(self, data))[1]
    )
    port = unused_port()
    with Harness(Tcp, {"destination": f"127.0.0.1:{port}"}, size=100) as tcp:
        says(tcp, "Cannot reach")
        settlements = [tcp.feed_acknowledged(number) for number in range(100)]
        server = receiver(port=port)
        assert server.wait(100) == [str(number) for number in range(100)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
        assert len(written) < 5


def test_bad_event_fails_alone_anywhere_in_a_batch(receiver):
    port = unused_port()
    given = {"destination": f"127.0.0.1:{port}", "encoder": "json"}
    with Harness(Tcp, given, size=100) as tcp:
        says(tcp, "Cannot reach")
        payloads = [object() if number % 10 == 5 else number for number in range(50)]
        settlements = [tcp.feed_acknowledged(payload) for payload in payloads]
        server = receiver(port=port)
        assert server.wait(45) == [str(number) for number in range(50) if number % 10 != 5]
        assert len(tcp.receive_many(5, "failed")) == 5
        assert all(settlement.wait() for settlement in settlements)


def test_events_that_were_sent_before_a_stop_succeed_and_the_others_of_the_batch_fail(receiver):
    port = unused_port()
    given = {"destination": f"127.0.0.1:{port}", "timeout": 0.2}
    tcp = Harness(Tcp, given, size=100, unconnected=["failed"])
    with tcp:
        says(tcp, "Cannot reach")
        # The system takes the first one, and then the peer takes nothing more.
        settlements = [tcp.feed_acknowledged("x" * size) for size in (70_000, 10_000_000, 10_000_000)]
        server = receiver(port=port)
        server.reading.clear()
        says(tcp, "Lost the connection")
        server.stop()
        tcp.module.stop()
    assert [settlement.wait().acknowledged for settlement in settlements] == [True, False, False]


def test_event_whose_time_to_live_is_over_is_not_sent_with_the_others(receiver):
    port = unused_port()
    with Harness(Tcp, {"destination": f"127.0.0.1:{port}"}, size=100) as tcp:
        says(tcp, "Cannot reach")
        tcp.feed("first")
        for ttl in (0, 1):
            event = Event(f"ttl {ttl}")
            event.ttl = ttl
            tcp.feed(event)
        server = receiver(port=port)
        assert server.wait(2) == ["first", "ttl 1"]
        assert tcp.receive("failed").data == "ttl 0"


class Source(InputModule):
    """The test, before a queue that drops."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.sendToBackground(self.sleep, 600)


def test_only_what_a_full_queue_did_not_drop_is_acknowledged(receiver):
    port = unused_port()
    router = Default()
    source = router.registerModule(Source, "source")
    tcp = router.registerModule(Tcp, "tcp", {"destination": f"127.0.0.1:{port}"})
    router.connectQueue("source.outbox", "tcp.inbox", size=10, overflow="drop_old")
    router.start()
    consume = tcp.delivery.consume
    (consumer,) = tcp.pool.getQueue("inbox").consumers

    def slowly(events):
        consume(events)
        gevent.sleep(0.01)

    consumer.function = slowly
    settlements = [Settlement() for _ in range(60)]
    for settlement in settlements[:10]:
        source.submit(Event("early", settlement), "outbox")
    server = receiver(port=port)
    server.wait(5)
    for number, settlement in enumerate(settlements[10:]):
        source.submit(Event(f"late {number}", settlement), "outbox")
    assert [settlement.wait() for settlement in settlements]
    acknowledged = [number for number, each in enumerate(settlements[10:]) if each.acknowledged]
    assert 49 in acknowledged
    wait_until(lambda: "late 49" in server.lines)
    assert {f"late {number}" for number in acknowledged} <= set(server.lines)
    router.stop()


def test_notices_that_the_peer_has_closed_before_it_writes(receiver, at_once):
    server = receiver()
    with Harness(Tcp, to(server)) as tcp:
        for number in range(20):
            tcp.feed(number)
            server.wait(number + 1)
            server.hang_up()
        assert server.lines == [str(number) for number in range(20)]
        assert len(server.streams) >= 20


def test_notices_that_the_peer_has_closed_while_there_is_nothing_to_send(receiver, at_once, monkeypatch):
    monkeypatch.setattr(delivery, "CHECK_SECONDS", 0.01)
    server = receiver()
    with Harness(Tcp, to(server)):
        wait_until(lambda: server.accepted)
        server.hang_up()
        wait_until(lambda: server.accepted)


def test_keeps_the_event_in_hand_until_the_receiver_is_back(receiver):
    server = receiver()
    with Harness(Tcp, to(server)) as tcp:
        tcp.feed("first")
        server.wait(1)
        server.stop()
        settlements = [tcp.feed_acknowledged(number) for number in range(5)]
        says(tcp, "Cannot reach")
        assert not any(settlement.done for settlement in settlements)
        again = receiver(port=server.port)
        assert all(settlement.wait(20).acknowledged for settlement in settlements)
        assert again.wait(5) == [str(number) for number in range(5)]


def test_frame_that_was_cut_by_a_lost_connection_is_sent_again_whole(receiver, at_once):
    server = receiver()
    server.reading.clear()
    with Harness(Tcp, to(server)) as tcp:
        large = "x" * 10_000_000
        settlement = tcp.feed_acknowledged(large)
        wait_until(lambda: server.accepted)
        gevent.sleep(0.1)  # it fills the buffers
        assert not settlement.done
        server.reset()
        server.reading.set()
        settlement.wait()
        assert settlement.acknowledged
        wait_until(lambda: server.streams[-1] == large.encode() + b"\n")


def test_peer_that_takes_nothing_does_not_block_events_forever(receiver):
    hung, well = receiver(), receiver()
    hung.reading.clear()
    with Harness(Tcp, to(hung, well, timeout=0.3)) as tcp:
        wait_until(lambda: hung.accepted and well.accepted)
        # None of them fits into the buffers of a connection.
        settlements = [tcp.feed_acknowledged(f"{number} {'x' * 10_000_000}") for number in range(3)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
        says(tcp, f"Lost the connection to {hung.destination}")
        assert [line.split()[0] for line in well.wait(3)] == ["0", "1", "2"]


def test_slow_peer_does_not_count_as_gone(receiver):
    slow = receiver()
    slow.reading.clear()
    with Harness(Tcp, to(slow, timeout=0.5)) as tcp:
        (peer,) = wait_until(lambda: slow.accepted)
        began = monotonic()
        settlement = tcp.feed_acknowledged("x" * 40_000_000)
        while not settlement.done:
            gevent.sleep(0.1)
            for _ in range(50):
                peer.recv(65536)
        assert settlement.acknowledged
        assert monotonic() - began > 0.5
        assert len(slow.streams) == 1


def test_peer_that_sends_something_does_not_count_as_gone(receiver):
    server = receiver()
    with Harness(Tcp, to(server)) as tcp:
        tcp.feed("one")
        server.wait(1)
        server.accepted[0].sendall(b"welcome\n" * 1000)
        tcp.feed("two")
        assert server.wait(2) == ["one", "two"]
        assert len(server.streams) == 1


def test_failover_sends_to_the_first_that_can_be_reached_and_goes_back_to_it(receiver, at_once):
    preferred, other = receiver(), receiver()
    with Harness(Tcp, to(preferred, other)) as tcp:
        wait_until(lambda: preferred.accepted and other.accepted)
        tcp.feed("one")
        assert preferred.wait(1) == ["one"]
        preferred.stop()
        tcp.feed("two")
        assert other.wait(1) == ["two"]
        back = receiver(port=preferred.port)
        wait_until(lambda: back.accepted)
        tcp.feed("three")
        assert back.wait(1) == ["three"]
        assert other.lines == ["two"]


def test_round_robin_sends_to_each_in_turn_and_leaves_out_those_away(receiver):
    servers = [receiver() for _ in range(3)]
    with Harness(Tcp, to(*servers, balance="round_robin")) as tcp:
        wait_until(lambda: all(server.accepted for server in servers))
        for number in range(30):
            tcp.feed_acknowledged(number).wait()
        assert [len(server.wait(10)) for server in servers] == [10, 10, 10]
        servers[0].stop()
        for number in range(20):
            tcp.feed_acknowledged(number).wait()
        assert [len(server.wait(20)) for server in servers[1:]] == [20, 20]


def test_destination_that_is_slow_to_connect_keeps_no_events_from_another_one(receiver, monkeypatch):
    well = receiver()
    connect = connection.connect_tcp

    def slowly(address, timeout, tls):
        if address.host == "192.0.2.1":
            gevent.sleep(600)
        return connect(address, timeout, tls)

    monkeypatch.setattr(connection, "connect_tcp", slowly)
    with Harness(Tcp, {"destination": ["192.0.2.1:9", well.destination]}) as tcp:
        assert tcp.feed_acknowledged("hello").wait().acknowledged
        assert well.wait(1) == ["hello"]


def test_stop_while_the_receiver_is_away_ends_promptly_and_settles_as_failed():
    tcp = Harness(Tcp, {"destination": f"127.0.0.1:{unused_port()}"}, unconnected=["failed"])
    tcp.router.start()
    settlements = [tcp.feed_acknowledged(number) for number in range(3)]
    says(tcp, "Cannot reach")
    began = monotonic()
    tcp.module.stop()
    assert monotonic() - began < 5
    assert all(settlement.wait().failed for settlement in settlements)
    assert "Connection refused" in str(settlements[0].errors[0])
    tcp.stop()


def test_frame_is_whole_although_its_sender_was_killed_in_the_middle(receiver):
    server = receiver()
    server.reading.clear()
    with Harness(Tcp, to(server), unconnected=["failed"]) as tcp:
        settlement = tcp.feed_acknowledged("x" * 10_000_000)
        (destination,) = tcp.module.delivery.destinations
        wait_until(lambda: destination.connection is not None and destination.connection._unsent)
        gevent.spawn_later(0.1, server.reading.set)
        tcp.stop(timeout=0)
        assert settlement.wait().failed
    wait_until(lambda: len(server.data) == 10_000_001, "the rest of the frame")


class Counting(Encoder):
    """Numbers the frames of a stream, and says when it ends."""

    def __init__(self):
        self.count = 0

    def encode(self, value):
        self.count += 1
        return f"{self.count}:{value}\n".encode()

    def flush(self):
        return b"end\n"


def test_each_connection_has_an_encoder_that_is_flushed_at_the_end(receiver, at_once, monkeypatch):
    monkeypatch.setattr(EncoderFactory, "__call__", lambda self: Counting())
    server = receiver()
    with Harness(Tcp, to(server)) as tcp:
        for text in ("a", "b"):
            tcp.feed_acknowledged(text).wait()
        server.wait(2)
        server.hang_up()
        tcp.feed_acknowledged("c").wait()
    wait_until(lambda: server.streams[-1].endswith(b"end\n"))
    assert server.data == b"1:a\n2:b\n1:c\nend\n"


def test_end_of_the_pipeline_takes_nothing_from_a_peer_that_has_spoken(receiver):
    server = receiver()
    server.reading.clear()
    with Harness(Tcp, to(server)) as tcp:
        wait_until(lambda: server.accepted)
        server.accepted[0].sendall(b"welcome\n")
        tcp.feed_acknowledged("x" * 5000).wait()
    server.reading.set()
    assert server.wait(1) == ["x" * 5000]
    wait_until(lambda: server.accepted[0].fileno() == -1)
    assert server.errors == []


def test_delays_grow_while_the_peer_is_away(clock):
    failures = []

    def connect():
        failures.append(clock.elapsed)
        raise ConnectionRefusedError("From the test.")

    with Harness(Tcp, {"destination": "192.0.2.1:9"}) as tcp:
        (each,) = tcp.module.delivery.destinations
        each.close()
        each._connect = connect
        each.start()
        clock.advance(600)
        delays = [after - before for before, after in pairwise(failures)]
        assert all(15 <= seconds <= 30.1 for seconds in delays[9:])
        assert 20 <= len(failures) <= 60


hosts = st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z0-9-]{1,20}){0,2}", fullmatch=True)


@given(host=hosts | st.ip_addresses().map(str), port=st.integers(1, 65535))
def test_address_is_read_as_it_is_written(host, port):
    address = Address(host, port)
    assert parse_destinations("module", str(address)) == [address]


@given(st.text())
def test_what_is_not_an_address_is_refused_with_its_argument_and_text(text):
    try:
        (address,) = parse_destinations("module", text)
    except ConfigError as error:
        complaint = str(error)
    else:
        assume(not (1 <= address.port <= 65535 and address.host in text))
        complaint = f"was read as {address}"
    assert "module 'module'" in complaint
    assert f"'destination': {text!r}" in complaint


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ca_file": "x.pem"}, "'ca_file' is for TLS: set 'tls' to true"),
        ({"tls": True, "key_file": "x.pem"}, "needs the 'cert_file'"),
    ],
)
def test_refuses_arguments_that_do_not_go_together(given, message):
    with pytest.raises(ConfigError, match=message):
        Harness(Tcp, {"destination": "127.0.0.1:9", **given})
