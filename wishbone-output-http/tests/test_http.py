"""What happens to events when the server answers, fails or is away."""

from __future__ import annotations

import json
import os
import resource
from base64 import b64decode
from contextlib import contextmanager
from importlib.metadata import entry_points

import pytest
from http_server import after, cut, hang, hang_up, refused_port, reply, reset

from wishbone import clock
from wishbone_output_http import Http
from wishbone_testing import Harness, wait_until

QUICK = {"pause": 0.01, "longest_pause": 0.05, "breaker_failures": 0}


def http(server, path="/", **more):
    return Harness(Http, {"url": f"{server.url}{path}", **QUICK, **more}, unconnected=["failed"])


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.output", name="http")
    assert entry_point.load() is Http


def test_payloads_are_sent_as_json_in_order_on_one_connection(serve):
    server = serve()
    with http(server) as module:
        settlements = [module.feed_acknowledged({"number": number}) for number in range(50)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert [json.loads(body) for body in server.bodies] == [{"number": number} for number in range(50)]
    assert {(asked.method, asked.headers["content-type"]) for asked in server.asked} == {
        ("POST", "application/json")
    }
    assert server.connections == 1


def test_connection_with_a_descriptor_over_1023_is_reused(serve):
    with open_files(1100), http(server := serve()) as module:
        for number in range(3):
            assert module.feed_acknowledged(number).wait().acknowledged
    assert server.connections == 1


@contextmanager
def open_files(count):
    """Open so many files: select(2) knows no descriptor beyond 1023."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before, 2 * count), hard))
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(count)]
    try:
        yield
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


def test_url_headers_and_body_are_rendered(serve):
    server = serve()
    arguments = {
        "method": "PUT",
        "headers": {"X-Level": "{{ data.level }}", "content-type": "text/csv"},
        "body": "{{ data.user }},{{ data.level }}",
    }
    with http(server, "/users/{{ data.user }}?level={{ data.level }}", **arguments) as module:
        assert module.feed_acknowledged({"user": "ada l", "level": "a&b"}).wait().acknowledged
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("PUT", "/users/ada%20l?level=a%26b")
    assert asked.headers["x-level"] == "a&b"
    assert asked.headers["content-type"] == "text/csv"
    assert asked.body == b"ada l,a&b"


@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD", "OPTIONS"])
def test_method_without_a_body_sends_none(serve, method):
    server = serve(b"HTTP/1.1 204 X\r\n\r\n")
    with http(server, method=method) as module:
        assert all(module.feed_acknowledged(number).wait().acknowledged for number in range(2))
    assert server.bodies == [b"", b""]
    assert "content-type" not in server.asked[0].headers


def test_status_is_stored_and_with_a_decoder_the_response(serve):
    server = serve(reply(201, b'{"id": 7}'))
    with http(server, decoder="json") as module:
        module.feed("x")
        assert module.receive("success").tmp["module"] == {"status": 201, "response": {"id": 7}}
    with http(server) as module:
        module.feed("x")
        assert module.receive("success").tmp["module"] == {"status": 201}


@pytest.mark.parametrize("body", [b"no json", b"[" + b"1," * 600 + b"1]"])
def test_event_fails_when_the_response_cannot_be_decoded(serve, body):
    server = serve(reply(200, body))
    with http(server, decoder="json", max_answer=1000) as module:
        assert module.feed_acknowledged("x").wait().failed
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [300, 301, 307, 400, 401, 403, 404, 409, 410, 422, 451, 499, 600, 999])
def test_event_fails_at_once_when_the_server_refuses_it(serve, status):
    server = serve(reply(status, b"because", Location="http://127.0.0.1:1/"), reply())
    with Harness(Http, {"url": server.url, **QUICK}) as module:
        module.feed("x")
        event = module.receive("failed")
        assert event.tmp["module"] == {"status": status, "response": "because"}
        assert str(status) in event.errors["module"]["message"]
        assert module.feed_acknowledged("next").wait().acknowledged
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504, 599])
def test_request_is_retried_when_the_server_cannot_accept_it(serve, status):
    server = serve(reply(status), reply(status), reply())
    with http(server) as module:
        assert module.feed_acknowledged("x").wait().acknowledged
    assert server.bodies == [b'"x"\n'] * 3


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    "failure",
    [
        hang_up,
        reset,
        hang,
        b"\x00\xff garbage \r\n\r\n" * 10,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        cut(b"HTTP/1.1 200 OK\r\nContent-Len", hang_up),
        cut(b"HTTP/1.1 500 X\r\nContent-Length: 100\r\n\r\nshort", hang_up),
        cut(b"HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\nnot hex\r\n", hang),
        cut(b"HTTP/1.1 200 OK\r\n" + b"X-Filler: 123456789\r\n" * 10_000, hang),
        cut(b"HTTP/1.1 100 Continue\r\n\r\n", hang_up),
        cut(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, hang),
    ],
)
def test_request_is_retried_once_after_each_lost_or_invalid_response(serve, failure, method):
    server = serve(failure, failure, reply())
    with http(server, method=method, read_timeout=0.1, max_answer=1000) as module:
        assert module.feed_acknowledged("x").wait().acknowledged
    assert server.bodies == [b'"x"\n'] * 3
    assert server.connections == 3


def test_connection_closed_by_the_server_is_replaced_without_a_retry(serve):
    server = serve()
    with http(server, retries=0) as module:
        for number in range(10):
            assert module.feed_acknowledged(number).wait().acknowledged
            server.hang_up()
            wait_until(lambda: not server.peers)
    assert server.connections == 10


def test_event_waits_until_the_server_is_there(serve):
    port = refused_port()
    arguments = {"url": f"http://127.0.0.1:{port}/", **QUICK, "retries": None}
    with Harness(Http, arguments) as module:
        settlements = [module.feed_acknowledged(number) for number in range(3)]
        wait_until(lambda: any("gave no answer" in text for text in module.messages()))
        assert not any(settlement.done for settlement in settlements)
        server = serve(port=port)
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert server.bodies == [b"0\n", b"1\n", b"2\n"]


def test_event_fails_when_its_retries_are_used_up(serve):
    server = serve(reply(500))
    with Harness(Http, {"url": server.url, **QUICK, "retries": 2}) as module:
        module.feed("x")
        message = module.receive("failed").errors["module"]["message"]
    assert len(server.asked) == 3
    assert "answered 500 Internal Server Error; it was sent 3 times" in message


@pytest.mark.parametrize("status", [429, 503])
def test_retry_waits_as_long_as_the_server_asks(serve, status):
    server = serve(reply(status, Retry_After=1), reply())
    with http(server) as module:
        began = clock.monotonic()
        assert module.feed_acknowledged("x").wait().acknowledged
        assert clock.monotonic() - began >= 1


def test_delay_asked_for_by_the_server_is_limited(serve):
    server = serve(reply(503, Retry_After="9" * 30), reply())
    with http(server, longest_retry_after=0.05) as module:
        assert module.feed_acknowledged("x").wait(5).acknowledged


def test_concurrent_requests_wait_when_the_server_asks_for_it(serve):
    server = serve(reply(429, Retry_After=1), reply())
    with http(server, concurrency=4) as module:
        began = clock.monotonic()
        module.feed("first")
        wait_until(lambda: len(server.asked) == 1)
        wait_until(lambda: module.module._breaker._held_until > clock.monotonic() + 0.5)
        settlements = [module.feed_acknowledged(number) for number in range(3)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
        assert clock.monotonic() - began >= 1


def test_stop_while_the_server_is_down_is_prompt_and_fails_the_events():
    arguments = {"url": f"http://127.0.0.1:{refused_port()}/", "pause": 30, "longest_pause": 30}
    module = Harness(Http, arguments, unconnected=["failed"])
    module.router.start()
    settlements = [module.feed_acknowledged(number) for number in range(3)]
    wait_until(lambda: any("gave no answer" in text for text in module.messages()))
    began = clock.monotonic()
    module.stop(timeout=0.1)
    assert clock.monotonic() - began < 5
    assert all(settlement.wait().failed for settlement in settlements)


def test_concurrency_is_the_number_of_requests_in_flight(serve):
    server = serve(after(0.05, reply()))
    with http(server, concurrency=4) as module:
        settlements = [module.feed_acknowledged(number) for number in range(12)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert server.most_at_once == 4
    assert server.connections == 4


def test_bad_event_does_not_affect_the_others(serve):
    server = serve()
    with http(server, "/{{ data.id }}", headers={"X-Name": "{{ data.name }}"}) as module:
        bad = [
            {"id": "..", "name": "x"},
            {"id": 1, "name": "a\r\nX-Admin: 1"},
            {"id": 1, "name": "snow \u2603"},
            {"id": 1},
            "nothing",
        ]
        settlements = [module.feed_acknowledged(payload) for payload in bad]
        good = module.feed_acknowledged({"id": 1, "name": "x"})
        assert all(settlement.wait().failed for settlement in settlements)
        assert good.wait().acknowledged
    assert [asked.target for asked in server.asked] == ["/1"]


def test_payload_that_cannot_be_encoded_fails_alone(serve):
    server = serve()
    with http(server, batch_size=3, batch_seconds=0.05) as module:
        settlements = [module.feed_acknowledged(payload) for payload in (object(), 1, 2)]
        assert settlements[0].wait().failed
        assert settlements[1].wait().acknowledged
        assert settlements[2].wait().acknowledged


def test_authenticates_with_name_and_password(serve):
    server = serve()
    with http(server, username="ada", password="pä:ss") as module:
        assert module.feed_acknowledged("x").wait().acknowledged
    scheme, _, credentials = server.asked[0].headers["authorization"].partition(" ")
    assert (scheme, b64decode(credentials).decode()) == ("Basic", "ada:pä:ss")


def test_authenticates_with_a_token(serve):
    server = serve()
    with http(server, token="abc") as module:
        assert module.feed_acknowledged("x").wait().acknowledged
    assert server.asked[0].headers["authorization"] == "Bearer abc"


def test_secrets_are_in_no_log_and_no_error(serve):
    server = serve(reply(401, b"you said secret-token"), reply(500), reply())
    arguments = {
        "url": server.url,
        **QUICK,
        "token": "secret-token",
        "headers": {"X-Key": "secret-key {{ data.x }}"},
        "proxy": None,
    }
    with Harness(Http, arguments) as module:
        module.feed({"x": 1})
        module.feed({"x": 1})
        module.feed({})
        events = module.receive_many(2, "failed")
        texts = [*module.messages(), *(str(event.errors) for event in events), repr(module.module)]
    assert any("X-Key" in text for text in texts)
    assert not any("secret" in text for text in texts)


def test_request_is_sent_through_the_proxy(serve):
    proxy = serve()
    arguments = {"url": "http://server.invalid/x", "proxy": f"http://ada:pw@127.0.0.1:{proxy.port}", **QUICK}
    with Harness(Http, arguments) as module:
        assert module.feed_acknowledged("x").wait().acknowledged
    (asked,) = proxy.asked
    assert asked.target == "http://server.invalid:80/x"
    assert asked.headers["host"] == "server.invalid"
    assert b64decode(asked.headers["proxy-authorization"].split()[1]) == b"ada:pw"


def test_proxy_that_refuses_a_tunnel_is_a_lost_connection(serve):
    proxy = serve(cut(reply(403), hang_up))
    arguments = {"url": "https://server.invalid/x", "proxy": f"http://127.0.0.1:{proxy.port}", **QUICK}
    with Harness(Http, {**arguments, "retries": 1}, unconnected=["failed"]) as module:
        assert module.feed_acknowledged("x").wait().failed
    assert [asked.method for asked in proxy.asked] == ["CONNECT", "CONNECT"]


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_proxies_of_the_environment_are_ignored(serve, monkeypatch, name):
    server = serve()
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    with http(server) as module:
        assert module.feed_acknowledged("x").wait().acknowledged
