"""Connections: how many, for how long, and what happens when they end."""

from __future__ import annotations

import errno
from time import monotonic

import gevent
from gevent import socket
from http_client import Client, post, request
from pipeline import running

from wishbone_input_http import server
from wishbone_network import accept as accept_module
from wishbone_testing import wait_until


def test_connection_without_a_request_is_closed():
    with running({"header_timeout": 0.1}) as pipeline, Client(pipeline.port) as client:
        assert client.ended()


def test_slow_headers_are_refused():
    with running({"header_timeout": 0.3}) as pipeline, Client(pipeline.port) as client:
        began = monotonic()
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\n")
        trickle = gevent.spawn(send_slowly, client, b"X: y\r\n")
        assert client.receive().status == 408
        assert monotonic() - began < 5
        trickle.kill()


def test_slow_body_is_refused():
    with running({"body_timeout": 0.3}) as pipeline, Client(pipeline.port) as client:
        client.send(request("", headers={"Content-Length": "100000"}))
        trickle = gevent.spawn(send_slowly, client, b" ")
        assert client.receive().status == 408
        trickle.kill()
        assert not pipeline.output.payloads


def send_slowly(client, data):
    while True:
        client.send(data)
        gevent.sleep(0.02)


def test_idle_connection_is_closed_without_a_response():
    with running({"idle_timeout": 0.1}) as pipeline, Client(pipeline.port) as client:
        assert client.request("1").status == 200
        assert client.ended()


def test_line_ends_do_not_keep_a_connection_open():
    with running({"idle_timeout": 0.3}) as pipeline, Client(pipeline.port) as client:
        assert client.request("1").status == 200
        trickle = gevent.spawn(send_slowly, client, b"\r\n")
        assert client.ended()
        trickle.kill()


def test_connections_over_the_limit_wait():
    with running({"max_connections": 2}) as pipeline:
        with Client(pipeline.port) as one, Client(pipeline.port) as two, Client(pipeline.port) as three:
            pipeline.output.gate.clear()
            one.send(request("1"))
            two.send(request("2"))
            wait_until(lambda: pipeline.http.pool.queue.outbox.in_total == 2)
            answer = gevent.spawn(three.request, "3")
            wait_until(lambda: any("raise 'max_connections'" in text for text in pipeline.messages))
            answer.join(0.1)
            assert not answer.ready()
            pipeline.output.gate.set()
            assert one.receive().status == two.receive().status == answer.get(timeout=5).status == 200
        assert sorted(pipeline.output.payloads) == [1, 2, 3]


def test_connection_idle_longest_is_closed_for_a_new_one(monkeypatch):
    monkeypatch.setattr(server, "IDLE_SECONDS", 0.05)
    with running({"max_connections": 2}) as pipeline:
        with Client(pipeline.port) as one, Client(pipeline.port) as two:
            assert one.request("1").status == two.request("2").status == 200
            assert one.request("3").status == 200
            assert one.request("4").status == 200
            assert post(pipeline.port, "5").status == 200
            assert two.ended()
            assert one.request("6").status == 200
        assert pipeline.output.payloads == [1, 2, 3, 4, 5, 6]


def test_accepts_again_after_the_system_ran_out_of_descriptors(monkeypatch):
    monkeypatch.setattr(accept_module, "RETRY_SECONDS", 0.01)
    accept = socket.socket.accept
    refusals = iter([errno.EMFILE, errno.ENFILE, errno.ECONNABORTED])

    def failing(listener):
        number = next(refusals, None)
        if number is not None:
            raise OSError(number, "The test has it so.")
        return accept(listener)

    monkeypatch.setattr(socket.socket, "accept", failing)
    with running() as pipeline:
        assert post(pipeline.port, "1").status == 200
        assert sum("Raise the limit of open files" in text for text in pipeline.messages) == 1


def test_event_of_a_client_that_disconnected_is_delivered():
    with running() as pipeline:
        pipeline.output.gate.clear()
        with Client(pipeline.port) as client:
            client.send(request("1"))
            wait_until(lambda: pipeline.http.pool.queue.outbox.out_total == 1)
        pipeline.output.gate.set()
        wait_until(lambda: pipeline.output.payloads == [1])
        assert post(pipeline.port, "2").status == 200


def test_incomplete_request_makes_no_event():
    with running() as pipeline:
        with Client(pipeline.port) as client:
            client.send(request('{"n": 1}')[:-1])
        wait_until(lambda: any("in the middle of a request" in text for text in pipeline.messages))
        assert not pipeline.output.payloads


def test_client_that_shuts_down_its_sending_side_is_answered():
    with running() as pipeline, Client(pipeline.port) as client:
        client.send(request("1"))
        client.socket.shutdown(gevent.socket.SHUT_WR)
        assert client.receive().status == 200
        assert client.ended()


def test_client_still_sending_can_read_why_it_was_refused():
    with running({"max_body": 1000}) as pipeline, Client(pipeline.port) as client:
        client.send(request(b"x" * 1_000_000, headers={"Content-Length": "1000000"}))
        assert client.receive().status == 413


def slow_bodies(pipeline, count, **options):
    """Open connections whose requests stay incomplete."""
    clients = [Client(pipeline.port, **options) for _ in range(count)]
    for client in clients:
        client.send(request("", headers={"Content-Length": "10"}))
    return clients


def test_health_check_is_answered_within_a_second_while_one_host_takes_every_connection_it_can():
    with running({"max_connections": 20, "health": "/healthz"}) as pipeline:
        slow = slow_bodies(pipeline, 150)
        for number in range(5):
            began = monotonic()
            with Client(pipeline.port, source="127.0.0.2") as checker:
                assert checker.request(b"", path="/healthz", method="GET").status == 200
                assert checker.request(str(number)).status == 200
            assert monotonic() - began < 1
        assert len(pipeline.http._server.connections) <= 20
        assert any("127.0.0.1 has 18 connections open" in text for text in pipeline.messages)
        for client in slow:
            client.socket.close()
        assert pipeline.output.payloads == [*range(5)]


def test_connection_over_the_share_of_its_host_is_served_when_another_has_ended():
    with running({"max_connections": 10}) as pipeline:
        slow = slow_bodies(pipeline, 9)
        wait_until(lambda: len(pipeline.http._server.connections) == 9)
        with Client(pipeline.port) as waiting:
            waiting.send(request("1"))
            wait_until(lambda: pipeline.http._server._waiting)
            slow.pop().socket.close()
            assert waiting.receive().status == 200
        for client in slow:
            client.socket.close()


def test_waiting_connections_do_not_delay_a_stop():
    with running({"max_connections": 10}) as pipeline:
        slow = slow_bodies(pipeline, 12)
        wait_until(lambda: len(pipeline.http._server._waiting) == 3)
        assert pipeline.router.stop(timeout=5) == []
        for client in slow:
            client.socket.close()
