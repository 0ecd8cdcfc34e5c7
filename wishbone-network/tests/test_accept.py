from __future__ import annotations

import errno

import gevent
import pytest
from gevent import socket
from logs import says

from wishbone_network import accept, accept_connections, bound_address, connect_tcp, listen_tcp
from wishbone_testing import wait_until


@pytest.fixture
def listener():
    (listener,) = listen_tcp("127.0.0.1", 0)
    yield listener
    listener.close()


def accepted_by(idle, listener):
    """Accept in the background of a module; return the list of what comes."""
    accepted = []
    idle.module.sendToBackground(
        accept_connections, idle.module, listener, lambda *both: accepted.append(both)
    )
    return accepted


def close_all(accepted):
    for each, _ in accepted:
        each.close()


def test_passes_on_each_connection_with_the_address_of_its_peer(idle, listener):
    accepted = accepted_by(idle, listener)
    peers = [connect_tcp(bound_address(listener), 5) for _ in range(3)]
    wait_until(lambda: len(accepted) == 3)
    assert sorted(address for _, address in accepted) == sorted(peer.getsockname() for peer in peers)
    close_all([*accepted, *((peer, None) for peer in peers)])


def test_ends_when_the_module_stops_and_the_listener_is_closed(idle, listener):
    running = gevent.spawn(accept_connections, idle.module, listener, close_all)
    gevent.spawn(idle.stop)
    wait_until(lambda: not idle.module.loop())
    listener.close()
    running.get(timeout=5)


def fail_to_accept(monkeypatch, failures):
    """Let accepting fail once with each of these errors."""
    accept = socket.socket.accept

    def failing(listener):
        if failures:
            raise failures.pop()
        return accept(listener)

    monkeypatch.setattr(socket.socket, "accept", failing)


@pytest.mark.parametrize(
    ("number", "said"), [(errno.EMFILE, "Raise the limit of open files"), (errno.ENOBUFS, "Cannot accept")]
)
def test_accepts_again_after_the_system_could_not(idle, listener, monkeypatch, number, said):
    monkeypatch.setattr(accept, "RETRY_SECONDS", 0.01)
    fail_to_accept(monkeypatch, [OSError(number, "no more")] * 3)
    accepted = accepted_by(idle, listener)
    with connect_tcp(bound_address(listener), 5):
        wait_until(lambda: accepted)
    close_all(accepted)
    says(idle, said)
    assert len([text for text in idle.messages() if said in text]) == 1


def test_peer_that_has_gone_meanwhile_is_not_worth_a_word(idle, listener, monkeypatch):
    failures = [OSError(errno.ECONNABORTED, "aborted")]
    fail_to_accept(monkeypatch, failures)
    accepted = accepted_by(idle, listener)
    with connect_tcp(bound_address(listener), 5):
        wait_until(lambda: accepted)
    close_all(accepted)
    assert not failures
    idle.module.logging.info("later")
    says(idle, "later")
    assert not any("Cannot accept" in text for text in idle.messages())
