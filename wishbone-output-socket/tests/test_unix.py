from __future__ import annotations

import os

import pytest
from gevent import socket
from receivers import says

from wishbone_output_socket import Unix
from wishbone_testing import Harness


@pytest.fixture
def path(tmp_path):
    return tmp_path / "socket"


@pytest.fixture
def datagrams(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(path))
        bound.settimeout(10)
        yield bound


def test_stream_goes_to_a_receiver_that_starts_later(path, receiver):
    with Harness(Unix, {"path": str(path)}) as unix:
        settlement = unix.feed_acknowledged("hello")
        says(unix, "Cannot reach")
        assert not settlement.done
        assert receiver(path=path).wait(1) == ["hello"]
        assert settlement.wait().acknowledged


def test_failover_goes_to_the_other_path(tmp_path, receiver):
    other = receiver(path=tmp_path / "other")
    with Harness(Unix, {"path": [str(tmp_path / "away"), str(tmp_path / "other")]}) as unix:
        unix.feed("hello")
        assert other.wait(1) == ["hello"]


def test_datagrams_end_by_themselves(path, datagrams):
    with Harness(Unix, {"path": str(path), "kind": "datagram"}) as unix:
        unix.feed("one")
        unix.feed({"two": 2})
        assert [datagrams.recv(100) for _ in range(2)] == [b"one", b'{"two":2}']


def test_receiver_of_datagrams_that_is_busy_makes_it_wait(path, datagrams):
    with Harness(Unix, {"path": str(path), "kind": "datagram"}) as unix:
        settlements = [unix.feed_acknowledged(number) for number in range(90)]
        datagrams.settimeout(10)
        assert [datagrams.recv(100) for _ in range(90)] == [b"%d" % number for number in range(90)]
        assert all(settlement.wait().acknowledged for settlement in settlements)


def test_receiver_that_is_bound_again_is_found_again(path):
    with Harness(Unix, {"path": str(path), "kind": "datagram"}) as unix:
        for text in ("one", "two"):
            unix.feed(text)
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
                bound.bind(str(path))
                bound.settimeout(10)
                assert bound.recv(100).decode() == text
            path.unlink()


def test_abstract_name_is_reached():
    name = f"wishbone-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(f"\0{name}")
        bound.settimeout(10)
        with Harness(Unix, {"path": f"@{name}", "kind": "datagram"}) as unix:
            unix.feed("hello")
            assert bound.recv(100) == b"hello"
