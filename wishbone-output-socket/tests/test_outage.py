"""A peer that is away is not the fault of the events: they wait for it."""

from __future__ import annotations

import errno
import os
import time

import gevent
import pytest
from gevent import socket
from receivers import says, unused_port

from wishbone_output_socket import Tcp, Udp, Unix, delivery
from wishbone_output_socket import destination as destination_module
from wishbone_testing import Harness, wait_until


def away(module, tmp_path):
    """Return the arguments of a module whose destination is away."""
    if module is Unix:
        return {"path": str(tmp_path / "socket")}
    if module is Udp:
        return {"destination": "does-not-exist.invalid:514"}
    return {"destination": f"127.0.0.1:{unused_port()}"}


@pytest.mark.parametrize("module", [Tcp, Udp, Unix])
def test_events_fail_when_they_have_waited_for_retry_for(module, tmp_path):
    with Harness(module, {**away(module, tmp_path), "retry_for": 0.3}) as output:
        before = time.monotonic()
        settlement = output.feed_acknowledged("x")
        event = output.receive("failed")
        assert time.monotonic() - before >= 0.3
        assert "took the event within 0.3 s" in event.errors["module"]["message"]
        assert settlement.wait().acknowledged


@pytest.mark.parametrize("module", [Tcp, Udp, Unix])
def test_events_wait_by_default_and_the_log_says_so_once(module, tmp_path, monkeypatch):
    attempts = []
    monkeypatch.setattr(destination_module.Destination, "backoff", Quick(attempts))
    with Harness(module, away(module, tmp_path), unconnected=("success", "failed")) as output:
        settlement = output.feed_acknowledged("x")
        wait_until(lambda: len(attempts) > 10)
        assert not settlement.errors
        assert sum("Cannot reach" in message for message in output.messages()) == 1
        output.stop(timeout=0.1)
        assert settlement.wait().failed


class Quick:
    """A backoff that is over at once, and counts."""

    def __init__(self, attempts):
        self.attempts = attempts

    def delay(self, failures):
        self.attempts.append(failures)
        return 0.01


def test_events_are_sent_once_the_peer_is_there_and_the_log_says_so(receiver):
    port = unused_port()
    with Harness(Tcp, {"destination": f"127.0.0.1:{port}", "retry_for": 60}) as tcp:
        settlement = tcp.feed_acknowledged("x")
        says(tcp, "Cannot reach")
        assert receiver(port=port).wait(1) == ["x"]
        assert settlement.wait().acknowledged
        says(tcp, "can be reached again")


def test_events_wait_for_free_descriptors(receiver, monkeypatch):
    server = receiver()
    real, used_up = socket.create_connection, [True]

    def connect(*arguments, **named):
        if used_up[0]:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return real(*arguments, **named)

    monkeypatch.setattr(socket, "create_connection", connect)
    with Harness(Tcp, {"destination": server.destination}, unconnected=("success", "failed")) as tcp:
        settlement = tcp.feed_acknowledged("x")
        says(tcp, "Too many open files")
        assert not settlement.errors
        used_up[0] = False
        assert settlement.wait().acknowledged
        assert server.wait(1) == ["x"]


def test_what_was_sent_is_settled_although_the_rest_of_its_batch_waits(tmp_path, monkeypatch):
    monkeypatch.setattr(delivery, "WAKE_SECONDS", 0.01)
    path = str(tmp_path / "socket")
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with Harness(Unix, {"path": path, "kind": "datagram"}, unconnected=("success", "failed")) as unix:
        settlements = [unix.feed_acknowledged("a"), unix.feed_acknowledged("b" * 300_000)]
        settlements += [unix.feed_acknowledged("c")]
        says(unix, "Cannot reach")
        connection = unix.module.delivery.destinations[0]
        send = gevent.socket.socket.send

        def refuse(self, data, *arguments):
            if data == b"c":
                raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))
            return send(self, data, *arguments)

        monkeypatch.setattr(gevent.socket.socket, "send", refuse)
        peer.bind(path)
        assert settlements[0].wait().acknowledged
        assert not settlements[2].errors
        monkeypatch.setattr(gevent.socket.socket, "send", send)
        assert settlements[1].wait().failed
        assert settlements[2].wait().acknowledged
        assert connection.connection is not None
    peer.close()
