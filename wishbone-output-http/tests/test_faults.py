"""Faults of the server in any order: every event arrives, and in order."""

from __future__ import annotations

import json

import pytest
from http_server import Server, cut, hang, hang_up, reply, reset
from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone_output_http import Http
from wishbone_testing import Harness

EVENTS = 12
FAULTS = {
    "500": reply(500),
    "503": reply(503, Retry_After=0),
    "429": reply(429),
    "hangs up": hang_up,
    "resets": reset,
    "hangs": hang,
    "garbage": b"garbage\r\n\r\n",
    "resets in the middle": cut(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", reset),
    "closes after the response": cut(reply(), hang_up),
    "says that it closes": cut(reply(200, Connection="close"), hang_up),
    "works": reply(),
}

faults = st.lists(st.sampled_from(sorted(FAULTS)), max_size=15)


def check(names, arguments):
    server = Server([*(FAULTS[name] for name in names), reply()])
    given = {
        "url": server.url,
        "read_timeout": 0.02,
        "pause": 0.001,
        "longest_pause": 0.002,
        "retries": None,
        "breaker_failures": 2,
        **arguments,
    }
    try:
        with Harness(Http, given, unconnected=["failed"]) as module:
            settlements = [module.feed_acknowledged(number) for number in range(EVENTS)]
            assert all(settlement.wait().acknowledged for settlement in settlements), names
    finally:
        server.stop()
    arrived = [json.loads(line) for body in server.bodies for line in body.splitlines()]
    assert set(arrived) == set(range(EVENTS))
    if arguments.get("concurrency", 1) == 1:
        assert list(dict.fromkeys(arrived)) == list(range(EVENTS))


ARGUMENTS = [
    {},
    {"concurrency": 3},
    {"batch_size": 4, "batch_seconds": 0.01},
    {"batch_size": 100, "batch_bytes": 6, "batch_seconds": 0.01},
    {"batch_size": 3, "batch_seconds": 0.01, "concurrency": 3},
]


@pytest.mark.parametrize("arguments", ARGUMENTS)
@settings(max_examples=40)
@given(faults)
def test_every_event_arrives_and_in_order_without_concurrency(arguments, names):
    check(names, arguments)


@pytest.mark.long
@pytest.mark.parametrize("arguments", ARGUMENTS)
@settings(max_examples=500)
@given(faults)
def test_every_event_arrives_and_in_order_without_concurrency_at_length(arguments, names):
    check(names, arguments)
