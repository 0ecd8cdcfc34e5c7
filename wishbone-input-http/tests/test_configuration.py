"""The arguments of the module, and what it logs and measures."""

from __future__ import annotations

import gevent
import pytest
from http_client import Client, post, request
from pipeline import running

from wishbone.error import ModuleInitFailure, WishboneError
from wishbone.router import Default
from wishbone_input_http import Http
from wishbone_network import descriptors
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


def test_address_in_use_is_an_error_that_names_it():
    with running() as pipeline:
        second = Default()
        second.registerModule(Http, "second", {"port": pipeline.port})
        with pytest.raises(
            ModuleInitFailure, match=f"Cannot listen on 127.0.0.1:{pipeline.port}: Address already in use"
        ):
            second.start()


def test_server_that_everyone_may_use_is_warned_about():
    with running({"host": "0.0.0.0"}) as pipeline:
        assert any("set 'authentication'" in text for text in pipeline.messages)
    with running({"host": "0.0.0.0", "authentication": {"bearer": ["s"]}}) as pipeline:
        assert not any("set 'authentication'" in text for text in pipeline.messages)


def test_port_can_be_shared():
    shared = {"reuse_port": True}
    with running(shared) as pipeline, running({**shared, "port": pipeline.port}) as other:
        assert post(other.port, "1").status == 200
        assert len(pipeline.output.payloads) + len(other.output.payloads) == 1


def test_listens_on_every_address_of_a_name():
    with running({"host": "localhost"}) as pipeline:
        for family, _, _, _, address in gevent.socket.getaddrinfo("localhost", pipeline.port, type=1):
            with gevent.socket.socket(family) as peer:
                peer.connect(address)


def test_listens_on_ipv6():
    with running({"host": "::1"}) as pipeline:
        client = Client.__new__(Client)
        client.socket = gevent.socket.create_connection(("::1", pipeline.port), 5)
        with client:
            assert client.request("1").status == 200
        assert pipeline.output.events[0].tmp["http"]["peer"] == "::1"


def test_number_of_connections_that_the_system_allows_is_logged_and_applied(monkeypatch):
    monkeypatch.setattr("resource.getrlimit", lambda _: (descriptors.RESERVE + 2, descriptors.RESERVE + 2))
    monkeypatch.setattr("resource.setrlimit", lambda *_: None)
    monkeypatch.setattr(descriptors, "_process", descriptors._Process())
    with running({"max_connections": 10}) as pipeline:
        assert any("The system allows 2 connections, not the 10" in text for text in pipeline.messages)
        with Client(pipeline.port) as one, Client(pipeline.port) as two, Client(pipeline.port) as three:
            one.send(request("1")[:-1])
            two.send(request("2")[:-1])
            wait_until(lambda: len(pipeline.http._server.connections) == 2)
            three.send(request("3"))
            wait_until(lambda: any("2 connections are open" in text for text in pipeline.messages))
            assert len(pipeline.http._server.connections) == 2


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        ({"headers": ["AUTHORIZATION"]}, "contains secrets"),
        ({"headers": ["X Y"]}, "headers"),
        ({"key_file": "key.pem"}, "needs the 'cert_file'"),
        ({"routes": [{"path": "/a"}, {"path": "/a"}]}, "Two routes have POST /a"),
        ({"routes": [{"path": "a"}]}, "routes.0.path"),
        ({"routes": [{"path": "/a*b"}]}, "not at its end"),
        ({"routes": [{"methods": ["BREW"]}]}, "BREW"),
        ({"routes": [{"public": True, "authentication": {"bearer": ["s"]}}]}, "remove one of them"),
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


def test_missing_certificate_is_an_error_that_names_it():
    router = Default()
    router.registerModule(Http, "http", {"port": 0, "cert_file": "/no/such.pem"})
    with pytest.raises(ModuleInitFailure, match=r"/no/such.pem"):
        router.start()
