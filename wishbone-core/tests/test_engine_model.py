"""Random graphs with random failures, stopped at random moments, are compared with a ledger."""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from random import Random

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wishbone._engine.background import Background
from wishbone._engine.backpressure import blocked_on
from wishbone._engine.consumer import Consumer
from wishbone._engine.process import process_of
from wishbone.acknowledgement import Acknowledgement
from wishbone.actor import Actor, ActorConfig
from wishbone.event import Event
from wishbone.module import FlowModule, InputModule
from wishbone.router import Default
from wishbone_testing import wait_until

ROUNDS = 2
"""How often an event is sent back, in graphs with cycles that it leaves."""


PATIENCE = 20
"""Seconds that a graph may take. A deadlock takes longer."""


@dataclass
class Ledger:
    """What happened to each event, recorded by the modules and not by the engine."""

    live: Counter = field(default_factory=Counter)
    settled: defaultdict = field(default_factory=lambda: defaultdict(list))
    early: list = field(default_factory=list)
    arrived: list = field(default_factory=list)

    def acknowledgement(self, number: int) -> Acknowledgement:
        def settled(error: BaseException | None) -> None:
            self.settled[number].append(error)
            # Below zero: a greenlet killed after its put was admitted fails the event, which also arrives.
            if error is None and self.live[number] > 0:
                self.early.append(number)

        self.live[number] = 1
        self.settled[number] = []
        return Acknowledgement(settled)


class Source(InputModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        for number in range(self.plan.count):
            if not self.loop():
                return
            event = Event([number], self.ledger.acknowledgement(number))
            event.ttl = self.plan.ttl
            self.submit(event, "outbox")


class Node(FlowModule, dynamic_inputs=True, dynamic_outputs=True):
    """A module of one of several kinds. Its outputs are the queues that the graph gives it."""

    def preHook(self) -> None:
        self.kept = []
        queues = self.pool.listQueues(names=True, default=False)
        self.outputs = [name for name in queues if name.startswith("to")]
        for name in queues:
            if name.startswith("from"):
                self.registerConsumer(self.consume, name, self.concurrency)
        if self.kind == "batch":
            self.sendToBackground(self.flush)

    def consume(self, event: Event) -> None:
        if self.kind == "fail" and event.data[0] % 3 == 0:
            if not self.pool.queue.failed.connected:
                self.done(event)
            raise ValueError(event.data[0])
        if self.kind == "slow":
            gevent.sleep(0 if event.data[0] % 5 else 0.0005)
        if self.kind == "batch":
            self.keep(event)
            return
        if self.kind == "again" and event.tmp.setdefault("rounds", 0) < self.rounds:
            event.tmp["rounds"] += 1
            self.pass_on(event, "back")
        elif self.kind != "filter" or event.data[0] % 2:
            self.send(event)
        self.done(event)

    def send(self, event: Event) -> None:
        if not self.outputs:
            path = tuple(event.tmp.get("path", ()))
            self.ledger.arrived.extend((self.name, path, number) for number in event.data)
        elif self.kind == "fan":
            for output in self.outputs:
                self.pass_on(event.clone(), output)
        else:
            self.pass_on(event, self.outputs[event.data[0] % len(self.outputs)])

    def pass_on(self, event: Event, queue: str) -> None:
        if self.plan.traced:
            event.tmp["path"] = [*event.tmp.get("path", ()), f"{self.name}.{queue}"]
        if self.pool.getQueue(queue).connected:
            self.ledger.live.update(event.data)
        self.submit(event, queue)

    def done(self, event: Event) -> None:
        self.ledger.live.subtract(event.data)

    def keep(self, event: Event) -> None:
        event.acknowledgement.retain()
        self.kept.append(event)
        if len(self.kept) >= self.plan.batch:
            self.hand_on()

    def flush(self) -> None:
        while self.loop():
            self.sleep(60)
        self.hand_on()

    def hand_on(self) -> None:
        kept, self.kept = self.kept, []
        if not kept:
            return

        def settled(error: BaseException | None) -> None:
            for event in kept:
                event.acknowledgement.release(error)

        merged = Event([number for event in kept for number in event.data], Acknowledgement(settled))
        merged.ttl = min(event.ttl for event in kept)
        merged.tmp["rounds"] = max(event.tmp.get("rounds", 0) for event in kept)
        # Before the submit: a batch goes on even if this greenlet is killed after its put was admitted.
        self.ledger.live.subtract(merged.data)
        self.send(merged)
        if merged.holds_reference:
            merged.acknowledgement.release()

    def postHook(self) -> None:
        for event in self.kept:
            event.acknowledgement.release(OSError("kept to the end"))


@dataclass
class Plan:
    """A graph, and the faults in its run."""

    kinds: list[str]
    edges: list[tuple[int, int]]
    failed: list[tuple[int, int]]
    back: dict[int, int]
    size: int
    concurrency: int
    count: int
    batch: int
    endless: bool
    kills: int
    moment: int | None
    timeout: float | None
    seed: int
    traced: bool = False

    @property
    def ttl(self) -> int:
        return 12 if self.endless else 254


@st.composite
def plans(draw, faults: bool) -> Plan:
    nodes = draw(st.integers(1, 6))
    node = st.integers(0, nodes - 1)
    pairs = st.tuples(node, node)
    failed = list(dict(draw(st.lists(pairs, max_size=3))).items()) if faults else []
    kinds = ["pass", "fan", "slow"]
    if faults:
        kinds += ["filter", "fail", "batch", "again"]
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=nodes, max_size=nodes))
    endless = faults and draw(st.booleans())
    if endless or any(a >= b for a, b in failed):
        # Otherwise each pass through a cycle doubles the events in it.
        chosen = ["pass" if kind == "fan" else kind for kind in chosen]
    edges = [(a, b) for a, b in draw(st.lists(pairs, max_size=8)) if a < b]
    outputs = Counter(a for a, _ in edges)
    forward = [
        (index, draw(st.integers(index + 1, nodes - 1)))
        for index in range(nodes - 1)
        if not outputs[index] and draw(st.booleans())
    ]
    return Plan(
        kinds=chosen,
        edges=edges + forward,
        failed=failed,
        back={
            index: draw(st.integers(0, index))
            for index, kind in enumerate(chosen)
            if kind == "again" and draw(st.integers(0, 3))
        },
        size=draw(st.sampled_from([1, 1, 2, 3, 10, 200])),
        concurrency=draw(st.sampled_from([1, 1, 3])) if faults else 1,
        count=draw(st.integers(0, 30)),
        batch=draw(st.integers(1, 5)),
        endless=endless,
        kills=draw(st.sampled_from([0, 0, 1, 5])) if faults else 0,
        moment=draw(st.none() | st.integers(0, 60)) if faults else None,
        timeout=draw(st.sampled_from([0, 0, 0.005, 5])),
        seed=draw(st.integers(0, 1000)),
        traced=not faults,
    )


def build(plan: Plan) -> tuple[Default, Ledger]:
    router = Default(size=plan.size)
    ledger = Ledger()
    modules: list[Actor] = [router.registerModule(Source, "source")]
    for index, kind in enumerate(plan.kinds):
        module = router.registerModule(Node, f"n{index}")
        module.kind = kind
        module.concurrency = plan.concurrency
        module.rounds = 1_000_000 if plan.endless else ROUNDS
        module.pool.createQueue("back")
        modules.append(module)
    for module in modules:
        module.plan, module.ledger = plan, ledger
    router.connectQueue("source.outbox", "n0.from_source")
    for number, (a, b) in enumerate(plan.edges):
        router.connectQueue(f"n{a}.to_{number}", f"n{b}.from_{number}")
    for a, b in plan.failed:
        router.connectQueue(f"n{a}.failed", f"n{b}.from_failed_{a}")
    for a, b in plan.back.items():
        router.connectQueue(f"n{a}.back", f"n{b}.from_back_{a}")
    return router, ledger


def run(plan: Plan) -> tuple[Default, Ledger]:
    router, ledger = build(plan)
    router.start()
    random = Random(plan.seed)
    with gevent.Timeout(PATIENCE, AssertionError("The graph came to no end.")):
        for _ in range(plan.kills):
            pause(random.randrange(10))
            kill_a_consumer(router, random)
        if plan.moment is not None:
            pause(plan.moment)
            router.stop(plan.timeout)
        router.block()
    return router, ledger


def pause(turns: int) -> None:
    for _ in range(turns):
        gevent.sleep(0)


def kill_a_consumer(router: Default, random: Random) -> None:
    consumers = [
        consumer
        for module in router.modules.values()
        for queue in module.pool.listQueues()
        for consumer in queue.consumers
    ]
    gevent.kill(random.choice(consumers), random.choice([gevent.GreenletExit, OSError]))


def check_settled_once(plan: Plan) -> None:
    router, ledger = run(plan)
    assert ledger.early == []
    assert {number: len(errors) for number, errors in ledger.settled.items() if len(errors) != 1} == {}
    assert not blocked_on
    for module in router.modules.values():
        assert process_of(module).idle
        assert all(queue.empty() for _, queue in process_of(module).input_queues)
    if not plan.kills and plan.moment is None:
        assert router.undelivered == []


def check_delivered_in_order(plan: Plan) -> None:
    router, ledger = run(plan)
    assert router.undelivered == []
    assert all(errors == [None] for errors in ledger.settled.values())
    assert len(ledger.settled) == plan.count
    by_path = defaultdict(list)
    for name, path, number in ledger.arrived:
        by_path[name, path].append(number)
    routed = any(
        kind != "fan" and sum(a == index for a, _ in plan.edges) > 1 for index, kind in enumerate(plan.kinds)
    )
    for numbers in by_path.values():
        assert numbers == sorted(set(numbers))
    if not routed:
        assert all(numbers == list(range(plan.count)) for numbers in by_path.values())
        assert len(by_path) == (paths(plan, 0) if plan.count else 0)


def paths(plan: Plan, start: int) -> int:
    children = [b for a, b in plan.edges if a == start]
    return sum(paths(plan, child) for child in children) if children else 1


def of_kind(*kinds: type) -> list[object]:
    gc.collect()
    return [found for found in gc.get_objects() if isinstance(found, kinds)]


def running() -> int:
    return sum(found.started and not found.dead for found in of_kind(Consumer, Background))


def examine(check, strategy, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(strategy)
    def each(plan: Plan) -> None:
        check(plan)

    greenlets, routers = running(), len(of_kind(Default))
    each()
    wait_until(lambda: running() <= greenlets, "the greenlets of all graphs to end")
    # The greenlet that stops a router, and the thread of its stall monitor, end a moment after the stop.
    wait_until(lambda: len(of_kind(Default)) <= routers, "the routers of all graphs to be forgotten")


def test_every_acknowledgement_settles_once_and_never_early():
    examine(check_settled_once, plans(faults=True), 1000)


def test_every_event_arrives_once_and_in_order_where_nothing_fails():
    examine(check_delivered_in_order, plans(faults=False), 300)


@pytest.mark.long
def test_every_acknowledgement_settles_once_and_never_early_in_thousands_of_graphs():
    examine(check_settled_once, plans(faults=True), 20_000)


@pytest.mark.long
def test_every_event_arrives_once_and_in_order_in_thousands_of_graphs():
    examine(check_delivered_in_order, plans(faults=False), 5000)
