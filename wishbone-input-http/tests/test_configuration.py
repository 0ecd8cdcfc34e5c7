"""What the server is told, and what it says about it."""

from __future__ import annotations

import gevent
import pytest
from client import Client, post
from gevent import socket
from pipeline import running

from wishbone.error import ModuleInitFailure, WishboneError
from wishbone.router import Default
from wishbone_input_http import Http
from wishbone_input_http.descriptors import allow
from wishbone_input_http.listener import listen
from wishbone_testing import Harness, wait_until


def test_answers_and_connections_are_measured():
    with Harness(Http, {"port": 0}, frequency=0.05) as http, Client(http.module.port) as client:
        client.request("1")
        client.request("{")

        def measured():
            return {event.data.name: event.data.value for event in http.received("metrics")}

        wanted = {
            "module.module.answered.200": 1,
            "module.module.answered.400": 1,
            "module.module.connections": 1,
        }
        wait_until(lambda: wanted.items() <= measured().items())


def test_limit_of_open_files_is_raised_by_each_module_as_far_as_it_can_be(monkeypatch):
    limits = [1024, 4096]
    monkeypatch.setattr("resource.getrlimit", lambda _: tuple(limits))
    monkeypatch.setattr("resource.setrlimit", lambda _, both: limits.__setitem__(slice(None), both))
    assert allow(1000) == 1000
    assert limits == [2024, 4096]
    assert allow(1000) == 1000
    assert limits == [3024, 4096]
    assert allow(5000) == 4032
    assert limits == [4096, 4096]


def test_name_that_is_found_twice_is_listened_at_once(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))] * 2
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    (listener,) = listen("localhost", 0, reuse_port=False)
    listener.close()


def test_address_that_is_taken_is_named():
    with running() as pipeline:
        second = Default()
        second.registerModule(Http, "second", {"port": pipeline.port})
        with pytest.raises(
            ModuleInitFailure, match=f"listen at 127.0.0.1:{pipeline.port}: Address already in use"
        ):
            second.start()


def test_open_server_for_everybody_is_warned_about():
    with running({"host": "0.0.0.0"}) as pipeline:
        assert any("set 'authentication'" in text for text in pipeline.messages)
    with running({"host": "0.0.0.0", "authentication": {"bearer": ["s"]}}) as pipeline:
        assert not any("set 'authentication'" in text for text in pipeline.messages)


def test_port_may_be_shared():
    shared = {"reuse_port": True}
    with running(shared) as pipeline, running({**shared, "port": pipeline.port}) as other:
        assert post(other.port, "1").status == 200
        assert len(pipeline.output.payloads) + len(other.output.payloads) == 1


def test_every_address_of_a_name_is_served():
    with running({"host": "localhost"}) as pipeline:
        for family, _, _, _, address in gevent.socket.getaddrinfo("localhost", pipeline.port, type=1):
            with gevent.socket.socket(family) as peer:
                peer.connect(address)


def test_ipv6_is_served():
    with running({"host": "::1"}) as pipeline:
        client = Client.__new__(Client)
        client.socket = gevent.socket.create_connection(("::1", pipeline.port), 5)
        with client:
            assert client.request("1").status == 200
        assert pipeline.output.events[0].tmp["http"]["peer"] == "::1"


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        ({"headers": ["AUTHORIZATION"]}, "which has secrets"),
        ({"headers": ["X Y"]}, "headers"),
        ({"key_file": "key.pem"}, "need the 'cert_file'"),
        ({"routes": [{"path": "/a"}, {"path": "/a"}]}, "Two routes take POST /a"),
        ({"routes": [{"path": "a"}]}, "routes.0.path"),
        ({"routes": [{"path": "/a*b"}]}, "not at its end"),
        ({"routes": [{"methods": ["BREW"]}]}, "BREW"),
        ({"routes": [{"public": True, "authentication": {"bearer": ["s"]}}]}, "leave one out"),
        ({"routes": [{"queue": "failed"}]}, "failed"),
        ({"routes": [{"quene": "a"}]}, "quene"),
        ({"routes": [{"decoder": "jsom"}]}, "jsom"),
        ({"authentication": {}}, "at least one of"),
        ({"authentication": {"bearer": [""]}}, "bearer"),
        ({"authentication": {"basic": {"a:b": "c"}}}, "colon"),
        ({"authentication": {"signature": {"secrets": []}}}, "secrets"),
        ({"authentication": {"signature": {"secrets": ["s"], "style": "plain"}}}, "'header' is missing"),
        ({"trusted_proxies": ["10.0.0.1/8"]}, "trusted_proxies"),
        ({"max_body": 0}, "max_body"),
    ],
)
def test_wrong_arguments_are_refused(arguments, cause):
    with pytest.raises(WishboneError, match=cause):
        Default().registerModule(Http, "http", arguments)


def test_missing_certificate_is_named():
    router = Default()
    router.registerModule(Http, "http", {"port": 0, "cert_file": "/no/such.pem"})
    with pytest.raises(ModuleInitFailure, match=r"/no/such.pem"):
        router.start()
