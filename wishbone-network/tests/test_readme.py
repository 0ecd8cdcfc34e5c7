"""The examples of the README run."""

from __future__ import annotations

import re
from pathlib import Path

import gevent
from logs import says

from wishbone_network import Address, bound_address, connect_tcp, listen_tcp
from wishbone_testing import Harness, wait_until

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
LISTENS, CONNECTS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def run(source):
    names = {"__name__": "readme"}
    exec(compile(source, "README.md", "exec", dont_inherit=True), names)
    return names


def test_module_that_listens_submits_who_connects_and_stops():
    with Harness(run(LISTENS)["Callers"], {"port": 0}) as callers:
        connect_tcp(bound_address(callers.module.listeners[0]), 5).close()
        assert callers.receive().data == "127.0.0.1"
        wait_until(lambda: callers.module.limiter.open == 0)


def test_module_that_listens_refuses_connections_over_its_limit():
    with Harness(run(LISTENS)["Callers"], {"port": 0, "max_connections": 0}) as callers:
        connect_tcp(bound_address(callers.module.listeners[0]), 5).close()
        says(callers, "Refused a connection")


def test_module_that_connects_tries_again_until_it_can(idle):
    (listener,) = listen_tcp("127.0.0.1", 0)
    address = bound_address(listener)
    listener.close()
    names = run(CONNECTS)
    assert names["peer"] == Address("logs.example", 6514)
    names["peer"] = address
    connecting = gevent.spawn(names["connect"], idle.module)
    says(idle, f"Cannot reach {address}, next attempt in")
    (listener,) = listen_tcp("127.0.0.1", address.port)
    with listener, connecting.get(timeout=10):
        pass
