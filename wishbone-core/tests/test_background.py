from __future__ import annotations

from time import monotonic

import gevent
import pytest

from wishbone import Actor, ActorConfig
from wishbone._engine.background import FIRST_PAUSE, LONGEST_PAUSE
from wishbone._engine.process import process_of
from wishbone_testing import wait_until


@pytest.fixture
def actor():
    actor = Actor(ActorConfig("module", frequency=3600))
    yield actor
    actor.stop()


def messages(actor):
    logs = actor.pool.queue.logs
    return [logs.get(block=False).data for _ in range(logs.size())]


def test_a_function_gets_its_arguments_and_runs_once_when_it_returns(actor):
    calls = []
    actor.sendToBackground(lambda *args, **kwargs: calls.append((args, kwargs)), 1, "two", three=3)
    assert calls == []
    actor.start()
    process_of(actor).finished.wait(5)
    assert calls == [((1, "two"), {"three": 3})]
    assert messages(actor) == []


def test_a_function_sent_to_a_module_that_runs_starts_at_once(actor):
    actor.start()
    done = gevent.event.Event()
    actor.sendToBackground(done.set)
    assert done.wait(5)


def test_the_module_is_finished_when_all_its_functions_are(actor):
    gate = gevent.event.Event()
    actor.sendToBackground(lambda: None)
    actor.sendToBackground(gate.wait)
    actor.start()
    wait_until(lambda: len(process_of(actor)._background) == 1)
    assert not process_of(actor).finished.is_set()
    gate.set()
    assert process_of(actor).finished.wait(5)


def test_a_function_that_raises_is_restarted_and_the_failure_is_logged(actor):
    calls = []

    def flaky():
        calls.append(1)
        if len(calls) < 2:
            raise ConnectionError("refused")

    actor.sendToBackground(flaky)
    actor.start()
    process_of(actor).finished.wait(5)
    assert len(calls) == 2
    (log,) = messages(actor)
    assert log.level == 3
    assert "function flaky failed, it starts again in 0.1 s: ConnectionError: refused (" in log.message
    assert "test_background.py, line " in log.message


def test_the_delay_doubles_up_to_the_longest(actor, monkeypatch):
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 12:
            process_of(actor).request_stop()

    def fails():
        raise ValueError

    monkeypatch.setattr(process_of(actor), "sleep", sleep)
    process_of(actor)._metrics = gevent.Greenlet(lambda: None)
    actor.sendToBackground(fails)
    actor.start()
    process_of(actor).finished.wait(5)
    assert pauses == [min(FIRST_PAUSE * 2**exponent, LONGEST_PAUSE) for exponent in range(12)]
    assert pauses[0] == FIRST_PAUSE
    assert pauses[-1] == LONGEST_PAUSE


def test_the_delay_is_short_again_after_a_long_run(actor, monkeypatch):
    clock, pauses = [monotonic()], []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 4:
            process_of(actor).request_stop()

    def fails():
        if len(pauses) == 3:
            clock[0] += LONGEST_PAUSE + 1
        raise ValueError

    monkeypatch.setattr("wishbone.clock.monotonic", lambda: clock[0])
    monkeypatch.setattr(process_of(actor), "sleep", sleep)
    process_of(actor)._metrics = gevent.Greenlet(lambda: None)
    actor.sendToBackground(fails)
    actor.start()
    process_of(actor).finished.wait(5)
    assert pauses == [0.1, 0.2, 0.4, 0.1]


def test_stopping_ends_the_delay(actor):
    def fails():
        raise ValueError

    actor.sendToBackground(fails)
    actor.start()
    wait_until(actor.pool.queue.logs.size)
    (background,) = process_of(actor)._background
    process_of(actor).request_stop()
    background.join(5)
    assert background.successful()
    assert process_of(actor).finished.is_set()


def test_a_function_that_raises_after_the_stop_is_not_restarted(actor):
    calls = []

    def fails_late():
        calls.append(1)
        while actor.sleep(3600):
            pass
        raise ValueError("late")

    actor.sendToBackground(fails_late)
    actor.start()
    wait_until(lambda: calls)
    actor.stop()
    assert calls == [1]
    assert (
        "function fails_late failed, it is not started again: ValueError: late" in messages(actor)[0].message
    )


def test_a_callable_without_a_name_is_described(actor):
    class Callable:
        def __call__(self):
            raise ValueError

        def __repr__(self):
            return "<a callable>"

    actor.sendToBackground(Callable())
    actor.start()
    wait_until(actor.pool.queue.logs.size)
    assert "function <a callable> failed" in messages(actor)[0].message


def test_sleep_returns_whether_to_go_on(actor):
    assert actor.sleep(0)
    process_of(actor).request_stop()
    with gevent.Timeout(5):
        assert not actor.sleep(3600)


def test_a_stop_during_the_delay_lets_the_function_hand_on_what_it_keeps(actor):
    kept, handed_on = ["event"], []

    def hand_on():
        if actor.loop():
            raise ConnectionError("refused")
        handed_on.extend(kept)

    actor.sendToBackground(hand_on)
    actor.start()
    wait_until(actor.pool.queue.logs.size)
    assert actor.stop() == []
    assert handed_on == ["event"]


def test_a_function_that_fails_while_it_is_killed_is_reported(actor):
    def work():
        try:
            gevent.sleep(60)
        finally:
            raise OSError("cannot flush")

    actor.sendToBackground(work)
    actor.start()
    gevent.sleep(0)
    actor.stop(timeout=0)
    assert any("cannot flush" in log.message for log in messages(actor))
