"""Sockets, threads, processes and the engine work under a virtual clock as they do without."""

from __future__ import annotations

import subprocess
import sys
import time

import gevent
import pytest
from gevent import socket
from gevent.hub import get_hub
from gevent.server import StreamServer

import wishbone_testing.clock
from wishbone.module import FunctionModule
from wishbone_testing import Harness, VirtualClock, wait_until


@pytest.fixture
def server():
    """A server that gives back what it gets, after three seconds of whatever clock rules."""

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


def test_a_socket_brings_what_is_sent(clock, peer):
    peer.sendall(b"hello")
    clock.advance(3)
    assert peer.recv(100) == b"hello"
    assert clock.elapsed == 3


def test_the_timeout_of_a_socket_obeys(clock, peer):
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


def test_while_the_test_waits_for_a_socket_time_passes_as_on_the_wall(clock, server):
    """A peer elsewhere that is given half a second has half a second."""
    with socket.create_connection(server.address) as peer:
        began = time.monotonic()
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.1):
            peer.recv(1)
    assert 0.09 <= time.monotonic() - began < 5
    assert 0.1 <= clock.elapsed < 5


def test_on_the_wall_a_wait_begins_when_it_begins(clock, server):
    """Not when the clock last moved: a second wait has its own time."""
    with socket.create_connection(server.address) as peer:

        def wait_twice():
            with gevent.Timeout(0.15, False):
                gevent.sleep(0.1)
                peer.recv(1)
            with gevent.Timeout(0.1, False):
                peer.recv(1)
            return clock.elapsed

        assert 0.25 <= gevent.spawn(wait_twice).get() < 5


def test_time_jumps_again_when_nobody_waits_for_the_world_any_more(clock, server):
    began = time.monotonic()
    peer = socket.create_connection(server.address)
    reading = gevent.spawn(peer.recv, 1)
    gevent.sleep(0.01)
    reading.kill()
    peer.close()
    gevent.sleep(3600)
    assert clock.elapsed >= 3600
    assert time.monotonic() - began < 10


def test_tells_whether_anybody_waits_for_the_world(clock):
    one, other = socket.socketpair()
    with one, other:
        sleeping = gevent.spawn(gevent.sleep, 10)
        clock.settle()
        assert not clock.world_awaited
        reading = gevent.spawn(one.recv, 1)
        clock.settle()
        assert clock.world_awaited
        gevent.killall([sleeping, reading])
        assert not clock.world_awaited


def test_a_server_from_before_the_clock_does_not_slow_it(server):
    began = time.monotonic()
    with VirtualClock():
        gevent.sleep(3600)
    assert time.monotonic() - began < 10


def test_a_move_waits_for_work_in_threads(clock):
    done = []

    def work():
        gevent.sleep(1)
        done.append(get_hub().threadpool.apply(lambda: time.sleep(0.02) or "worked"))

    gevent.spawn(work)
    clock.advance(1)
    assert done == ["worked"]


def test_a_thread_that_does_not_come_back_is_waited_for_once(clock, monkeypatch):
    monkeypatch.setattr(wishbone_testing.clock, "THREAD_SECONDS", 0.1)
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
    """Passes events on, and takes its time for it."""

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


def test_the_turn_of_the_engine_is_none_of_its_business(clock):
    """Longer than a turn in one go: the engine gives way many times, and needs no time for it."""
    with Harness(Busy) as busy:
        for number in range(100):
            busy.feed(number)
        busy.wait_until_idle()
        assert len(busy.received()) == 100
        assert clock.elapsed == 0


def test_nobody_is_blamed_for_holding_the_hub_because_a_clock_stands_still(clock):
    with Harness(Busy) as busy:
        end = time.monotonic() + 0.3
        wait_until(lambda: time.monotonic() > end)
        clock.advance(60)
        assert busy.messages() == []
