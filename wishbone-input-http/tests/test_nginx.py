"""The server with a real reverse proxy in front of it."""

from __future__ import annotations

import gevent
import pytest
from http_client import Client, post, request
from pipeline import running
from reverse_proxy import Nginx, needs_nginx

pytestmark = needs_nginx


@pytest.mark.parametrize("buffering", ["on", "off"])
def test_requests_through_the_proxy_arrive_once(tmp_path, buffering):
    with running() as pipeline, Nginx(tmp_path, pipeline.port, buffering) as nginx:
        clients = [gevent.spawn(post_all, nginx.port, range(start, 1000, 8)) for start in range(8)]
        assert all(client.get(timeout=20) == {200} for client in clients)
        assert sorted(pipeline.output.payloads) == list(range(1000))


def post_all(port, numbers):
    with Client(port) as client:
        return {client.request(str(number)).status for number in numbers}


@pytest.mark.parametrize("buffering", ["on", "off"])
def test_bodies_of_any_length_and_framing_pass_the_proxy(tmp_path, buffering):
    with running({"max_body": 5_000_000}) as pipeline, Nginx(tmp_path, pipeline.port, buffering) as nginx:
        text = b'"' + b"x" * 4_000_000 + b'"'
        assert post(nginx.port, text).status == 200
        chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(text), text)
        chunked = {"Transfer-Encoding": "chunked", "Content-Length": None}
        assert post(nginx.port, chunk, headers=chunked).status == 200
        assert post(nginx.port, text + text).status == 413
        assert [len(payload) for payload in pipeline.output.payloads] == [4_000_000] * 2


def test_address_of_the_client_is_known_behind_the_proxy(tmp_path):
    arguments = {"trusted_proxies": ["127.0.0.1"]}
    with running(arguments) as pipeline, Nginx(tmp_path, pipeline.port) as nginx:
        with Client(nginx.port, source="127.0.0.2") as client:
            client.send(request("1", headers={"X-Forwarded-For": "203.0.113.7"}))
            assert client.receive().status == 200
        assert pipeline.output.events[0].tmp["http"]["peer"] == "127.0.0.2"


def test_errors_pass_the_proxy_with_their_reason(tmp_path):
    with running() as pipeline, Nginx(tmp_path, pipeline.port) as nginx:
        answer = post(nginx.port, "nonsense")
        assert (answer.status, "cannot be decoded" in answer.error) == (400, True)
        pipeline.output.broken = True
        assert post(nginx.port, "1").status == 500
