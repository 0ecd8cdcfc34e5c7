from __future__ import annotations

import socket
from time import time

import pytest

from wishbone import Actor, ActorConfig, Event
from wishbone._engine.process import process_of
from wishbone.event import Metric
from wishbone_testing import wait_until

STATISTICS = (
    "size",
    "in_total",
    "out_total",
    "dropped_total",
    "waited_total",
    "in_rate",
    "out_rate",
    "dropped_rate",
)


class Collect(Actor):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(lambda event: self.metrics.append(event.data), "inbox")
        self.metrics = []


@pytest.fixture
def measure():
    """Run a module until it has submitted a number of metrics."""
    started = []

    def run(module, count):
        collect = Collect(ActorConfig("collect", frequency=3600))
        module.connect("metrics", collect, "inbox")
        for actor in (collect, module):
            actor.start()
            started.append(actor)
        wait_until(lambda: len(collect.metrics) >= count)
        return collect.metrics

    yield run
    for actor in reversed(started):
        actor.stop()


def test_each_queue_has_a_metric_of_each_statistic(measure):
    module = Actor(ActorConfig("input", frequency=0.01))
    module.pool.createQueue("outbox")
    before = time()
    metrics = measure(module, 40)[:40]
    assert sorted(metric.name for metric in metrics) == sorted(
        f"module.input.queue.{queue}.{statistic}"
        for queue in ("success", "failed", "logs", "metrics", "outbox")
        for statistic in STATISTICS
    )
    for metric in metrics:
        assert isinstance(metric, Metric)
        assert (metric.type, metric.source, metric.unit, metric.tags) == (
            "wishbone",
            socket.gethostname(),
            "",
            (),
        )
        assert before <= metric.time <= time()


def test_the_values_are_those_of_the_queue(measure):
    module = Actor(ActorConfig("input", frequency=0.01))
    module.pool.createQueue("outbox")
    for number in range(3):
        module.submit(Event(number), "outbox")
    values = {metric.name: metric.value for metric in measure(module, 40)[:40]}
    assert values["module.input.queue.outbox.dropped_total"] == 3
    assert values["module.input.queue.outbox.in_total"] == 0


def test_metrics_come_again_and_again(measure):
    assert len(measure(Actor(ActorConfig("input", frequency=0.01)), 3 * 32)) >= 3 * 32


def test_metrics_come_at_the_interval_of_the_configuration(monkeypatch):
    """Each round follows a pause of `frequency` seconds, also the first one."""
    module, collect = Actor(ActorConfig("input", frequency=7)), Collect(ActorConfig("collect"))
    module.connect("metrics", collect, "inbox")
    pauses = []

    def sleep(seconds):
        pauses.append((seconds, module.pool.queue.metrics.size()))
        return len(pauses) < 3

    monkeypatch.setattr(process_of(module), "sleep", sleep)
    module.metricProducer()
    assert pauses == [(7, 0), (7, 32), (7, 64)]


def test_without_a_consumer_no_metrics_are_created(monkeypatch):
    module, rounds = Actor(ActorConfig("input")), iter([True, True, False])
    monkeypatch.setattr(process_of(module), "sleep", lambda seconds: next(rounds))
    module.metricProducer()
    metrics = module.pool.queue.metrics
    assert (metrics.size(), metrics.dropped_total) == (0, 0)


def test_metrics_may_be_connected_while_the_module_runs(measure):
    module = Actor(ActorConfig("input", frequency=0.01))
    module.start()
    collect = Collect(ActorConfig("collect"))
    module.connect("metrics", collect, "inbox")
    collect.start()
    wait_until(lambda: collect.metrics)
    module.stop()
    collect.stop()
