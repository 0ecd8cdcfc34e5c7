from __future__ import annotations

from time import monotonic

import gevent
import pytest

from wishbone import Actor, ActorConfig, Queue
from wishbone._engine.timeslice import TimeSlice
from wishbone.error import QueueConnected, QueueEmpty, QueueFull, QueueMissing, ReservedName
from wishbone.event import Event
from wishbone.queue import CLOCK_CHECK_INTERVAL, DEFAULT_QUEUES, QueuePool
from wishbone_testing import wait_until


@pytest.fixture
def greenlets():
    """Greenlets that are killed when the test ends."""
    started = []

    def start(function, *args):
        started.append(gevent.spawn(function, *args))
        return started[-1]

    yield start
    gevent.killall(started, timeout=5)


def is_suspended(greenlet):
    """Return whether a greenlet has begun and waits."""
    return greenlet.gr_frame is not None


def waiting_putters(queue, greenlets, *values):
    """Start a greenlet that puts each value, and return when all of them are blocked."""
    started = []
    for value in values:
        waited = queue.waited_total
        started.append(greenlets(queue.put, value))
        wait_until(lambda waited=waited: queue.waited_total > waited, "the putter to wait")
    return started


def waiting_getters(queue, greenlets, count, received):
    """Start greenlets that get one value each, and return when all of them wait."""
    started = [greenlets(lambda: received.append(queue.get())) for _ in range(count)]
    wait_until(lambda: all(is_suspended(getter) for getter in started), "the getters to wait")
    return started


def test_events_are_taken_in_the_order_of_puts():
    queue = Queue(3)
    for number in range(3):
        queue.put(number)
    assert [queue.get() for _ in range(3)] == [0, 1, 2]


def test_size_and_empty_describe_the_content_of_the_queue():
    queue = Queue(3)
    assert (queue.size(), queue.empty()) == (0, True)
    queue.put("a")
    assert (queue.size(), queue.empty()) == (1, False)


@pytest.mark.parametrize("size", [0, -1])
def test_a_queue_without_room_is_refused(size):
    with pytest.raises(ValueError, match=f"room for at least one event, and {size} is less"):
        Queue(size)


def test_getting_from_an_empty_queue_without_waiting_is_an_error():
    with pytest.raises(QueueEmpty, match="The queue is empty"):
        Queue().get(block=False)


def test_putting_into_a_full_queue_without_waiting_is_an_error_and_changes_nothing():
    queue = Queue(1)
    queue.put("a")
    with pytest.raises(QueueFull, match="holds 1 events and is full"):
        queue.put("b", block=False)
    assert [queue.get(), queue.size()] == ["a", 0]


def test_getting_without_waiting_admits_blocked_puts(greenlets):
    queue = Queue(1)
    queue.put("a")
    waiting_putters(queue, greenlets, "b")
    assert [queue.get(block=False), queue.get(block=False)] == ["a", "b"]


def test_getting_waits_until_something_is_put(greenlets):
    queue, received = Queue(), []
    (getter,) = waiting_getters(queue, greenlets, 1, received)
    queue.put("a")
    getter.join(5)
    assert received == ["a"]


def test_blocked_puts_are_admitted_in_their_order(greenlets):
    queue = Queue(1)
    queue.put(0)
    putters = waiting_putters(queue, greenlets, 1, 2, 3)
    assert [queue.get() for _ in range(4)] == [0, 1, 2, 3]
    gevent.joinall(putters, timeout=5, raise_error=True)
    assert queue.waited_total == 3


def test_a_blocked_put_is_not_overtaken(greenlets):
    queue = Queue(2)
    queue.put("a")
    queue.put("b")
    waiting_putters(queue, greenlets, "first")
    queue.items.popleft()
    with pytest.raises(QueueFull):
        queue.put("second", block=False)


def test_a_put_that_yields_is_not_overtaken(greenlets, monkeypatch):
    """Two greenlets that put the parts of one sequence in turn keep its order."""
    monkeypatch.setattr(TimeSlice, "yield_if_expired", lambda _: gevent.sleep(0) or True)
    queue = Queue(2 * CLOCK_CHECK_INTERVAL)
    numbers = iter(range(2 * CLOCK_CHECK_INTERVAL))

    def bring():
        for number in numbers:
            queue.put(number)

    gevent.joinall([greenlets(bring), greenlets(bring)], timeout=5, raise_error=True)
    assert list(queue.items) == list(range(2 * CLOCK_CHECK_INTERVAL))


def test_a_put_blocks_until_its_event_is_admitted(greenlets):
    queue = Queue(1)
    queue.put("a")
    (putter,) = waiting_putters(queue, greenlets, "b")
    gevent.sleep(0)
    assert not putter.dead
    assert not queue.empty()
    queue.get()
    putter.join(5)
    assert putter.successful()
    assert queue.size() == 1


def test_a_run_of_events_wakes_a_waiting_greenlet_once(greenlets):
    queue, runs = Queue(100), []

    def consume():
        while True:
            queue.wait()
            runs.append([queue.get(block=False) for _ in range(queue.size())])

    getter = greenlets(consume)
    wait_until(lambda: is_suspended(getter), "the getter to wait")
    for number in range(50):
        queue.put(number)
    wait_until(lambda: runs, "the getter to run")
    assert runs == [list(range(50))]


def test_the_event_of_a_killed_put_is_not_admitted(greenlets):
    queue = Queue(1)
    queue.put("a")
    killed, left = waiting_putters(queue, greenlets, "killed", "left")
    killed.kill()
    assert [queue.get(), queue.get()] == ["a", "left"]
    left.join(5)
    assert queue.empty()


def test_a_queue_goes_on_when_all_blocked_puts_were_killed(greenlets):
    queue = Queue(1)
    queue.put("a")
    gevent.killall(waiting_putters(queue, greenlets, "b", "c"))
    assert queue.get() == "a"
    queue.put("d", block=False)
    assert queue.get() == "d"


def test_a_killed_get_loses_no_event(greenlets):
    queue, received = Queue(), []
    killed, left = waiting_getters(queue, greenlets, 2, received)
    killed.kill()
    queue.put("a")
    left.join(5)
    assert received == ["a"]


def test_a_get_killed_after_its_wake_up_wakes_another(greenlets):
    queue, received = Queue(), []
    killed, left = waiting_getters(queue, greenlets, 2, received)
    # The kill is scheduled before the wake-up, so it arrives first.
    killed.kill(block=False)
    queue.put("a")
    left.join(5)
    assert received == ["a"]


def test_concurrent_puts_and_gets_lose_and_repeat_no_event(greenlets):
    queue, received = Queue(3), []

    def take():
        for _ in range(100):
            received.append(queue.get())
            gevent.sleep(0)

    def bring(number):
        for index in range(100):
            queue.put((number, index))

    getters = [greenlets(take) for _ in range(5)]
    putters = [greenlets(bring, number) for number in range(5)]
    gevent.joinall(putters + getters, timeout=20, raise_error=True)
    assert sorted(received) == [(number, index) for number in range(5) for index in range(100)]
    for number in range(5):
        assert [index for owner, index in received if owner == number] == list(range(100))


def test_closing_returns_the_events_and_refuses_blocked_puts(greenlets):
    queue = Queue(1)
    queue.put(Event("a"))
    (putter,) = waiting_putters(queue, greenlets, Event("b"))
    assert [event.data for event in queue.close()] == ["a"]
    with pytest.raises(QueueMissing, match="was closed: its module has stopped"):
        putter.get(timeout=5)
    with pytest.raises(QueueMissing, match="was closed"):
        queue.put(Event("c"))
    with pytest.raises(QueueMissing, match="was closed"):
        queue.put(Event("c"), block=False)
    assert queue.empty()


def test_stats_count_events_put_taken_and_dropped(greenlets):
    queue = Queue(2)
    queue.put("a")
    queue.put("b")
    queue.get()
    queue.dropped_total += 3
    stats = queue.stats()
    assert {
        name: stats[name] for name in ("size", "in_total", "out_total", "dropped_total", "waited_total")
    } == {
        "size": 1,
        "in_total": 2,
        "out_total": 1,
        "dropped_total": 3,
        "waited_total": 0,
    }
    assert {"in_rate", "out_rate", "dropped_rate"} < set(stats)


def test_rates_are_events_per_second_since_the_previous_figures(monkeypatch):
    clock = [monotonic()]
    monkeypatch.setattr("wishbone.clock.monotonic", lambda: clock[0])
    queue = Queue(10)
    for number in range(6):
        queue.put(number)
    queue.get()
    queue.get()
    queue.dropped_total = 8
    clock[0] += 2
    assert [queue.stats()[name] for name in ("in_rate", "out_rate", "dropped_rate")] == [3, 1, 4]
    clock[0] += 0.5
    assert queue.stats()["in_rate"] == 3
    clock[0] += 0.5
    assert queue.stats()["in_rate"] == 0


def test_a_queue_shows_how_full_it_is():
    queue = Queue(5)
    queue.put("secret")
    assert repr(queue) == "<Queue None -> None, 1 of 5>"


def test_every_pool_has_the_default_queues():
    pool = QueuePool(7)
    assert pool.listQueues(names=True) == list(DEFAULT_QUEUES) == ["success", "failed", "logs", "metrics"]
    assert all(queue.max_size == 7 for queue in pool.listQueues())


def test_a_created_queue_is_found_by_its_name():
    pool = QueuePool()
    queue = pool.createQueue("inbox")
    assert pool.getQueue("inbox") is pool.queue.inbox is queue
    assert (pool.hasQueue("inbox"), pool.hasQueue("outbox")) == (True, False)
    assert dict(pool.items())["inbox"] is queue


def test_listing_can_leave_the_default_queues_out():
    pool = QueuePool()
    inbox = pool.createQueue("inbox")
    assert pool.listQueues(default=False) == [inbox]
    assert pool.listQueues(names=True, default=False) == ["inbox"]
    assert "failed" in pool.listQueues(names=True)


@pytest.mark.parametrize("find", [QueuePool.getQueue, lambda pool, name: getattr(pool.queue, name)])
def test_a_missing_queue_suggests_a_name(find):
    pool = QueuePool()
    pool.createQueue("inbox")
    with pytest.raises(QueueMissing, match=r"There is no queue 'inbx'\. Did you mean 'inbox'\?"):
        find(pool, "inbx")


@pytest.mark.parametrize("name", DEFAULT_QUEUES)
def test_the_name_of_a_default_queue_is_reserved(name):
    with pytest.raises(ReservedName, match=f"Every module has a queue '{name}' already"):
        QueuePool().createQueue(name)


def test_a_queue_is_created_once():
    pool = QueuePool()
    pool.createQueue("inbox")
    with pytest.raises(QueueConnected, match="'inbox' exists already: create it once"):
        pool.createQueue("inbox")


@pytest.mark.parametrize("name", ["", "a.b", "a b", "1", "a\n", "../x", "{{x}}", "-", "-a", "ä", "\u0661"])
def test_an_invalid_name_is_refused(name):
    with pytest.raises(ReservedName, match="A queue cannot be called"):
        QueuePool().createQueue(name)


def test_a_queue_that_replaces_another_takes_over_its_events():
    pool, queue = QueuePool(), Queue()
    pool.createQueue("inbox").put("old")
    queue.put("new")
    pool.replaceQueue("inbox", queue)
    assert pool.queue.inbox is queue
    assert [queue.get(), queue.get()] == ["new", "old"]


def test_closing_changes_no_total():
    queue = Queue(size := 5)
    for number in range(size):
        queue.put(number)
    queue.get()
    before = (queue.in_total, queue.out_total, queue.dropped_total)
    assert queue.close() == [1, 2, 3, 4]
    assert (queue.in_total, queue.out_total, queue.dropped_total) == before == (5, 1, 0)


def test_events_for_an_unconnected_queue_are_dropped_and_counted():
    actor = Actor(ActorConfig("alone", size=2))
    actor.pool.createQueue("outbox")
    for number in range(5):
        actor.submit(Event(number), "outbox")
    assert (actor.pool.queue.outbox.size(), actor.pool.queue.outbox.dropped_total) == (0, 5)
