"""HTTP as bytes: valid requests however they are split, invalid ones, slow ones, too many connections."""

from __future__ import annotations

import gevent
import pytest
from http_client import Client, post, request
from pipeline import running

from wishbone_testing import wait_until

CHUNKED = {"Transfer-Encoding": "chunked", "Content-Length": None}


def test_connection_is_kept_for_the_next_request():
    with running() as pipeline, Client(pipeline.port) as client:
        for number in range(5):
            answer = client.request(str(number))
            assert answer.status == 200
            assert "Connection" not in answer.headers
        assert pipeline.output.payloads == [0, 1, 2, 3, 4]


def test_connection_is_closed_when_the_client_says_so():
    with running() as pipeline, Client(pipeline.port) as client:
        answer = client.request("1", headers={"Connection": "close"})
        assert (answer.status, answer.headers["Connection"]) == (200, "close")
        assert client.ended()


def test_http_1_0_is_supported():
    with running() as pipeline:
        with Client(pipeline.port) as client:
            assert client.request("1", version="1.0", headers={"Host": None}).headers["Connection"] == "close"
            assert client.ended()
        with Client(pipeline.port) as client:
            keep = {"Connection": "keep-alive"}
            for _ in range(2):
                answer = client.request("1", version="1.0", headers=keep)
                assert answer.headers["Connection"] == "keep-alive"


def test_pipelined_requests_are_answered_in_order():
    with running() as pipeline, Client(pipeline.port) as client:
        client.send(
            b"".join(request(str(n), path="/" if n != 50 else "/?" + "a=b&" * 200) for n in range(100))
        )
        statuses = [client.receive().status for _ in range(100)]
        assert statuses == [200] * 50 + [400] + [200] * 49
        assert pipeline.output.payloads == [n for n in range(100) if n != 50]


def test_request_may_arrive_byte_by_byte():
    with running() as pipeline, Client(pipeline.port) as client:
        for byte in request('{"n": 1}') + request("1\r\n2", headers={"X": "y"}):
            client.send(bytes([byte]))
            gevent.sleep(0)
        assert client.receive().status == client.receive().status == 200
        assert pipeline.output.payloads == [{"n": 1}, 1, 2]


def test_chunked_body_is_assembled():
    with running() as pipeline, Client(pipeline.port) as client:
        body = b'3;note="x"\r\n{"n\r\n5\r\n": 1}\r\n0\r\nAuthorization: Bearer s\r\n\r\n'
        assert client.request(headers=CHUNKED, body=body).status == 200
        assert client.request("2").status == 200
        assert pipeline.output.payloads == [{"n": 1}, 2]


def test_trailers_are_not_headers():
    with running({"authentication": {"bearer": ["s"]}}) as pipeline, Client(pipeline.port) as client:
        body = b"1\r\n1\r\n0\r\nAuthorization: Bearer s\r\n\r\n"
        assert client.request(headers=CHUNKED, body=body).status == 401


def test_continue_is_sent_to_a_client_that_expects_it():
    with running() as pipeline, Client(pipeline.port) as client:
        client.send(request("", headers={"Content-Length": "1", "Expect": "100-continue"}))
        assert client.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"1")
        assert client.receive().status == 200


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/b", {}, 404),
        ("/a", {"Content-Length": "101"}, 413),
        ("/a", {"Content-Encoding": "br"}, 415),
        ("/closed", {}, 401),
    ],
)
def test_continue_is_not_sent_for_a_request_that_is_refused(path, headers, status):
    routes = [{"path": "/a"}, {"path": "/closed", "authentication": {"bearer": ["s"]}}]
    with running({"routes": routes, "max_body": 100}) as pipeline, Client(pipeline.port) as client:
        expecting = {"Content-Length": "10", "Expect": "100-continue", **headers}
        answer = client.request("", path=path, headers=expecting)
        assert (answer.status, answer.headers["Connection"]) == (status, "close")
        assert client.ended()


def test_continue_is_sent_after_the_response_to_an_earlier_request():
    with running() as pipeline, Client(pipeline.port) as client:
        waiting = request("", headers={"Content-Length": "1", "Expect": "100-continue"})
        client.send(request("1") + waiting)
        assert client.receive().status == 200
        assert client.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"2")
        assert client.receive().status == 200


def test_continue_is_not_sent_to_an_http_1_0_client():
    with running() as pipeline, Client(pipeline.port) as client:
        client.send(request("", headers={"Content-Length": "1", "Expect": "100-continue"}, version="1.0"))
        (connection,) = wait_until(lambda: pipeline.http._server.connections)
        wait_until(lambda: connection._parser.current and connection.reading)
        client.send(b"1")
        assert client.receive().status == 200


def test_absolute_target_is_accepted():
    with running({"routes": [{"path": "/a"}]}) as pipeline:
        assert post(pipeline.port, "1", path="http://example.com:80/a?b=c").status == 200
        assert pipeline.output.events[0].tmp["http"]["path"] == "/a"


@pytest.mark.parametrize(
    "body", [{"body": b"12"}, {"body": b"1\r\n1\r\n1\r\n2\r\n0\r\n\r\n", "headers": CHUNKED}]
)
def test_upgrade_is_ignored(body):
    """As clients ask that would rather speak HTTP/2, and send the body all the same."""
    headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", **body.get("headers", {})}
    with running() as pipeline, Client(pipeline.port) as client:
        client.send(request(body["body"], headers=headers) * 2 + request("3"))
        assert [client.receive().status for _ in range(3)] == [200] * 3
        assert pipeline.output.payloads == [12, 12, 3]


SMUGGLED = b"POST /smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n9"


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 1\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 1",
        "Content-Length: 1\r\nContent-Length: 0",
        "Content-Length: 1, 1",
        "Content-Length: +1",
        "Content-Length: 0x1",
        "Content-Length: 99999999999999999999",
        "Content-Length : 1",
        "Content-Length: 1\r\n folded: 1",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: \x0bchunked",
        "Transfer-Encoding: xchunked",
        "X: a\x00b\r\nContent-Length: 1",
        "X: a\nContent-Length: 1",
        "X: a\rContent-Length: 1",
    ],
)
def test_ambiguous_request_is_refused(head):
    with running() as pipeline, Client(pipeline.port) as client:
        client.send(f"POST / HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n".encode() + b"0\r\n\r\n" + SMUGGLED)
        answer = client.receive()
        assert answer.status in {400, 501, 413}
        assert answer.headers["Connection"] == "close"
        assert client.ended()
        assert not pipeline.output.payloads


def test_chunked_body_in_http_1_0_is_refused():
    with running() as pipeline:
        assert post(pipeline.port, b"0\r\n\r\n", version="1.0", headers=CHUNKED).status == 501


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n1", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 1\r\n\r\n1", 400),
        (b"POST / HTTP/2.0\r\nHost: a\r\nContent-Length: 1\r\n\r\n1", 505),
        (b"POST / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\nContent-Length: 1\r\n\r\n1", 417),
        (b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"hello\r\n\r\n", 400),
        (b"POST http://[ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
    ],
)
def test_invalid_request_is_refused_and_the_connection_closed(data, status):
    with running() as pipeline, Client(pipeline.port) as client:
        client.send(data)
        answer = client.receive()
        assert (answer.status, answer.headers["Connection"]) == (status, "close")
        assert answer.error
        assert client.ended()
        assert not pipeline.output.payloads


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 3000, 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 500, 431),
        (b"POST /" + b"x" * 3000, 414),
        (b"POST / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 3000 + b"\r\nContent-Length: 1\r\n\r\n1", 431),
        (b"POST /" + b"x" * 3000 + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1", 414),
    ],
)
def test_head_that_is_too_large_is_refused(data, status):
    with running({"max_headers": 2048}) as pipeline, Client(pipeline.port) as client:
        client.send(data)
        assert client.receive().status == status
        assert client.ended()


def test_body_with_too_large_a_length_is_refused_before_it_is_read():
    with running({"max_body": 1000}) as pipeline, Client(pipeline.port) as client:
        answer = client.request("", headers={"Content-Length": "1000000000"})
        assert (answer.status, answer.headers["Connection"]) == (413, "close")


@pytest.mark.parametrize("size", [10, 500, 100_000])
def test_chunked_body_that_is_too_large_is_refused(size):
    chunk = b"%x\r\n%s\r\n" % (size, b" " * size)
    with running({"max_body": 1000}) as pipeline, Client(pipeline.port) as client:
        client.send(request("", headers=CHUNKED) + chunk * (2000 // size + 1))
        assert client.receive().status == 413
        assert client.ended()


def test_endless_trailers_are_refused():
    with running({"max_headers": 2048}) as pipeline, Client(pipeline.port) as client:
        client.send(request("", headers=CHUNKED) + b"1\r\n1\r\n0\r\n")
        for _ in range(100):
            client.send(b"X: y\r\n" * 10)
            gevent.sleep(0)
        answer = client.receive()
        assert (answer.status, "framing" in answer.error) == (400, True)


def test_body_of_exactly_the_limit_is_accepted():
    with running({"max_body": 1000}) as pipeline:
        assert post(pipeline.port, '"' + "x" * 998 + '"').status == 200
        assert post(pipeline.port, '"' + "x" * 999 + '"').status == 413


def test_large_body_is_accepted():
    with running({"max_body": 20_000_000}) as pipeline:
        assert post(pipeline.port, '"' + "x" * 10_000_000 + '"').status == 200
        assert len(pipeline.output.payloads[0]) == 10_000_000
