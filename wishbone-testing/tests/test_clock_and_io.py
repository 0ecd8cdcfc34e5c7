"""Sockets, threads, processes and the engine work under a virtual clock as without it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing, suppress
from socket import socket as NativeSocket  # noqa: N812 - nothing is patched here
from threading import Event

import gevent
import pytest
from gevent import socket
from gevent.fileobject import FileObject
from gevent.hub import get_hub
from gevent.server import StreamServer

from wishbone.module import FunctionModule
from wishbone_testing import Harness, VirtualClock, wait_until
from wishbone_testing.clock import in_flight


@pytest.fixture
def server():
    """An echo server that answers after three seconds."""

    def serve(peer, _):
        with peer:
            while data := peer.recv(100):
                gevent.sleep(3)
                peer.sendall(data)

    serving = StreamServer(("127.0.0.1", 0), serve)
    serving.start()
    yield serving
    serving.stop(timeout=1)


@pytest.fixture
def peer(server):
    with socket.create_connection(server.address) as connected:
        yield connected


def test_sockets_work(clock, peer):
    peer.sendall(b"hello")
    clock.advance(3)
    assert peer.recv(100) == b"hello"
    assert clock.elapsed == 3


def test_controls_the_timeout_of_a_socket(clock, peer):
    peer.settimeout(2)
    peer.sendall(b"hello")
    waiting = gevent.spawn(peer.recv, 100)
    clock.advance(1.9)
    assert not waiting.ready()
    clock.advance(0.1)
    with pytest.raises(TimeoutError):
        waiting.get()


def test_a_connection_takes_no_time(clock, server):
    with socket.create_connection(server.address, timeout=0.001):
        assert clock.elapsed == 0


def test_time_follows_real_time_while_the_test_waits_for_a_socket(clock, server):
    """A peer in another process that gets half a second has half a second."""
    with socket.create_connection(server.address) as peer:
        began = time.monotonic()
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.1):
            peer.recv(1)
    assert 0.09 <= time.monotonic() - began < 5
    assert 0.1 <= clock.elapsed < 5


def test_each_real_wait_starts_at_its_own_time(clock, server):
    """It does not start when the clock last moved."""
    with socket.create_connection(server.address) as peer:

        def wait_twice():
            with gevent.Timeout(0.15, False):
                gevent.sleep(0.1)
                peer.recv(1)
            with gevent.Timeout(0.1, False):
                peer.recv(1)
            return clock.elapsed

        assert 0.25 <= gevent.spawn(wait_twice).get() < 5


def test_time_jumps_again_after_the_last_wait_for_a_socket(clock, server):
    began = time.monotonic()
    peer = socket.create_connection(server.address)
    reading = gevent.spawn(peer.recv, 1)
    gevent.sleep(0.01)
    reading.kill()
    peer.close()
    gevent.sleep(3600)
    assert clock.elapsed >= 3600
    assert time.monotonic() - began < 10


def test_waits_for_io_is_about_sockets_only(clock):
    one, other = socket.socketpair()
    with one, other:
        sleeping = gevent.spawn(gevent.sleep, 10)
        clock.settle()
        assert not clock.waits_for_io
        reading = gevent.spawn(one.recv, 1)
        clock.settle()
        assert clock.waits_for_io
        gevent.killall([sleeping, reading])
        assert not clock.waits_for_io


def test_a_server_from_before_the_clock_does_not_slow_it_down(server):
    began = time.monotonic()
    with VirtualClock():
        gevent.sleep(3600)
    assert time.monotonic() - began < 10


def test_a_move_waits_for_the_work_of_a_thread(clock):
    done = []

    def work():
        gevent.sleep(1)
        done.append(get_hub().threadpool.apply(lambda: time.sleep(0.02) or "worked"))

    gevent.spawn(work)
    clock.advance(1)
    assert done == ["worked"]


def test_a_move_waits_for_a_thread_that_ends_while_the_clock_looks(clock, monkeypatch):
    """Its work is done, but its result has not reached the loop yet."""
    work = Event()
    expected = in_flight.InFlight.expected

    def end_then_look(waits):
        pool = get_hub().threadpool
        work.set()
        while len(pool):
            time.sleep(0.0001)
        return expected(waits)

    monkeypatch.setattr(in_flight.InFlight, "expected", end_then_look)
    done = gevent.spawn(get_hub().threadpool.apply, work.wait)
    clock.advance(0)
    assert done.ready()


@pytest.fixture
def foreign(monkeypatch):
    """An echo server in a native thread, which answers after some real time."""
    monkeypatch.setattr(in_flight, "GRACE_SECONDS", 30)
    with closing(NativeSocket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve():
            with listener.accept()[0] as peer:
                while data := peer.recv(100):
                    time.sleep(0.05)
                    peer.sendall(data)

        thread = get_hub().threadpool.spawn(serve)
        yield listener.getsockname()
        thread.wait()


def test_a_move_waits_for_the_answer_of_a_server_in_a_thread(foreign):
    """Also for a second request, which the answer to the first one causes."""
    with VirtualClock() as clock, socket.create_connection(foreign) as peer:
        answers = []

        def ask_twice():
            peer.sendall(b"one")
            answers.append((peer.recv(100), clock.elapsed))
            gevent.sleep(1)
            peer.sendall(b"two")
            answers.append((peer.recv(100), clock.elapsed))

        gevent.spawn(ask_twice)
        clock.advance(1)
        assert answers == [(b"one", 0.0), (b"two", 1.0)]


def test_a_move_waits_for_the_output_of_a_process(clock, monkeypatch):
    monkeypatch.setattr(in_flight, "GRACE_SECONDS", 30)
    code = "import sys; sys.stdout.write(sys.stdin.readline())"
    # gevent's own Popen would reap the processes of other tests, too.
    with (
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process,
        FileObject(os.dup(process.stdout.fileno()), "rb") as output,
    ):
        read = gevent.spawn(output.readline)
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        clock.advance(1)
        assert read.get(block=False) == b"hello\n"


def test_a_silent_peer_costs_real_time_only_once(clock, monkeypatch):
    monkeypatch.setattr(in_flight, "GRACE_SECONDS", 0.1)
    with closing(NativeSocket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with socket.create_connection(listener.getsockname()) as peer:
            reading = gevent.spawn(peer.recv, 1)
            began = time.monotonic()
            for _ in range(100):
                clock.advance(1)
            assert 0.1 <= time.monotonic() - began < 5
            reading.kill()


@pytest.mark.parametrize("family", ["tcp", "unix"])
def test_connections_within_the_process_cost_no_real_time(clock, monkeypatch, server, family):
    monkeypatch.setattr(in_flight, "GRACE_SECONDS", 1000)
    one, other = socket.socketpair() if family == "unix" else connect_both()
    with one, other:
        reading = [gevent.spawn(end.recv, 1) for end in (one, other)]
        clock.advance(1)
        other.sendall(b"x")
        clock.advance(1)
        assert reading[0].get(block=False) == b"x"
        reading[1].kill()


def test_unacknowledged_bytes_are_in_flight(clock):
    """The kernel knows which bytes it has not delivered."""
    one, other = connect_both()
    with one, other, get_hub().loop.io(other.fileno(), 1) as watcher:
        watcher.start(int)
        assert not get_hub().loop.in_flight.expected()
        one.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                one.send(bytes(1 << 16))
        assert get_hub().loop.in_flight.expected()


def connect_both():
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        one = socket.create_connection(listener.getsockname())
        return one, listener.accept()[0]


def test_a_stuck_thread_costs_real_time_only_once(clock, monkeypatch):
    monkeypatch.setattr(in_flight, "GRACE_SECONDS", 0.1)
    release = []
    stuck = gevent.spawn(
        get_hub().threadpool.apply, lambda: [time.sleep(0.01) for _ in iter(lambda: not release, False)]
    )
    clock.settle()
    began = time.monotonic()
    for _ in range(100):
        clock.advance(1)
    assert time.monotonic() - began < 5
    release.append(True)
    stuck.join()


def test_a_name_can_be_looked_up(clock):
    assert socket.gethostbyname("localhost") == "127.0.0.1"


def test_a_process_is_waited_for(clock):
    process = subprocess.Popen([sys.executable, "-c", "print('hello')"], stdout=subprocess.PIPE)
    wait_until(lambda: process.poll() is not None)
    assert process.communicate()[0] == b"hello\n"
    assert clock.elapsed < 0.01


class Busy(FunctionModule):
    """Passes events on, and uses the CPU for a while."""

    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event):
        end = time.perf_counter() + 0.001
        while time.perf_counter() < end:
            pass
        self.submit(event, "outbox")


def test_time_slices_of_the_engine_take_no_time(clock):
    """The work lasts many time slices."""
    with Harness(Busy) as busy:
        for number in range(100):
            busy.feed(number)
        busy.wait_until_idle()
        assert len(busy.received()) == 100
        assert clock.elapsed == 0


def test_a_stopped_clock_causes_no_stall_warning(clock):
    with Harness(Busy) as busy:
        end = time.monotonic() + 0.3
        wait_until(lambda: time.monotonic() > end)
        clock.advance(60)
        assert busy.messages() == []
