from __future__ import annotations

import gevent
import pytest
from http_client import Client, request
from pipeline import Pipeline

from wishbone_testing import wait_until


@pytest.fixture
def pipeline():
    pipeline = Pipeline({"health": "/healthz"})
    pipeline.router.start()
    yield pipeline
    pipeline.output.gate.set()
    pipeline.router.stop(timeout=1)


@pytest.fixture
def client(pipeline):
    with Client(pipeline.port) as client:
        yield client


def in_flight(pipeline, client, body="1"):
    """Send a request, and return when its event is held by the output."""
    before = pipeline.http.pool.queue.outbox.in_total
    pipeline.output.gate.clear()
    client.send(request(body))
    wait_until(lambda: pipeline.http.pool.queue.outbox.in_total > before)


def stop(pipeline, timeout=5):
    stopping = gevent.spawn(pipeline.router.stop, timeout)
    wait_until(lambda: not pipeline.http.loop())
    return stopping


def test_request_in_flight_is_answered_at_a_stop(pipeline, client):
    in_flight(pipeline, client)
    stopping = stop(pipeline)
    pipeline.output.gate.set()
    answer = client.receive()
    assert (answer.status, answer.headers["Connection"]) == (200, "close")
    assert stopping.get(timeout=5) == []
    assert pipeline.output.payloads == [1]


def test_new_request_on_an_open_connection_is_refused_with_503(pipeline, client):
    with Client(pipeline.port) as other:
        assert other.request("1").status == 200
        in_flight(pipeline, client, "2")
        stopping = stop(pipeline)
        answer = other.request("3")
        assert (answer.status, answer.headers["Connection"], answer.headers["Retry-After"]) == (
            503,
            "close",
            "5",
        )
        assert other.ended()
        pipeline.output.gate.set()
        assert client.receive().status == 200
        stopping.get(timeout=5)
        assert pipeline.output.payloads == [1, 2]


def test_health_of_a_stopping_server_is_503(pipeline, client):
    with Client(pipeline.port) as other:
        assert other.request(b"", path="/healthz", method="GET").status == 200
        in_flight(pipeline, client)
        stop(pipeline)
        assert other.request(b"", path="/healthz", method="GET").status == 503


def test_new_connection_is_not_accepted_while_stopping(pipeline, client):
    in_flight(pipeline, client)
    stop(pipeline)
    wait_until(lambda: refused(pipeline.port))


def refused(port):
    try:
        Client(port).socket.close()
    except ConnectionRefusedError:
        return True
    return False


def test_idle_connections_do_not_delay_a_stop(pipeline, client):
    assert client.request("1").status == 200
    with Client(pipeline.port) as silent:
        stop(pipeline).get(timeout=2)
        assert client.ended()
        assert silent.ended()


def test_incomplete_request_is_answered_with_503_at_a_stop(pipeline, client):
    client.send(request('{"n": 1}')[:-1])
    wait_until(lambda: any(connection.reading for connection in pipeline.http._server.connections))
    stop(pipeline).get(timeout=5)
    assert client.receive().status == 503
    assert not pipeline.output.payloads


def test_client_gets_503_when_the_module_is_killed(pipeline, client):
    in_flight(pipeline, client)
    stop(pipeline, timeout=0.2).get(timeout=5)
    answer = client.receive()
    assert (answer.status, "Retry-After" in answer.headers) == (503, True)
    assert client.ended()


def test_request_waiting_for_room_gets_503_when_the_module_is_killed():
    pipeline = Pipeline({"queue_timeout": 60}, size=1)
    pipeline.router.start()
    pipeline.output.gate.clear()
    with Client(pipeline.port) as client:
        client.send(request("1\n2\n3\n4"))
        wait_until(lambda: pipeline.http.pool.queue.outbox.waited_total)
        stop(pipeline, timeout=0.2).get(timeout=5)
        assert client.receive().status == 503
