import json

import gevent
import pytest
from gevent.pywsgi import WSGIServer

from wishbone_output_ledgerly import Ledgerly
from wishbone_testing import Harness, wait_until
from wishbone_testing.conformance import OutputConformance


@pytest.fixture
def server():
    def answer(environ, start_response):
        while started.stalled:
            gevent.sleep(0.1)
        assert (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", "/v1/entries")
        assert environ["HTTP_AUTHORIZATION"] == "Bearer s3cret"
        started.batches.append(json.load(environ["wsgi.input"])["entries"])
        start_response(started.answers.pop(0) if started.answers else "202 Accepted", [])
        return [b"You are s3cret."]

    started = WSGIServer(("127.0.0.1", 0), answer, log=None)
    started.batches, started.answers, started.stalled = [], [], False
    started.start()
    started.arguments = {"url": f"http://127.0.0.1:{started.server_port}", "token": "s3cret", "batch_size": 2}
    yield started
    started.stop(timeout=0)


class TestConformance(OutputConformance):
    module = Ledgerly
    wrong_arguments = ({"url": "ftp://host", "token": "x"}, {"url": "http://host", "token": "x\n"})

    @pytest.fixture
    def arguments(self, server):
        self.server = server
        return server.arguments

    def break_peer(self):
        self.server.stop(timeout=0)

    def stall_peer(self):
        self.server.stalled = True


def test_sends_full_batches_at_once_and_the_rest_in_time(server, clock):
    with Harness(Ledgerly, server.arguments) as ledgerly:
        settlements = [ledgerly.feed_acknowledged(number) for number in range(3)]
        assert all(settlement.wait().acknowledged for settlement in settlements[:2])
        assert (server.batches, settlements[2].errors) == ([[0, 1]], [])
        clock.advance(1)
        assert settlements[2].wait().acknowledged
    assert server.batches == [[0, 1], [2]]


@pytest.mark.parametrize("answer", ["429 Too Many Requests", "503 Service Unavailable"])
def test_sends_again_after_a_pause(server, clock, answer):
    server.answers = [answer]
    with Harness(Ledgerly, {**server.arguments, "pause": 60}) as ledgerly:
        settlements = [ledgerly.feed_acknowledged(data) for data in "ab"]
        wait_until(ledgerly.messages)
        assert (len(server.batches), settlements[0].errors) == (1, [])
        clock.advance(60)
        assert all(settlement.wait().acknowledged for settlement in settlements)
        assert "s3cret" not in str(ledgerly.messages())


def test_fails_each_event_of_a_batch_that_is_refused(server):
    server.answers = ["422 Wrong"]
    with Harness(Ledgerly, server.arguments) as ledgerly:
        for data in ("a", object(), "b"):  # the second never gets there
            ledgerly.feed(data)
        errors = [event.errors["module"] for event in ledgerly.receive_many(3, "failed")]
        assert [error["type"] for error in errors] == ["TypeError", "InvalidData", "InvalidData"]
        assert "s3cret" not in str([ledgerly.messages(), errors])


def test_sends_what_it_has_when_it_is_stopped(server):
    with Harness(Ledgerly, server.arguments) as ledgerly:
        settlement = ledgerly.feed_acknowledged("a")
    assert settlement.acknowledged
    assert server.batches == [["a"]]
