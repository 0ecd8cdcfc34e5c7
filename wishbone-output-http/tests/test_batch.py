"""Batches: which events are sent together, when, and what happens to each."""

from __future__ import annotations

import json

import gevent
import pytest
from gevent.event import Event as Flag
from http_server import after, hang_up, reply

from wishbone_output_http import Http
from wishbone_testing import Harness, wait_until

QUICK = {"pause": 0.01, "longest_pause": 0.05, "breaker_failures": 0}


def http(server, path="/", **more):
    return Harness(Http, {"url": f"{server.url}{path}", **QUICK, **more}, unconnected=["failed"])


def lines(body):
    return [json.loads(line) for line in body.splitlines()]


def test_full_batches_are_sent_at_once_as_lines(serve):
    server = serve()
    with http(server, batch_size=10, batch_seconds=3600) as module:
        settlements = [module.feed_acknowledged(number) for number in range(50)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert [lines(body) for body in server.bodies] == [list(range(n, n + 10)) for n in range(0, 50, 10)]
    assert server.asked[0].headers["content-type"] == "application/x-ndjson"


def test_a_batch_may_be_larger_than_the_queue(serve):
    server = serve()
    arguments = {"url": server.url, "batch_size": 50, "batch_seconds": 3600}
    with Harness(Http, arguments, size=3, unconnected=["failed"]) as module:
        settlements = [module.feed_acknowledged(number) for number in range(50)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert [lines(body) for body in server.bodies] == [list(range(50))]


def test_an_array_is_one_json_document(serve):
    server = serve()
    with http(server, batch_size=3, format="array", batch_seconds=0.05) as module:
        settlements = [module.feed_acknowledged({"n": number}) for number in range(4)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert [json.loads(body) for body in server.bodies] == [[{"n": 0}, {"n": 1}, {"n": 2}], [{"n": 3}]]
    assert server.asked[0].headers["content-type"] == "application/json"


def test_body_template_makes_a_line_of_each_event(serve):
    server = serve()
    with http(server, batch_size=2, body="<{{ data }}>") as module:
        settlements = [module.feed_acknowledged(text) for text in "ab"]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert server.bodies == [b"<a>\n<b>\n"]


def test_a_batch_of_many_bytes_is_sent_before_it_is_full(serve):
    server = serve()
    with http(server, batch_size=100, batch_bytes=1000, batch_seconds=3600) as module:
        settlements = [module.feed_acknowledged("x" * 300) for _ in range(4)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert len(server.asked) == 1


def test_batch_that_is_not_full_is_sent_after_batch_seconds(serve):
    server = serve()
    with http(server, batch_size=100, batch_seconds=0.05) as module:
        settlements = [module.feed_acknowledged(number) for number in range(3)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert [lines(body) for body in server.bodies] == [[0, 1, 2]]


def test_events_of_different_urls_and_headers_are_sent_in_separate_batches(serve):
    server = serve()
    arguments = {
        "batch_size": 8,
        "batch_seconds": 3600,
        "headers": {"X-Level": "{{ data.level }}"},
    }
    with http(server, "/{{ data.user }}", **arguments) as module:
        payloads = [{"user": user, "level": level} for level in (1, 2) for user in "ab"] * 2
        settlements = [module.feed_acknowledged(payload) for payload in payloads[:4]]
        gevent.sleep(0.05)
        assert server.asked == []
        settlements += [module.feed_acknowledged(payload) for payload in payloads[4:]]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    places = [(asked.target, asked.headers["x-level"], len(lines(asked.body))) for asked in server.asked]
    assert sorted(places) == [(f"/{user}", level, 2) for user in "ab" for level in "12"]


def test_events_of_different_urls_are_sent_when_the_batch_size_is_reached(serve):
    server = serve()
    with http(server, "/{{ data }}", batch_size=3, batch_seconds=3600) as module:
        settlements = [module.feed_acknowledged(number) for number in range(10)]
        assert all(settlement.wait().acknowledged for settlement in settlements[:9])
        assert [asked.target for asked in server.asked] == [f"/{number}" for number in range(9)]
        module.stop(timeout=0)


def test_order_is_kept_when_requests_fail(serve):
    server = serve(reply(500), hang_up, reply(), reply(429), reply())
    with http(server, batch_size=7, batch_seconds=0.02) as module:
        settlements = [module.feed_acknowledged(number) for number in range(100)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    delivered = []
    for body in server.bodies:
        delivered = delivered if delivered[-len(lines(body)) :] == lines(body) else delivered + lines(body)
    assert delivered == list(range(100))


def test_events_that_arrive_during_a_request_are_sent_as_one_batch(serve):
    answered = Flag()

    def answer_late(peer):
        answered.wait()
        peer.sendall(reply())

    server = serve(answer_late, reply())
    with http(server, batch_size=100, batch_seconds=0.01) as module:
        module.feed("first")
        wait_until(lambda: server.asked)
        settlements = []
        for number in range(10):
            settlements.append(module.feed_acknowledged(number))
            gevent.sleep(0.012)
        answered.set()
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert [lines(body) for body in server.bodies] == [["first"], list(range(10))]


def test_events_that_trickle_share_a_batch_whatever_the_concurrency(serve):
    server = serve()
    with http(server, batch_size=8, batch_seconds=3600, concurrency=4) as module:
        settlements = []
        for number in range(16):
            settlements.append(module.feed_acknowledged(number))
            gevent.sleep(0.001)
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert [lines(body) for body in server.bodies] == [[*range(8)], [*range(8, 16)]]


def test_concurrent_batches_are_in_flight_together(serve):
    server = serve(after(0.05, reply()))
    with http(server, batch_size=2, concurrency=3) as module:
        settlements = [module.feed_acknowledged(number) for number in range(12)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert server.most_at_once == 3


@pytest.mark.parametrize("status", [400, 413, 422])
def test_only_the_events_refused_by_themselves_fail_when_a_batch_is_refused(serve, status):
    server = serve()

    def refuse_five(peer):
        peer.sendall(reply(status, b"no five") if 5 in lines(server.bodies[-1]) else reply())

    server.script = [refuse_five]
    with Harness(Http, {"url": server.url, **QUICK, "batch_size": 8}) as module:
        for number in range(8):
            module.feed(number)
        assert sorted(event.data for event in module.receive_many(7, "success")) == [0, 1, 2, 3, 4, 6, 7]
        event = module.receive("failed")
        assert (event.data, event.tmp["module"]) == (5, {"status": status, "response": "no five"})
    assert len(server.asked) == 7


@pytest.mark.parametrize("status", [401, 403, 404, 302])
def test_whole_batch_fails_when_it_is_refused_for_another_reason_than_its_body(serve, status):
    server = serve(reply(status))
    with http(server, batch_size=8) as module:
        settlements = [module.feed_acknowledged(number) for number in range(8)]
        assert all(settlement.wait().failed for settlement in settlements)
    assert len(server.asked) == 1


def test_whole_batch_fails_when_its_retries_are_used_up(serve):
    server = serve(reply(500))
    with http(server, batch_size=3, retries=1) as module:
        settlements = [module.feed_acknowledged(number) for number in range(3)]
        assert all(settlement.wait().failed for settlement in settlements)
    assert len(server.asked) == 2


def test_collected_events_are_sent_at_a_stop(serve):
    server = serve()
    with http(server, batch_size=100, batch_seconds=3600) as module:
        settlements = [module.feed_acknowledged(number) for number in range(3)]
        assert module.stop() == []
    assert all(settlement.acknowledged for settlement in settlements)
    assert [lines(body) for body in server.bodies] == [[0, 1, 2]]


def test_collected_events_fail_when_the_module_is_killed(serve):
    server = serve()
    module = http(server, batch_size=10, batch_seconds=3600)
    module.router.start()
    settlements = [module.feed_acknowledged(number) for number in range(3)]
    wait_until(module.module.pool.queue.inbox.empty)
    module.stop(timeout=0)
    assert all(settlement.wait().failed for settlement in settlements)
    assert server.asked == []


def poisoned(server, poison, status=500):
    """Answer requests that have one of some events with an error."""

    def answer(peer):
        bad = {*poison} & {*lines(server.bodies[-1])}
        peer.sendall(reply(status, b"cannot process") if bad else reply())

    server.script = [answer]


@pytest.mark.parametrize("status", [500, 502, 503, 599])
@pytest.mark.parametrize("breaker_failures", [0, 5])
@pytest.mark.parametrize("poison", [[5], [0], [7], [0, 1, 6]])
def test_an_event_answered_with_5xx_for_ever_neither_fails_nor_holds_others(
    serve, status, breaker_failures, poison
):
    server = serve()
    poisoned(server, poison, status)
    arguments = {**QUICK, "batch_size": 8, "breaker_failures": breaker_failures}
    with Harness(Http, {"url": server.url, **arguments}) as module:
        settlements = [module.feed_acknowledged(number) for number in range(8)]
        good = {*range(8)} - {*poison}
        assert {event.data for event in module.receive_many(len(good), "success")} == good
        assert all(settlements[number].wait().acknowledged for number in good)
        seen = len(server.asked)
        wait_until(lambda: len(server.asked) > seen + 3)
        assert not any(settlements[number].errors for number in poison)
        assert module.received("failed") == []
        poisoned(server, [])
        assert {event.data for event in module.receive_many(len(poison), "success")} == {*poison}
        assert all(settlements[number].wait().acknowledged for number in poison)
    delivered = [number for body in server.bodies for number in lines(body) if number in good]
    assert {*delivered} == good


def test_a_url_that_is_answered_with_5xx_for_ever_does_not_hold_other_urls(serve):
    server = serve()
    server.script = [lambda peer: peer.sendall(reply(500 if server.asked[-1].target == "/2" else 200))]
    with http(server, "/{{ data }}", batch_size=6) as module:
        settlements = [module.feed_acknowledged(number) for number in range(6)]
        assert all(settlements[number].wait().acknowledged for number in (0, 1, 3, 4, 5))
        assert not settlements[2].errors
        module.stop(timeout=0)
        assert settlements[2].wait().failed


def test_an_event_answered_with_5xx_fails_after_retry_for_and_the_others_succeed(serve):
    server = serve()
    poisoned(server, [3])
    with Harness(Http, {"url": server.url, **QUICK, "batch_size": 8, "retry_for": 0.5}) as module:
        for number in range(8):
            module.feed(number)
        assert {event.data for event in module.receive_many(7, "success")} == {*range(8)} - {3}
        event = module.receive("failed")
        assert (event.data, event.tmp["module"]) == (3, {"status": 500, "response": "cannot process"})


def test_an_outage_of_the_server_makes_events_wait_and_is_logged_once(serve):
    server = serve(reply(503))
    with http(server, batch_size=4) as module:
        settlements = [module.feed_acknowledged(number) for number in range(8)]
        wait_until(lambda: len(server.asked) > 20)
        assert not any(settlement.errors for settlement in settlements)
        server.script = [reply()]
        assert all(settlement.wait().acknowledged for settlement in settlements)
        wait_until(lambda: "accepts requests again" in module.messages()[-1])
        assert len(module.messages()) == 2
    assert sorted({number for body in server.bodies for number in lines(body)}) == [*range(8)]
