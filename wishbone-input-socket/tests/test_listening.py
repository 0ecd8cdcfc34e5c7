from __future__ import annotations

import gevent
import pytest
from gevent import socket
from senders import send

from wishbone.error import ModuleInitFailure
from wishbone_input_socket import Tcp
from wishbone_testing import Harness, wait_until

ANY_PORT = {"port": 0}


def test_two_modules_share_a_port_when_both_ask_for_it():
    shared = {**ANY_PORT, "reuse_port": True}
    with Harness(Tcp, shared) as one, Harness(Tcp, {**shared, "port": one.module.addresses[0][1]}) as two:
        count = 0
        while not (one.received() and two.received()):
            send(one.module, b"hello\n")
            count += 1
            assert count < 200
            gevent.sleep(0.001)
        wait_until(lambda: len(one.received()) + len(two.received()) == count)


def test_does_not_start_on_a_port_in_use():
    with Harness(Tcp, ANY_PORT) as tcp:
        port = tcp.module.addresses[0][1]
        message = rf"Cannot listen on 127\.0\.0\.1:{port}: Address already in use. .*'reuse_port'"
        with pytest.raises(ModuleInitFailure, match=message):
            Harness(Tcp, {"port": port}).router.start()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1", "no..name"])
def test_does_not_start_on_a_host_that_is_not_of_this_machine(host):
    with pytest.raises(ModuleInitFailure, match="Set 'host' to a name or an address of this machine"):
        Harness(Tcp, {**ANY_PORT, "host": host}).router.start()


def test_listens_on_ipv6_and_not_on_ipv4_with_it():
    if not has_ipv6():
        pytest.skip("needs IPv6 on the loopback interface")
    with Harness(Tcp, {**ANY_PORT, "host": "::1"}) as tcp:
        port = tcp.module.addresses[0][1]
        with socket.create_connection(("::1", port)) as peer:
            peer.sendall(b"hello\n")
        assert tcp.receive().get("tmp.module.address") == "::1"
        assert f"Listening on [::1]:{port}." in tcp.messages()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
