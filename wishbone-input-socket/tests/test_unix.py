from __future__ import annotations

import os
import stat

import pytest
from gevent import socket
from senders import is_closed, payloads, wait_for_connections

from wishbone.arguments.convert import ArgumentError
from wishbone.error import ModuleInitFailure
from wishbone_input_socket import Unix
from wishbone_testing import Harness

OWN = {"pid": os.getpid(), "uid": os.getuid(), "gid": os.getgid()}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "socket"


def peer(path, kind=socket.SOCK_STREAM):
    opened = socket.socket(socket.AF_UNIX, kind)
    opened.connect(str(path))
    opened.settimeout(10)
    return opened


@pytest.mark.parametrize(
    ("kind", "number"), [("stream", socket.SOCK_STREAM), ("datagram", socket.SOCK_DGRAM)]
)
def test_notes_the_process_that_sends(path, kind, number):
    with Harness(Unix, {"path": str(path), "kind": kind}, name="unix") as unix:
        with peer(path, number) as sender:
            sender.send(b"one\ntwo\n")
        events = unix.receive_many(2)
        assert payloads(events) == ["one", "two"]
        assert [event.tmp for event in events] == [{"unix": OWN}] * 2


def test_datagram_that_is_too_long_fails_and_the_next_one_does_not(path):
    with Harness(Unix, {"path": str(path), "kind": "datagram", "max_datagram": 100}) as unix:
        with peer(path, socket.SOCK_DGRAM) as sender:
            for data in (b"x" * 101, b"y" * 100):
                sender.send(data)
        assert unix.receive().data == "y" * 100
        failed = unix.receive("failed")
        assert failed.data == b"x" * 100
        assert "'max_datagram'" in failed.errors["module"]["message"]


def send_as_many_as_possible(sender):
    for sent in range(10_000):
        try:
            sender.send(b"%d" % sent)
        except BlockingIOError:
            return sent
    return 10_000


def test_full_queue_makes_the_sender_of_datagrams_wait(path):
    given = {"path": str(path), "kind": "datagram"}
    with Harness(Unix, given, size=1, unconnected=["outbox"]) as unix:
        outbox = unix.module.pool.getQueue("outbox")
        outbox.connected = True
        with peer(path, socket.SOCK_DGRAM) as sender:
            sender.settimeout(0)
            sent = send_as_many_as_possible(sender)
            assert sent < 10_000
            assert [outbox.get().data for _ in range(sent)] == [str(number) for number in range(sent)]


@pytest.mark.parametrize("mode", ["0600", "666"])
def test_path_has_its_mode_and_is_removed_at_the_end(path, mode):
    with Harness(Unix, {"path": str(path), "mode": mode}):
        assert stat.S_IMODE(path.stat().st_mode) == int(mode, 8)
    assert not path.exists()


def test_stale_socket_is_replaced(path):
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
        left.listen()
    assert path.exists()
    with Harness(Unix, {"path": str(path)}) as unix:
        with peer(path) as sender:
            sender.send(b"hello\n")
        assert unix.receive().data == "hello"


@pytest.mark.parametrize("kind", ["stream", "datagram"])
def test_socket_that_is_in_use_is_left_alone(path, kind):
    with Harness(Unix, {"path": str(path)}) as unix:
        with pytest.raises(ModuleInitFailure, match="Another program or module listens"):
            Harness(Unix, {"path": str(path), "kind": kind}).router.start()
        with peer(path) as sender:
            sender.send(b"hello\n")
        assert unix.receive().data == "hello"


def test_file_that_is_not_a_socket_is_left_alone(path):
    path.write_text("precious")
    with pytest.raises(ModuleInitFailure, match="is not a socket and was left alone"):
        Harness(Unix, {"path": str(path)}).router.start()
    assert path.read_text() == "precious"


def test_path_that_became_another_file_is_not_removed(path):
    with Harness(Unix, {"path": str(path)}):
        path.unlink()
        path.write_text("of another program")
    assert path.read_text() == "of another program"


def test_abstract_name_is_not_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = f"@wishbone-test-{os.getpid()}"
    with Harness(Unix, {"path": name}) as unix:
        assert list(tmp_path.iterdir()) == []
        with peer(f"\0{name[1:]}") as sender:
            sender.send(b"hello\n")
        assert unix.receive().data == "hello"
        with pytest.raises(ModuleInitFailure, match="Another program or module listens"):
            Harness(Unix, {"path": name}).router.start()


def test_connection_over_the_limit_is_closed_at_once(path):
    with Harness(Unix, {"path": str(path), "max_connections": 1}) as unix, peer(path):
        wait_for_connections(unix.module, 1)
        with peer(path) as refused:
            assert is_closed(refused)


@pytest.mark.parametrize("mode", ["0888", "66", "rw-rw----"])
def test_mode_must_be_octal_digits(path, mode):
    with pytest.raises(ArgumentError, match="mode"):
        Harness(Unix, {"path": str(path), "mode": mode})
