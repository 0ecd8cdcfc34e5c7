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


def findings(modules, *routes):
    router = Default()
    for name, module in modules.items():
        router.registerModule(module, name)
    for route in routes:
        router.connectQueue(*route.split(" -> "))
    return {(found.kind, found.module, found.queue) for found in lint_graph(router)}


def test_nothing_is_found_where_everything_leads_somewhere():
    modules = {"a": Source, "b": Step, "c": Sink, "join": Join, "dead": Sink}
    routes = ["a.outbox -> b.inbox", "b.outbox -> c.inbox", "b.failed -> join.b", "c.failed -> join.c"]
    found = findings(modules, *routes, "join.outbox -> dead.inbox")
    assert found == {("failed", "join", "failed")}


def test_the_modules_whose_failures_are_lost_are_named_together():
    router = Default()
    router.registerModule(Source, "a")
    for name, module in {"b": Step, "c": Step, "d": Sink}.items():
        router.registerModule(module, name)
    (finding,) = [finding for finding in lint_graph(router) if finding.kind == "failed"]
    assert (finding.module, finding.message) == (
        "b",
        "Events that fail in 'b', 'c' and 'd' are lost: nothing is connected to their queues 'failed'.",
    )
    router.connectQueue("b.failed", "d.inbox")
    router.connectQueue("c.failed", "b.inbox")
    (finding,) = [finding for finding in lint_graph(router) if finding.kind == "failed"]
    assert finding.message == "Events that fail in 'd' are lost: nothing is connected to 'd.failed'."


def test_an_output_that_leads_nowhere_is_found():
    assert findings({"a": Source}) == {("unconnected", "a", "outbox")}


def test_a_module_that_nothing_reaches_is_found_with_all_behind_it():
    found = findings({"a": Source, "b": Step, "c": Sink}, "b.outbox -> c.inbox")
    assert {name for kind, name, _ in found if kind == "unreached"} == {"b", "c"}


def test_a_queue_that_nobody_empties_is_found():
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


def test_nothing_is_said_of_an_output_that_is_optional():
    routes = ["a.outbox -> b.inbox", "b.failed -> c.inbox"]
    assert findings({"a": Source, "b": Sieve, "c": Sink}, *routes) == {("failed", "c", "failed")}
    assert ("unconnected", "b", "outbox") in findings({"a": Source, "b": Step, "c": Sink}, *routes)
