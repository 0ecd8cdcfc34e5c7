from __future__ import annotations

import os
from time import time

import gevent
import pytest

from wishbone import Actor, ActorConfig, Event, Logging
from wishbone.queue import Queue
from wishbone_testing import wait_until

SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")


@pytest.mark.parametrize(("level", "severity"), [*enumerate(SEVERITIES)])
def test_there_is_a_method_for_each_severity(level, severity):
    queue, before = Queue(), time()
    getattr(Logging("module", queue), severity)("hello {{ data }} %s")
    log = queue.get(block=False).data
    assert (log.level, log.module, log.message) == (level, "module", "hello {{ data }} %s")
    assert log.pid == os.getpid()
    assert log.uuid is None
    assert before <= log.time <= time()


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_log_names_the_event_that_it_is_about(severity):
    queue, event = Queue(), Event()
    getattr(Logging("module", queue), severity)("hello", event)
    assert queue.get(block=False).data.uuid == event.uuid


def test_messages_before_logs_is_connected_are_kept_up_to_the_size():
    actor = Actor(ActorConfig("module", size=3))
    for number in range(5):
        actor.logging.info(str(number))
    logs = actor.pool.queue.logs
    assert [logs.get(block=False).data.message for _ in range(logs.size())] == ["0", "1", "2"]
    assert logs.dropped_total == 2


class Collect(Actor):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.messages = []
        self.gate = gevent.event.Event()

    def consume(self, event: Event) -> None:
        self.gate.wait()
        self.messages.append(event.data.message)


def test_messages_are_delivered_when_logs_is_connected_later():
    speaker, collect = Actor(ActorConfig("speaker")), Collect(ActorConfig("collect"))
    speaker.logging.info("early")
    speaker.connect("logs", collect, "inbox")
    speaker.logging.info("late")
    collect.gate.set()
    collect.start()
    wait_until(lambda: collect.messages == ["early", "late"])
    collect.stop()


def test_logging_never_blocks_even_when_its_consumer_does():
    speaker, collect = Actor(ActorConfig("speaker", size=2)), Collect(ActorConfig("collect"))
    speaker.connect("logs", collect, "inbox")
    collect.start()
    logs = speaker.pool.queue.logs
    speaker.logging.info("first")
    wait_until(logs.empty)
    with gevent.Timeout(5):
        for number in range(10):
            speaker.logging.info(str(number))
    assert (logs.size(), logs.dropped_total, logs.waited_total) == (2, 8, 0)
    collect.gate.set()
    wait_until(lambda: collect.messages == ["first", "0", "1"])
    collect.stop()


def test_messages_after_the_consumer_has_stopped_are_dropped_and_counted():
    speaker, collect = Actor(ActorConfig("speaker")), Collect(ActorConfig("collect"))
    speaker.connect("logs", collect, "inbox")
    collect.start()
    collect.stop()
    speaker.logging.info("late")
    assert (speaker.pool.queue.logs.size(), speaker.pool.queue.logs.dropped_total) == (0, 1)


class Leaks(Actor):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.logging.info("built with hunter2")

    def consume(self, event: Event) -> None:
        raise OSError("hunter2 may not read", event.data)


def test_secrets_are_hidden_in_messages_and_in_the_errors_of_events():
    module, failed = Leaks(ActorConfig("module")), Leaks(ActorConfig("failed"))
    module.pool.queue.logs.put(Event("no log, but in the queue"))
    module.logging.hide_secrets(lambda text: text.replace("hunter2", "(secret)"))
    module.connect("failed", failed, "inbox")
    module.start()
    module.pool.queue.inbox.put(Event("a file"))
    wait_until(module.pool.queue.failed.size)
    event = module.pool.queue.failed.get()
    assert event.errors["module"]["message"] == "[Errno (secret) may not read] a file"
    said = [str(event.data) for event in module.pool.queue.logs.items]
    assert len(said) == 3
    assert not any("hunter2" in text for text in said)
    module.stop()
