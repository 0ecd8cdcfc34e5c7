"""`sleep` and `wait` return early when the module must stop."""

from __future__ import annotations

from time import monotonic

import gevent
import pytest
from gevent.event import Event as Flag

from wishbone import Actor, ActorConfig
from wishbone._engine.process import process_of


@pytest.fixture
def actor():
    actor = Actor(ActorConfig("module"))
    actor.start()
    yield actor
    actor.stop()


def test_wait_returns_when_the_flag_is_set(actor):
    flag = Flag()
    gevent.spawn_later(0.01, flag.set)
    assert actor.wait(flag)
    assert flag.is_set()
    assert actor.wait(flag)


def test_wait_returns_after_the_time_given(actor):
    before = monotonic()
    assert actor.wait(Flag(), timeout=0.05)
    assert monotonic() - before >= 0.05


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_wait_returns_when_the_module_must_stop(actor, when):
    if when == "before":
        process_of(actor).request_stop()
    else:
        gevent.spawn_later(0.01, process_of(actor).request_stop)
    with gevent.Timeout(5):
        assert not actor.wait(Flag())
        assert not actor.sleep(60)


def test_a_background_function_that_waits_sees_the_stop_and_submits_its_events():
    seen = []

    def work():
        while actor.wait(flag):
            flag.clear()
        seen.append("handed on")

    flag = Flag()
    actor = Actor(ActorConfig("module"))
    actor.sendToBackground(work)
    actor.start()
    flag.set()
    gevent.sleep(0)
    assert actor.stop() == []
    assert seen == ["handed on"]
