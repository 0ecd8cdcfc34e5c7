"""The circuit breaker, with a virtual clock."""

from __future__ import annotations

import gevent
import pytest

from wishbone import Actor, ActorConfig
from wishbone_network import Backoff
from wishbone_output_http.circuit_breaker import CircuitBreaker, CircuitOpenError
from wishbone_testing import VirtualClock


@pytest.fixture
def clock():
    with VirtualClock() as clock:
        yield clock


def make(failures=3, *, wait=True, first=10, longest=60):
    return CircuitBreaker(
        Actor(ActorConfig("module")), "server", failures, Backoff(first, longest), wait=wait
    )


def fail(breaker, times):
    for _ in range(times):
        breaker.leave(probe=breaker.enter(), succeeded=False)


def waiters(breaker, count):
    passed = []

    def wait(number):
        passed.append((number, breaker.enter()))

    return passed, [gevent.spawn(wait, number) for number in range(count)]


def test_circuit_stays_closed_unless_failures_are_in_a_row(clock):
    breaker = make()
    for _ in range(10):
        fail(breaker, 2)
        breaker.leave(probe=breaker.enter(), succeeded=True)
    assert not breaker.open
    assert clock.elapsed == 0


def test_one_probe_is_sent_after_the_delay_and_the_others_when_it_succeeded(clock):
    breaker = make()
    fail(breaker, 3)
    assert breaker.open
    passed, _ = waiters(breaker, 3)
    clock.advance(4.9)
    assert passed == []
    clock.advance(5.1)
    assert passed == [(0, True)]
    clock.advance(100)
    assert passed == [(0, True)]
    breaker.leave(probe=True, succeeded=True)
    clock.settle()
    assert sorted(passed) == [(0, True), (1, False), (2, False)]


def test_each_failed_probe_doubles_the_delay_up_to_the_longest(clock):
    breaker = make(failures=1)
    fail(breaker, 1)
    pauses = []
    for _ in range(6):
        began = clock.elapsed
        assert breaker.enter()
        pauses.append(clock.elapsed - began)
        breaker.leave(probe=True, succeeded=False)
    for pause, most in zip(pauses, [10, 20, 40, 60, 60, 60], strict=True):
        assert most / 2 <= pause <= most


def test_failures_of_requests_sent_before_the_circuit_opened_do_not_count(clock):
    breaker = make()
    probes = [breaker.enter() for _ in range(10)]
    for probe in probes:
        breaker.leave(probe=probe, succeeded=False)
    clock.advance(10)
    passed, _ = waiters(breaker, 1)
    clock.settle()
    assert passed == [(0, True)]


def test_killed_probe_is_replaced(clock):
    breaker = make()
    fail(breaker, 3)
    clock.advance(10)
    probe = breaker.enter()
    passed, _ = waiters(breaker, 2)
    clock.settle()
    assert passed == []
    breaker.leave(probe=probe, succeeded=None)
    clock.settle()
    assert passed == [(0, True)]


def test_killed_waiter_does_not_block_the_others(clock):
    breaker = make()
    fail(breaker, 3)
    passed, greenlets = waiters(breaker, 2)
    clock.settle()
    greenlets[0].kill()
    clock.advance(10)
    assert passed == [(1, True)]


def test_requests_fail_while_the_circuit_is_open_without_waiting(clock):
    breaker = make(wait=False)
    fail(breaker, 3)
    with pytest.raises(CircuitOpenError, match="server failed 3 times in a row"):
        breaker.enter()
    clock.advance(10)
    assert breaker.enter()
    with pytest.raises(CircuitOpenError):
        breaker.enter()
    breaker.leave(probe=True, succeeded=True)
    assert not breaker.enter()


def test_circuit_never_opens_with_zero_failures(clock):
    breaker = make(failures=0)
    fail(breaker, 1000)
    assert clock.elapsed == 0


def test_all_requests_wait_as_long_as_the_server_asks(clock):
    breaker = make()
    breaker.hold(30)
    passed, _ = waiters(breaker, 2)
    clock.advance(29)
    assert passed == []
    clock.advance(1)
    assert passed == [(0, False), (1, False)]


def test_earlier_request_that_succeeds_does_not_shorten_the_delay_that_the_server_asks_for(clock):
    breaker = make()
    before = breaker.enter()
    breaker.hold(30)
    breaker.leave(probe=before, succeeded=True)
    passed, _ = waiters(breaker, 1)
    clock.advance(29)
    assert passed == []
    clock.advance(1)
    assert passed == [(0, False)]


def test_waiting_ends_when_the_module_stops(clock):
    breaker = make()
    breaker._actor.start()
    breaker.hold(30)
    errors = []

    def wait():
        try:
            breaker.enter()
        except ConnectionError as error:
            errors.append(str(error))

    gevent.spawn(wait)
    clock.settle()
    breaker._actor.stop(timeout=0)
    clock.settle()
    assert errors == ["The module was stopped while requests to server were held back."]
