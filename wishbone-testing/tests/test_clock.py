"""A virtual clock is exact, keeps the order of timers, and takes no real time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import pairwise

import gevent
import pytest
from gevent.event import AsyncResult
from gevent.event import Event as Flag
from gevent.exceptions import LoopExit
from gevent.hub import get_hub
from gevent.lock import Semaphore
from gevent.queue import Empty, Queue
from hypothesis import given
from hypothesis import strategies as st

import wishbone.clock
from wishbone_testing import VirtualClock, wait_until

YEAR = 365 * 86_400


spawned = []


@pytest.fixture(autouse=True)
def no_greenlet_left():
    """End the greenlets of a test with it."""
    yield
    gevent.killall(spawned)
    spawned.clear()


def spawn(function, *arguments):
    greenlet = gevent.spawn(function, *arguments)
    spawned.append(greenlet)
    return greenlet


@pytest.fixture
def noted(clock):
    """What the test noted, with the time of each."""
    return []


@pytest.fixture
def note(clock, noted):
    return lambda what: noted.append((what, clock.elapsed))


def after(seconds, function, *arguments):
    def wait():
        gevent.sleep(seconds)
        function(*arguments)

    return spawn(wait)


def test_time_stops_until_the_test_moves_it(clock):
    before = clock.elapsed, clock.time(), clock.monotonic()
    end = time.perf_counter() + 0.01
    while time.perf_counter() < end:
        pass
    assert (clock.elapsed, clock.time(), clock.monotonic()) == before


def test_moves_time_exactly(clock):
    clock.advance(0.1)
    clock.advance(0.2)
    assert clock.elapsed == 0.3


def test_replaces_the_time_of_the_machine(clock):
    began = wishbone.clock.monotonic()
    clock.advance(90)
    assert wishbone.clock.time() == datetime(2000, 1, 1, 0, 1, 30, tzinfo=UTC).timestamp()
    assert wishbone.clock.monotonic() - began == pytest.approx(90, abs=1e-6)


def test_a_sleep_ends_exactly_when_it_is_due(clock, note, noted):
    after(5, note, "awake")
    clock.advance(4.999)
    assert noted == []
    clock.advance(0.001)
    assert noted == [("awake", 5.0)]


def test_timers_due_at_the_last_moment_fire(clock, note, noted):
    for _ in range(3):
        after(0.1 + 0.2, note, "awake")
    clock.advance(0.3)
    assert len(noted) == 3


def test_timers_fire_in_order_at_their_own_time(clock, note, noted):
    for seconds in (3, 1, 2):
        after(seconds, note, seconds)
    clock.advance(10)
    assert noted == [(1, 1.0), (2, 2.0), (3, 3.0)]


def test_timers_due_at_the_same_moment_fire_in_start_order(clock, note, noted):
    for name in "abc":
        after(1, note, name)
    clock.advance(1)
    assert noted == [("a", 1.0), ("b", 1.0), ("c", 1.0)]


def test_what_a_timer_wakes_runs_before_the_next_timer_fires(clock, note, noted):
    flag = Flag()
    spawn(lambda: flag.wait() and note("woken"))
    after(1, flag.set)
    after(1, note, "next")
    clock.advance(1)
    assert noted == [("woken", 1.0), ("next", 1.0)]


def test_repeated_sleeps_end_within_one_move(clock, note, noted):
    def tick():
        while True:
            gevent.sleep(0.1)
            note("tick")

    spawn(tick)
    clock.advance(1)
    assert [moment for _, moment in noted] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]


def test_an_interval_does_not_drift_in_a_day(clock):
    count = 0

    def tick():
        nonlocal count
        while True:
            gevent.sleep(60.1)
            count += 1

    spawn(tick)
    clock.advance(60.1 * 1000)
    assert count == 1000


@pytest.mark.parametrize("up", [0, 86_400, 10 * YEAR])
def test_the_clock_never_shows_less_time_than_was_slept(monkeypatch, up):
    """Whatever the rounding errors, and however long the machine has been up."""
    monkeypatch.setattr("wishbone.clock.monotonic", lambda: up + 0.1)
    with VirtualClock() as clock:
        check_that_nobody_wakes_early(clock)


def check_that_nobody_wakes_early(clock):
    overslept = []

    def tick():
        while True:
            began = wishbone.clock.monotonic()
            due = began + 0.1
            gevent.sleep(due - wishbone.clock.monotonic())
            overslept.append(wishbone.clock.monotonic() >= due and wishbone.clock.monotonic() - began >= 0.1)

    spawn(tick)
    clock.advance(300)
    assert len(overslept) == pytest.approx(3000, abs=1)
    assert all(overslept)


def test_a_sleep_until_a_deadline_reaches_it_however_short(clock):
    deadline = wishbone.clock.monotonic() + 2e-10

    def sleep_until():
        while (rest := deadline - wishbone.clock.monotonic()) > 0:
            gevent.sleep(rest)

    sleeping = spawn(sleep_until)
    clock.settle()
    clock.advance(0)
    assert sleeping.ready()


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        (lambda: Flag().wait(5), False),
        (lambda: AsyncResult().wait(5), None),
        (lambda: Semaphore(0).acquire(timeout=5), False),
        (lambda: spawn(gevent.sleep, 60).join(5), None),
        (lambda: gevent.wait([spawn(gevent.sleep, 60)], timeout=5), []),
        (lambda: gevent.with_timeout(5, gevent.sleep, 60, timeout_value="late"), "late"),
    ],
    ids=["event", "result", "semaphore", "join", "wait", "with_timeout"],
)
def test_controls_every_wait_of_gevent(clock, wait, expected):
    waiting = spawn(wait)
    clock.advance(4.9)
    assert not waiting.ready()
    clock.advance(0.1)
    assert waiting.ready()
    assert waiting.value == expected


def test_controls_the_timeout_of_a_gevent_queue(clock):
    waiting = spawn(Queue().get, True, 2)
    clock.advance(2)
    with pytest.raises(Empty):
        waiting.get()


def test_a_timeout_interrupts_and_a_cancelled_one_does_not(clock, note, noted):
    def work():
        with gevent.Timeout(3, False):
            gevent.sleep(60)
        note("interrupted")
        with gevent.Timeout(3):
            gevent.sleep(1)
        gevent.sleep(60)
        note("not interrupted")

    spawn(work)
    clock.advance(100)
    assert noted == [("interrupted", 3.0), ("not interrupted", 64.0)]


def test_an_event_at_the_moment_of_a_timeout_is_in_time(clock):
    flag = Flag()
    waiting = spawn(flag.wait, 5)
    after(5, flag.set)
    clock.advance(5)
    assert waiting.value is True


def test_spawn_later_runs_later(clock, note, noted):
    gevent.spawn_later(7, note, "run")
    clock.advance(10)
    assert noted == [("run", 7.0)]


def test_a_timer_of_the_loop_repeats(clock, note, noted):
    timer = get_hub().loop.timer(1, 2)
    timer.start(note, "rang")
    clock.advance(6)
    timer.stop()
    clock.advance(6)
    assert noted == [("rang", 1.0), ("rang", 3.0), ("rang", 5.0)]
    assert not timer.active


def test_a_timer_of_the_loop_repeats_again(clock, note, noted):
    timer = get_hub().loop.timer(1, 2)
    timer.again(note, "rang")
    clock.advance(4)
    timer.close()
    once = get_hub().loop.timer(1)
    once.again(note, "never")
    clock.advance(4)
    assert noted == [("rang", 2.0), ("rang", 4.0)]


def test_a_restarted_or_closed_timer_does_not_fire_at_its_old_time(clock, note, noted):
    moved, closed = get_hub().loop.timer(2), get_hub().loop.timer(2)
    moved.start(note, "moved")
    closed.start(note, "closed")
    clock.advance(1)
    moved.start(note, "moved")
    closed.close()
    clock.advance(5)
    assert noted == [("moved", 3.0)]


def test_the_error_of_a_timer_goes_to_the_hub(clock, monkeypatch):
    told = []
    monkeypatch.setattr(get_hub(), "handle_error", lambda *error: told.append(error[1]))
    get_hub().loop.timer(1).start(lambda: 1 / 0)
    clock.advance(2)
    assert told == [ZeroDivisionError]
    assert clock.elapsed == 2


@pytest.mark.parametrize("seconds", [0, 1e-9])
def test_a_yield_does_not_wait(clock, seconds):
    yielding = spawn(gevent.sleep, seconds)
    clock.settle()
    assert yielding.ready()
    assert clock.elapsed == 0


def test_a_timeout_of_zero_ends_at_once(clock):
    waiting = spawn(Flag().wait, 0)
    clock.settle()
    assert waiting.ready()


def test_a_wait_without_end_does_not_block_a_move(clock):
    waiting = spawn(gevent.sleep, float("inf"))
    clock.advance(YEAR)
    assert not waiting.ready()
    assert clock.next_due is None


def test_a_wait_for_nan_seconds_is_rejected(clock):
    with pytest.raises(ValueError, match="NaN"):
        gevent.sleep(float("nan"))


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan")])
def test_time_cannot_move_backwards_or_to_infinity(clock, seconds):
    with pytest.raises(ValueError, match="Cannot move time by"):
        clock.advance(seconds)


def test_next_due_is_the_time_until_the_next_timer(clock):
    assert clock.next_due is None
    waiting = [after(5, print), after(3, print)]
    clock.advance(1)
    assert clock.next_due == 2
    gevent.killall(waiting)
    assert clock.next_due is None


def test_years_pass_at_once(clock):
    began = time.monotonic()
    sleeping = spawn(gevent.sleep, 30 * YEAR)
    clock.advance(30 * YEAR)
    assert sleeping.ready()
    assert time.monotonic() - began < 5


def test_time_is_exact_after_centuries(clock):
    clock.advance(300 * YEAR)
    sleeping = spawn(gevent.sleep, 1e-6)
    clock.advance(9e-7)
    assert not sleeping.ready()
    clock.advance(1e-7)
    assert sleeping.ready()


def test_settle_lets_greenlets_run_without_moving_time(clock):
    chain = [Flag() for _ in range(100)]
    for one, next_one in pairwise(chain):
        spawn(lambda one=one, next_one=next_one: one.wait() and next_one.set())
    chain[0].set()
    clock.settle()
    assert chain[-1].is_set()
    assert clock.elapsed == 0


def test_time_jumps_while_the_test_waits(clock):
    began = time.monotonic()
    gevent.sleep(YEAR)
    spawn(gevent.sleep, YEAR).join()
    assert clock.elapsed == 2 * YEAR
    assert time.monotonic() - began < 5


def test_time_does_not_jump_while_a_greenlet_is_busy(clock, note, noted):
    def work():
        for _ in range(1000):
            gevent.sleep(0)
        note("done")

    spawn(work)
    gevent.sleep(1)
    assert noted == [("done", 0.0)]


def test_no_time_passes_in_wait_until(clock):
    sleeping = spawn(gevent.sleep, 1)
    with pytest.raises(AssertionError, match="the virtual clock is stopped; the next timer is due in 1 s"):
        wait_until(sleeping.ready, timeout=0.01)
    assert clock.elapsed == 0


def test_a_wait_for_nothing_is_an_error(clock):
    with pytest.raises(LoopExit):
        Flag().wait()


def test_another_greenlet_can_move_the_clock(clock, note, noted):
    after(5, note, "awake")
    spawn(clock.advance, 5).join()
    assert noted == [("awake", 5.0)]


@given(st.lists(st.integers(1, 10_000), max_size=20), st.lists(st.integers(1, 5_000), max_size=10))
def test_timers_fire_at_the_same_times_however_moves_are_split(sleeps, moves):
    """All numbers are milliseconds."""
    with VirtualClock() as clock:
        woken = []
        sleeping = [after(ms / 1000, lambda ms=ms: woken.append((ms, clock.elapsed))) for ms in sleeps]
        for ms in moves:
            clock.advance(ms / 1000)
        moved = sum(moves)
        assert clock.elapsed == moved / 1000
        assert woken == [(ms, ms / 1000) for ms in sorted(sleeps) if ms <= moved]
        gevent.killall(sleeping)
