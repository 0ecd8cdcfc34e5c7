from __future__ import annotations

import gevent
import pytest

from wishbone import Actor, ActorConfig, Event
from wishbone.error import ConfigError, InvalidData, ModuleInitFailure, QueueConnected, QueueMissing
from wishbone_testing import wait_until


@pytest.fixture
def actor():
    actor = Actor(ActorConfig("module", frequency=3600))
    actor.pool.createQueue("inbox")
    actor.pool.createQueue("outbox")
    yield actor
    actor.stop()


def connected(actor, queue):
    """Connect a queue to a module that only keeps what comes, and return the queue."""
    keeper = Actor(ActorConfig("keeper"))
    keeper.pool.createQueue("inbox")
    actor.connect(queue, keeper, "inbox")
    return keeper.pool.queue.inbox


def test_a_consumer_gets_each_event_in_order(actor):
    seen = []
    actor.registerConsumer(lambda event: seen.append(event.data), "inbox")
    for number in range(500):
        if number == 50:
            actor.start()
        actor.pool.queue.inbox.put(Event(number))
    wait_until(lambda: len(seen) == 500)
    assert seen == list(range(500))


def test_a_consumer_registered_while_the_module_runs_starts_at_once(actor):
    seen = []
    actor.start()
    actor.pool.queue.inbox.put(Event("hello"))
    actor.registerConsumer(lambda event: seen.append(event.data), "inbox")
    wait_until(lambda: seen == ["hello"])


def test_consumers_may_share_a_queue(actor):
    together, gate = [], gevent.event.Event()

    def consume(event):
        together.append(event.data)
        gate.wait()

    actor.registerConsumer(consume, "inbox", concurrency=3)
    actor.start()
    for number in range(3):
        actor.pool.queue.inbox.put(Event(number))
    wait_until(lambda: sorted(together) == [0, 1, 2])
    gate.set()


def test_a_queue_has_one_consumer(actor):
    actor.registerConsumer(print, "inbox")
    with pytest.raises(QueueConnected, match=r"'module\.inbox' already has a consumer"):
        actor.registerConsumer(print, "inbox")


def test_a_missing_queue_is_not_consumed(actor):
    with pytest.raises(QueueMissing, match="Did you mean 'inbox'"):
        actor.registerConsumer(print, "inbx")


def test_an_event_whose_function_returns_goes_to_success(actor):
    success, failed = connected(actor, "success"), connected(actor, "failed")
    actor.registerConsumer(lambda event: None, "inbox")
    actor.start()
    event = Event("good")
    actor.pool.queue.inbox.put(event)
    wait_until(success.size)
    assert success.get() is event
    assert event.errors == {}
    assert failed.empty()


def test_an_event_whose_function_raises_goes_to_failed_with_the_error_recorded_and_logged(actor):
    success, failed = connected(actor, "success"), connected(actor, "failed")

    def consume(event):
        raise ValueError("no digits")

    actor.registerConsumer(consume, "inbox")
    actor.start()
    event = Event("bad")
    actor.pool.queue.inbox.put(event)
    wait_until(failed.size)
    assert failed.get() is event
    assert success.empty()
    noted = event.get("errors.module")
    assert (noted["type"], noted["message"]) == ("ValueError", "no digits")
    assert noted["file"] == __file__
    assert noted["line"] == consume.__code__.co_firstlineno + 1
    log = actor.pool.queue.logs.get().data
    assert (log.level, log.module, log.uuid) == (3, "module", event.uuid)
    assert log.message.startswith("ValueError: no digits (")


@pytest.mark.parametrize("by", ["name", "queue"])
def test_submit_takes_a_queue_or_its_name(actor, by):
    connected(actor, "outbox")
    outbox = actor.pool.queue.outbox
    actor.submit(Event("hello"), "outbox" if by == "name" else outbox)
    assert outbox.get().data == "hello"


def test_only_events_can_be_submitted(actor):
    with pytest.raises(InvalidData, match=r"not str: wrap it as Event\(value\)"):
        actor.submit("hello", "outbox")


def test_submitting_to_a_missing_queue_suggests_a_name(actor):
    with pytest.raises(QueueMissing, match="Did you mean 'outbox'"):
        actor.submit(Event(), "outbx")


def test_submitting_waits_while_the_queue_is_full(actor):
    small = Actor(ActorConfig("small", size=2))
    small.pool.createQueue("outbox")
    outbox = connected(small, "outbox")
    producer = gevent.spawn(lambda: [small.submit(Event(number), "outbox") for number in range(4)])
    wait_until(lambda: outbox.waited_total)
    assert outbox.size() == 2
    assert [outbox.get().data for _ in range(4)] == [0, 1, 2, 3]
    producer.join(5)
    assert producer.successful()


def test_the_life_of_a_module(actor):
    life = []
    actor.preHook = lambda: life.append("pre")
    actor.postHook = lambda: life.append("post")
    assert actor.stopped
    assert actor.loop()
    actor.start()
    assert not actor.stopped
    assert life == ["pre"]
    actor.stop()
    assert actor.stopped
    assert not actor.loop()
    assert life == ["pre", "post"]


def test_a_module_without_a_router_that_asks_to_stop_is_stopped(actor):
    actor.start()
    actor.stopPipeline("the disk is full")
    assert actor.pool.queue.logs.get().data.message == "Stops the pipeline: the disk is full"
    wait_until(lambda: actor.stopped)
    assert not actor.loop()


@pytest.mark.parametrize("wrong", [{"batch": 0}, {"batch": -3}, {"concurrency": 0}])
def test_a_consumer_that_would_never_consume_is_refused(actor, wrong):
    with pytest.raises(ConfigError, match=r"'module\.inbox': give a concurrency and a batch of at least 1"):
        actor.registerConsumer(print, "inbox", **wrong)


def test_a_stopped_module_registers_no_consumer(actor):
    actor.start()
    actor.stop()
    with pytest.raises(QueueMissing, match="'module' has stopped"):
        actor.registerConsumer(print, "inbox")


def test_a_stop_during_the_pre_hook_ends_the_module_when_that_returns():
    class Slow(Actor):
        def preHook(self) -> None:
            self.stop()

    slow = Slow(ActorConfig("slow"))
    slow.start()
    assert slow.stopped
    assert not slow.loop()


def test_a_module_whose_pre_hook_failed_does_not_start_again():
    class Broken(Actor):
        def preHook(self) -> None:
            raise OSError("no")

    broken = Broken(ActorConfig("broken"))
    for message in ("could not be started: OSError: no", "was started before, and runs once"):
        with pytest.raises(ModuleInitFailure, match=message):
            broken.start()
