"""The circuit breaker, on a clock of its own."""

from __future__ import annotations

import gevent
import pytest

from wishbone import Actor, ActorConfig
from wishbone_output_http.breaker import Breaker, CircuitOpenError, Pauses
from wishbone_testing import VirtualClock


@pytest.fixture
def clock():
    with VirtualClock() as clock:
        yield clock


def make(failures=3, *, wait=True, first=10, longest=60):
    return Breaker(Actor(ActorConfig("module")), "server", failures, Pauses(first, longest), wait=wait)


def fail(breaker, times):
    for _ in range(times):
        breaker.failed(probe=breaker.enter())


def waiters(breaker, count):
    passed = []

    def wait(number):
        passed.append((number, breaker.enter()))

    return passed, [gevent.spawn(wait, number) for number in range(count)]


def test_lets_everything_through_as_long_as_failures_are_not_in_a_row(clock):
    breaker = make()
    for _ in range(10):
        fail(breaker, 2)
        breaker.succeeded(probe=breaker.enter())
    assert not breaker.open
    assert clock.elapsed == 0


def test_lets_one_through_after_a_pause_and_the_others_when_that_succeeded(clock):
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
    breaker.succeeded(probe=True)
    clock.settle()
    assert sorted(passed) == [(0, True), (1, False), (2, False)]


def test_each_failure_of_the_one_makes_the_pause_longer_up_to_the_longest(clock):
    breaker = make(failures=1)
    fail(breaker, 1)
    pauses = []
    for _ in range(6):
        began = clock.elapsed
        assert breaker.enter()
        pauses.append(clock.elapsed - began)
        breaker.failed(probe=True)
    for pause, most in zip(pauses, [10, 20, 40, 60, 60, 60], strict=True):
        assert most / 2 <= pause <= most


def test_what_was_sent_before_it_opened_makes_no_pause_longer(clock):
    breaker = make()
    probes = [breaker.enter() for _ in range(10)]
    for probe in probes:
        breaker.failed(probe=probe)
    clock.advance(10)
    passed, _ = waiters(breaker, 1)
    clock.settle()
    assert passed == [(0, True)]


def test_another_takes_the_place_of_one_that_was_killed(clock):
    breaker = make()
    fail(breaker, 3)
    clock.advance(10)
    probe = breaker.enter()
    passed, _ = waiters(breaker, 2)
    clock.settle()
    assert passed == []
    breaker.abandoned(probe=probe)
    clock.settle()
    assert passed == [(0, True)]


def test_who_was_killed_while_waiting_holds_nobody_up(clock):
    breaker = make()
    fail(breaker, 3)
    passed, greenlets = waiters(breaker, 2)
    clock.settle()
    greenlets[0].kill()
    clock.advance(10)
    assert passed == [(1, True)]


def test_fails_what_comes_while_it_is_open_when_told_not_to_wait(clock):
    breaker = make(wait=False)
    fail(breaker, 3)
    with pytest.raises(CircuitOpenError, match="server is down, and was not asked: it failed 3 times"):
        breaker.enter()
    clock.advance(10)
    assert breaker.enter()
    with pytest.raises(CircuitOpenError):
        breaker.enter()
    breaker.succeeded(probe=True)
    assert not breaker.enter()


def test_never_opens_when_told_never(clock):
    breaker = make(failures=0)
    fail(breaker, 1000)
    assert clock.elapsed == 0


def test_nobody_passes_while_the_server_asks_to_be_left_alone(clock):
    breaker = make()
    breaker.hold(30)
    passed, _ = waiters(breaker, 2)
    clock.advance(29)
    assert passed == []
    clock.advance(1)
    assert passed == [(0, False), (1, False)]


def test_a_success_of_what_was_sent_before_does_not_shorten_what_the_server_asks(clock):
    breaker = make()
    before = breaker.enter()
    breaker.hold(30)
    breaker.succeeded(probe=before)
    passed, _ = waiters(breaker, 1)
    clock.advance(29)
    assert passed == []
    clock.advance(1)
    assert passed == [(0, False)]


def test_waiting_ends_when_the_module_stops(clock):
    breaker = make()
    breaker.hold(30)
    errors = []

    def wait():
        try:
            breaker.enter()
        except ConnectionError as error:
            errors.append(str(error))

    gevent.spawn(wait)
    clock.settle()
    breaker._actor.request_stop()
    clock.settle()
    assert errors == ["The module was stopped while server was not to be asked."]
