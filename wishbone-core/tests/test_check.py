from __future__ import annotations

import pytest

from wishbone.check import check_graph
from wishbone.module import FlowModule, FunctionModule, InputModule, OutputModule
from wishbone.router import Default


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


class Join(FlowModule):
    dynamic_inputs = True

    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("outbox")


class Sieve(Step):
    optional_outputs = frozenset({"outbox"})


def findings(modules, *routes):
    router = Default()
    for name, module in modules.items():
        router.registerModule(module, name)
    for route in routes:
        router.connectQueue(*route.split(" -> "))
    return {(found.kind, found.module, found.queue) for found in check_graph(router)}


def test_nothing_is_found_where_everything_leads_somewhere():
    modules = {"a": Source, "b": Step, "c": Sink, "join": Join, "dead": Sink}
    routes = ["a.outbox -> b.inbox", "b.outbox -> c.inbox", "b.failed -> join.b", "c.failed -> join.c"]
    found = findings(modules, *routes, "join.outbox -> dead.inbox")
    assert found == {("failed", "join", "failed"), ("failed", "dead", "failed")}


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


def test_a_router_without_modules_has_nothing_to_find():
    assert findings({}) == set()


def test_nothing_is_said_of_an_output_that_is_optional():
    routes = ["a.outbox -> b.inbox", "b.failed -> c.inbox"]
    assert findings({"a": Source, "b": Sieve, "c": Sink}, *routes) == {("failed", "c", "failed")}
    assert ("unconnected", "b", "outbox") in findings({"a": Source, "b": Step, "c": Sink}, *routes)
