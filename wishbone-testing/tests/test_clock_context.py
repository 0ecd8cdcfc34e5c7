"""A virtual clock is active while its context lasts, and restores real time afterwards."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import gevent
import pytest
from gevent.event import Event as Flag
from gevent.hub import get_hub

import wishbone.clock
from wishbone.error import WishboneError
from wishbone_testing import VirtualClock

YEAR = 365 * 86_400


@pytest.mark.parametrize("start", [datetime(2026, 11, 23, tzinfo=UTC), 1_795_392_000])
def test_starts_at_a_given_time(start):
    with VirtualClock(start) as clock:
        clock.advance(60)
        assert datetime.fromtimestamp(clock.time(), UTC) == datetime(2026, 11, 23, 0, 1, tzinfo=UTC)


def test_the_start_respects_its_time_zone():
    tomorrow = datetime(2030, 1, 2, tzinfo=UTC)
    with VirtualClock(tomorrow - timedelta(days=1)) as clock:
        clock.advance(86_400)
        assert clock.time() == tomorrow.timestamp()


def test_a_clock_within_a_clock_is_an_error(clock):
    with pytest.raises(WishboneError, match="active already"), VirtualClock():
        pass
    gevent.sleep(1)
    assert clock.elapsed == 1


def test_a_clock_cannot_be_used_twice():
    ruled = VirtualClock()
    with ruled:
        pass
    with pytest.raises(WishboneError, match="create a new one"), ruled:
        pass


def test_restores_real_time():
    before = get_hub().loop, wishbone.clock.time, wishbone.clock.monotonic
    with VirtualClock() as clock:
        assert get_hub().loop is not before[0]
        clock.advance(YEAR)
    assert (get_hub().loop, wishbone.clock.time, wishbone.clock.monotonic) == before
    assert abs(wishbone.clock.time() - time.time()) < 60


def test_restores_real_time_after_an_error():
    before = get_hub().loop
    with pytest.raises(ZeroDivisionError), VirtualClock():
        raise ZeroDivisionError
    assert get_hub().loop is before


def test_a_pending_wait_finishes_in_real_time():
    with VirtualClock() as clock:
        waiting = gevent.spawn(gevent.sleep, 1000)
        forgotten = gevent.Timeout(1000)
        forgotten.start()
        clock.advance(999.9)
        forgotten.close()
    began = time.monotonic()
    waiting.join(10)
    assert waiting.ready()
    assert time.monotonic() - began > 0.05


def test_a_wait_without_end_outlives_the_clock():
    with VirtualClock():
        waiting = gevent.spawn(gevent.sleep, float("inf"))
        gevent.sleep(0)
    gevent.sleep(0.001)
    assert not waiting.ready()


def test_a_virtual_timer_works_after_the_clock():
    with VirtualClock():
        timer = get_hub().loop.timer(0.001)
    rung = Flag()
    timer.start(rung.set)
    assert rung.wait(10)
    timer.close()


def test_the_virtual_loop_returns_real_timers_after_the_clock():
    with VirtualClock():
        loop = get_hub().loop
    rung = Flag()
    with loop.timer(0.001) as timer:
        timer.start(rung.set)
        assert rung.wait(10)
