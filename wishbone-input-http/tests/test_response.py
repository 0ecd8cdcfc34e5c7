"""When a request is answered, and with which status."""

from __future__ import annotations

import re

import gevent
from http_client import Client, post, request
from pipeline import running

from wishbone_testing import wait_until


def test_response_waits_for_the_acknowledgement():
    with running() as pipeline, Client(pipeline.port) as client:
        pipeline.output.gate.clear()
        client.send(request("1\n2\n3"))
        answer = gevent.spawn(client.receive)
        answer.join(0.1)
        assert not answer.ready()
        pipeline.output.gate.set()
        assert answer.get(timeout=5).status == 200
        assert pipeline.output.payloads == [1, 2, 3]


def test_response_at_once_does_not_wait():
    with running({"answer": "at once"}) as pipeline:
        pipeline.output.gate.clear()
        answer = post(pipeline.port, "1\n2\n3")
        assert (answer.status, answer.body) == (202, b'{"events":3}')
        assert not pipeline.output.payloads


def test_failed_event_is_answered_with_500():
    with running() as pipeline:
        pipeline.output.broken = True
        answer = post(pipeline.port, "1\n2\n3")
        assert answer.status == 500
        assert "broken" not in answer.error
        pipeline.output.broken = False
        assert post(pipeline.port, "4").status == 200
        assert pipeline.output.payloads == [4]


def test_event_not_acknowledged_in_time_is_answered_with_503():
    with running({"acknowledge_timeout": 0.1, "retry_after": 7}) as pipeline:
        pipeline.output.gate.clear()
        answer = post(pipeline.port, "1")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
        pipeline.output.gate.set()
        wait_until(lambda: pipeline.output.payloads == [1])


def test_event_in_an_unconnected_queue_is_acknowledged():
    with running(queues=()) as pipeline:
        assert post(pipeline.port, "1").status == 200


def test_full_queue_is_answered_with_503():
    with running({"queue_timeout": 0, "acknowledge_timeout": 0.05}, size=1) as pipeline:
        pipeline.output.gate.clear()
        assert post(pipeline.port, "1").status == 503
        assert post(pipeline.port, "2").status == 503
        answer = post(pipeline.port, "3")
        assert (answer.status, answer.error, answer.headers["Retry-After"]) == (
            503,
            "The pipeline is full. Send the request again.",
            "5",
        )
        pipeline.output.gate.set()
        wait_until(lambda: pipeline.output.payloads == [1, 2])
        assert post(pipeline.port, "4").status == 200
        assert pipeline.output.payloads == [1, 2, 4]


def test_request_waits_for_room_in_a_full_queue():
    with running({"queue_timeout": 5}, size=1) as pipeline:
        pipeline.output.gate.clear()
        answers = [gevent.spawn(post, pipeline.port, str(number)) for number in range(10)]
        wait_until(lambda: pipeline.http.pool.queue.outbox.waited_total >= 8)
        pipeline.output.gate.set()
        assert [answer.get(timeout=5).status for answer in answers] == [200] * 10
        assert sorted(pipeline.output.payloads) == list(range(10))


def test_batch_can_be_larger_than_the_queue():
    with running(size=2) as pipeline:
        assert post(pipeline.port, "\n".join(map(str, range(1000)))).body == b'{"events":1000}'
        assert pipeline.output.payloads == list(range(1000))


def test_response_says_how_much_of_a_batch_was_accepted():
    with running({"queue_timeout": 0.05}, size=2) as pipeline:
        pipeline.output.gate.clear()
        answer = post(pipeline.port, "1\n2\n3\n4\n5")
        assert answer.status == 503
        taken = int(re.search(r"(\d) of 5 events were accepted", answer.error)[1])
        assert 2 <= taken < 5
        pipeline.output.gate.set()
        assert post(pipeline.port, "1\n2\n3\n4\n5").status == 200
        assert pipeline.output.payloads == [*range(1, taken + 1), 1, 2, 3, 4, 5]


def test_crash_in_a_decoder_is_answered_with_500_and_logged(monkeypatch):
    with running() as pipeline, Client(pipeline.port) as client:
        with monkeypatch.context() as patched:
            patched.setattr("wishbone_input_http.body.BodyDecoder.decode", lambda *_: 1 / 0)
            assert client.request("1").status == 500
        assert any("division by zero" in text for text in pipeline.messages)
        assert client.request("1").status == 200
