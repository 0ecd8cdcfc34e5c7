from __future__ import annotations

import pytest

from wishbone.module import FlowModule, FunctionModule, InputModule, OutputModule
from wishbone.router import Default
from wishbone_cli.lint import lint_graph


class Source(InputModule):
    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("outbox")


class Step(FunctionModule):
    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.submit, "inbox")


class Sink(OutputModule):
    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(print, "inbox")


class Deaf(OutputModule):
    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("inbox")


class Join(FlowModule, dynamic_inputs=True):
    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("outbox")


class Sieve(Step, optional_outputs={"outbox"}):
    pass


class Replaying(Source, replays=True):
    pass


class Timer(FlowModule, own_outputs={"timeout"}):
    def __init__(self, config):
        super().__init__(config)
        for name in ("inbox", "outbox", "timeout"):
            self.pool.createQueue(name)
        self.registerConsumer(self.submit, "inbox")


def warnings(modules, *routes):
    router = Default()
    for name, module in modules.items():
        router.registerModule(module, name)
    for route in routes:
        router.connectQueue(*route.split(" -> "))
    return lint_graph(router)


def findings(modules, *routes):
    return {(found.kind, found.module, found.queue) for found in warnings(modules, *routes)}


def lost(modules, *routes):
    """Return the messages about failed events."""
    return [found.message for found in warnings(modules, *routes) if found.kind == "failed"]


def test_nothing_is_found_when_every_queue_is_connected():
    modules = {"a": Source, "b": Step, "c": Sink, "join": Join, "dead": Sink}
    routes = ["a.outbox -> b.inbox", "b.outbox -> c.inbox", "b.failed -> join.b", "c.failed -> join.c"]
    assert findings(modules, *routes, "join.outbox -> dead.inbox") == set()


def test_modules_that_lose_failed_events_are_named_together():
    modules = {"a": Source, "b": Step, "c": Step, "d": Sink}
    routes = ["a.outbox -> b.inbox", "b.outbox -> c.inbox", "c.outbox -> d.inbox"]
    (message,) = lost(modules, *routes)
    assert message == (
        "Events that fail in 'b', 'c' and 'd' are lost: nothing is connected to their queues 'failed',"
        " and 'a' does not send events again."
    )
    (message,) = lost({**modules, "join": Join}, *routes, "b.failed -> join.b", "c.failed -> join.c")
    assert message == (
        "Events that fail in 'd' are lost: nothing is connected to 'd.failed',"
        " and 'a' does not send events again."
    )


def test_a_failed_event_of_an_input_that_replays_is_not_lost():
    modules = {"a": Replaying, "b": Step, "c": Sink}
    assert findings(modules, "a.outbox -> b.inbox", "b.outbox -> c.inbox") == set()


def test_a_failed_event_is_lost_when_one_of_two_inputs_does_not_replay():
    modules = {"a": Replaying, "b": Source, "c": Source, "join": Join, "d": Sink, "e": Sink}
    routes = ["a.outbox -> join.a", "b.outbox -> join.b", "c.outbox -> e.inbox", "e.failed -> join.e"]
    (message,) = lost(modules, *routes, "join.outbox -> d.inbox")
    assert message == (
        "Events that fail in 'join' and 'd' are lost: nothing is connected to their queues 'failed',"
        " and 'b' does not send events again."
    )


def test_an_event_that_a_module_creates_is_lost_although_the_input_replays():
    modules = {"a": Replaying, "timer": Timer, "b": Sink, "c": Sink}
    routes = ["a.outbox -> timer.inbox", "timer.outbox -> b.inbox", "timer.timeout -> c.inbox"]
    (message,) = lost(modules, *routes)
    assert message == (
        "Events that fail in 'c' are lost: nothing is connected to 'c.failed',"
        " and 'timer.timeout' does not send events again."
    )


@pytest.mark.parametrize("queue", ["logs", "metrics"])
def test_logs_and_metrics_that_fail_are_lost_although_the_input_replays(queue):
    modules = {"a": Replaying, "b": Sink, "c": Sink}
    (message,) = lost(modules, "a.outbox -> b.inbox", f"b.{queue} -> c.inbox")
    assert message.endswith(
        f"nothing is connected to 'c.failed', and 'b.{queue}' does not send events again."
    )


def test_a_module_that_cannot_fail_loses_nothing():
    class Sure(Sink, optional_outputs={"failed"}):
        pass

    assert findings({"a": Source, "b": Sure}, "a.outbox -> b.inbox") == set()


def test_failed_events_that_are_led_back_are_not_lost():
    modules = {"a": Source, "join": Sieve, "b": Sink, "wait": Join}
    routes = [
        "a.outbox -> join.inbox",
        "join.outbox -> b.inbox",
        "b.failed -> wait.b",
        "join.failed -> wait.join",
    ]
    assert lost(modules, *routes) == []


def test_an_output_that_is_not_connected_is_found():
    assert findings({"a": Source}) == {("unconnected", "a", "outbox")}


def test_a_module_that_nothing_reaches_is_found_with_all_after_it():
    found = findings({"a": Source, "b": Step, "c": Sink}, "b.outbox -> c.inbox")
    assert {name for kind, name, _ in found if kind == "unreached"} == {"b", "c"}


def test_a_queue_without_a_consumer_is_found():
    assert ("unconsumed", "b", "inbox") in findings({"a": Source, "b": Deaf}, "a.outbox -> b.inbox")


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_cycle_is_found_once(length):
    modules = {f"m{number}": Step for number in range(length)}
    routes = [f"m{number}.outbox -> m{(number + 1) % length}.inbox" for number in range(length)]
    assert [found for found in findings(modules, *routes) if found[0] == "cycle"] == [("cycle", "m0", "")]


class Gate(Step, final_inputs={"answer"}):
    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("answer")
        self.registerConsumer(lambda event: None, "answer")


def test_a_route_into_a_queue_whose_events_end_there_closes_no_cycle():
    modules = {"gate": Gate, "step": Step}
    routes = ["gate.outbox -> step.inbox", "step.outbox -> gate.answer"]
    assert "cycle" not in {kind for kind, _, _ in findings(modules, *routes)}
    assert "cycle" in {kind for kind, _, _ in findings(modules, routes[0], "step.outbox -> gate.inbox")}


def test_a_router_without_modules_has_nothing_to_find():
    assert findings({}) == set()


def test_an_optional_output_may_be_unconnected():
    routes = ["a.outbox -> b.inbox", "b.failed -> c.inbox"]
    assert findings({"a": Source, "b": Sieve, "c": Sink}, *routes) == set()
    assert ("unconnected", "b", "outbox") in findings({"a": Source, "b": Step, "c": Sink}, *routes)
