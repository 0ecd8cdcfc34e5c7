"""Responses that are cut off, that others follow, and that say why."""

from __future__ import annotations

import pytest
from http_server import after, cut, hang, hang_up, reply, reset

from wishbone_network import is_readable
from wishbone_output_http import Http
from wishbone_testing import Harness, wait_until

QUICK = {"pause": 0.01, "longest_pause": 0.05, "breaker_failures": 0}


def http(server, path="/", **more):
    return Harness(Http, {"url": f"{server.url}{path}", **QUICK, **more}, unconnected=["failed"])


HEAD_200 = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"


HEAD_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "response",
    [
        cut(HEAD_200, hang_up),
        cut(HEAD_200 + b"short", hang_up),
        cut(HEAD_200 + b"short", reset),
        cut(HEAD_200 + b"short", hang),
        cut(HEAD_CHUNKED + b"not hex\r\n", hang),
        cut(HEAD_CHUNKED + b"5\r\nsho", hang_up),
        cut(HEAD_CHUNKED + b"0\r\n" + b"X-T: x\r\n" * 20_000, hang),
        cut(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 X\r\nContent-Length: 9\r\n\r\n", hang_up),
    ],
)
def test_request_is_delivered_once_although_the_body_of_the_response_is_cut(serve, response):
    server = serve(response, reply())
    with http(server, read_timeout=0.1, max_answer=1000) as module:
        assert module.feed_acknowledged("x").wait().acknowledged
        assert module.feed_acknowledged("y").wait().acknowledged
    assert server.bodies == [b'"x"\n', b'"y"\n']
    assert server.connections == 2


def test_event_fails_with_the_cause_when_the_body_to_decode_is_cut(serve):
    server = serve(cut(HEAD_200 + b"[1, 2", hang_up))
    with Harness(Http, {"url": server.url, **QUICK, "decoder": "json"}) as module:
        module.feed("x")
        event = module.receive("failed")
    assert event.tmp["module"] == {"status": 200}
    assert "answered 200 OK, but the body of its answer is not complete" in event.errors["module"]["message"]
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [400, 404])
def test_event_is_refused_once_although_the_body_of_the_response_is_cut(serve, status):
    server = serve(cut(b"HTTP/1.1 %d X\r\nContent-Length: 100\r\n\r\nbecause" % status, hang_up), reply())
    with Harness(Http, {"url": server.url, **QUICK}) as module:
        module.feed("x")
        assert module.receive("failed").tmp["module"] == {"status": status, "response": "because"}
    assert len(server.asked) == 1


FAILURES = [
    reply(500),
    reply(503, b"later"),
    reply(429),
    b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" + reply(500),
]


@pytest.mark.parametrize("split", [None, 10, -10])
@pytest.mark.parametrize("failure", FAILURES)
def test_first_final_response_counts_when_another_one_follows(serve, failure, split):
    both = failure + reply(200)
    at = len(failure) if split is None else split
    server = serve(both, cut(both[:at], after(0.01, both[at:])), reply())
    with http(server, pause=0.3, longest_pause=0.3) as module:
        assert module.feed_acknowledged("x").wait().acknowledged
    assert server.bodies == [b'"x"\n'] * 3
    assert server.connections == 3


@pytest.mark.parametrize("method", ["POST", "HEAD"])
@pytest.mark.parametrize(
    "surplus", [reply(500), reply(200), b"garbage", b"HTTP/1.1 ", b"x" * 50, b"HTTP/1.1 100 Continue\r\n\r\n"]
)
def test_connection_with_bytes_after_the_response_is_closed(serve, surplus, method):
    server = serve(reply() + surplus, reply())
    with http(server, method=method) as module:
        assert module.feed_acknowledged("x").wait().acknowledged
        assert module.feed_acknowledged("y").wait().acknowledged
    assert len(server.asked) == server.connections == 2


def test_bytes_that_arrive_after_the_response_close_the_connection(serve):
    server = serve(reply(), reply())
    with http(server) as module:
        assert module.feed_acknowledged("x").wait().acknowledged
        (peer,) = server.peers
        peer.sendall(reply(500))
        (connection,) = module.module._client._idle
        wait_until(lambda: is_readable(connection))
        assert module.feed_acknowledged("y").wait().acknowledged
    assert len(server.asked) == server.connections == 2


def test_head_that_drips_times_out(serve):
    def drip(peer):
        peer.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(1000):
            after(0.01, b"X-Y: z\r\n")(peer)

    server = serve(drip, reply())
    with http(server, timeout=0.1) as module:
        assert module.feed_acknowledged("x").wait().acknowledged
        assert any("no answer within 0.1 s" in text for text in module.messages())
    assert len(server.asked) == 2


def test_body_that_drips_is_cut_after_the_timeout(serve):
    def drip(peer):
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        for _ in range(1000):
            after(0.01, b"x")(peer)

    server = serve(drip, reply())
    with http(server, timeout=0.1) as module:
        assert module.feed_acknowledged("x").wait(5).acknowledged
    assert len(server.asked) == 1


@pytest.mark.parametrize("retries", [0, 2])
def test_last_response_is_stored_and_shown_when_the_retries_are_used_up(serve, retries):
    server = serve(reply(500, b'{"reason": "record 2: bad date"}'))
    with Harness(Http, {"url": server.url, **QUICK, "retries": retries}) as module:
        module.feed("x")
        event = module.receive("failed")
        assert event.tmp["module"] == {"status": 500, "response": '{"reason": "record 2: bad date"}'}
        assert "record 2: bad date" in event.errors["module"]["message"]
        assert all("record 2: bad date" in text for text in module.messages())
        assert len(module.messages()) == (2 if retries else 1)  # an outage is logged once a minute


def test_events_of_a_batch_have_the_last_response_when_the_retries_are_used_up(serve):
    server = serve(reply(503, b"closed for today"))
    with Harness(Http, {"url": server.url, **QUICK, "retries": 1, "batch_size": 3}) as module:
        for number in range(3):
            module.feed(number)
        for event in module.receive_many(3, "failed"):
            assert event.tmp["module"] == {"status": 503, "response": "closed for today"}


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://api.example/y", "redirects to 'https://api.example/y' are not followed"),
        ("/y?token=secret", "redirects to '/y' are not followed"),
        ("https://ada:secret@api.example/", "redirects to 'https://…@api.example/' are not followed"),
        (None, "redirects are not followed"),
    ],
)
def test_error_says_where_a_redirect_leads(serve, location, shown):
    server = serve(reply(308, **({} if location is None else {"Location": location})))
    with Harness(Http, {"url": server.url, **QUICK}) as module:
        module.feed("x")
        message = module.receive("failed").errors["module"]["message"]
    assert shown in message
    assert "secret" not in message


def test_response_that_never_ends_is_cut_and_counts_as_delivered(serve):
    def flood(peer):
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    server = serve(flood, reply())
    with http(server, max_answer=10_000) as module:
        assert module.feed_acknowledged("x").wait().acknowledged
        assert module.feed_acknowledged("y").wait().acknowledged
    assert server.connections == 2
