from __future__ import annotations

import gevent
import pytest
from importlib_metadata import EntryPoint

from wishbone import Actor, ActorConfig, Event
from wishbone._engine.process import process_of
from wishbone.arguments import Template
from wishbone.arguments.convert import ArgumentError
from wishbone.discovery.registry import Registry
from wishbone.error import (
    ConfigError,
    InvalidModule,
    ModuleInitFailure,
    NoSuchModule,
    QueueConnected,
    QueueMissing,
    ReservedName,
)
from wishbone.module import FlowModule, InputModule, OutputModule
from wishbone.router import Default
from wishbone_testing import wait_until


class Source(InputModule):
    def __init__(self, config: ActorConfig, numbers: int = 3, *, label: Template = "x") -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.numbers = numbers
        self.label = label
        self.life = []

    def preHook(self) -> None:
        self.life.append("pre")
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        for number in range(self.numbers):
            self.submit(Event(number), "outbox")

    def postHook(self) -> None:
        self.life.append("post")


class Pass(FlowModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(lambda event: self.submit(event, "outbox"), "inbox")


class Sink(OutputModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(lambda event: self.seen.append(event.data), "inbox")
        self.seen = []


@pytest.fixture
def router():
    router = Default()
    yield router
    router.stop(timeout=0)


def test_a_module_is_built_from_its_class_and_a_configuration(router):
    config = ActorConfig("source", size=7, frequency=3)
    source = router.registerModule(Source, config, {"numbers": 5})
    assert source is router.getModule("source")
    assert (source.config, source.numbers) == (config, 5)
    assert source.pool.queue.outbox.max_size == 7


def test_a_module_registered_by_a_name_alone_has_the_sizes_of_the_router():
    source = Default(size=9, frequency=2).registerModule(Source, "source")
    assert source.config == ActorConfig("source", 9, 2)


def test_a_module_can_be_named_as_a_bootstrap_file_does(site):
    site.install(
        "made-up",
        "[wishbone.flow]\nnothing = made_up_flow:Nothing",
        made_up_flow="from wishbone.module import FlowModule\nclass Nothing(FlowModule): pass",
    )
    router = Default(registry=site.registry)
    assert type(router.registerModule("wishbone.flow.nothing", "module")).__name__ == "Nothing"


def test_an_unknown_module_name_is_an_error():
    router = Default(registry=Registry([EntryPoint("other", "m:O", "wishbone.flow")]))
    with pytest.raises(NoSuchModule, match=r"flow\.funnel' is installed\. There are: wishbone\.flow\.other"):
        router.registerModule("wishbone.flow.funnel", "funnel")
    assert router.modules == {}


def test_two_modules_of_one_name_are_refused(router):
    first = router.registerModule(Source, "source")
    with pytest.raises(ReservedName, match="There is a module 'source' already: give this one another name"):
        router.registerModule(Sink, "source")
    assert router.getModule("source") is first


@pytest.mark.parametrize("name", ["", "a.b", "a b", "1a", "a/b", "ä", "a\n", "-a"])
def test_an_invalid_name_is_refused(router, name):
    with pytest.raises(ConfigError, match="A module cannot be called"):
        router.registerModule(Source, name)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"size": 0}, "'size' is 0; a queue holds at least 1"),
        ({"size": 2.5}, "'size' is 2.5; a queue holds at least 1 event: give a whole number"),
        ({"size": "10"}, "'size' is '10'; a queue holds"),
        ({"size": True}, "'size' is True; a queue holds"),
        ({"frequency": 0}, "'frequency' is 0; give seconds above 0, as a number"),
        ({"frequency": float("nan")}, "'frequency' is nan; give seconds"),
        ({"frequency": float("inf")}, "'frequency' is inf; give seconds"),
        ({"frequency": "1"}, "'frequency' is '1'; give seconds"),
        ({"frequency": None}, "'frequency' is None; give seconds"),
    ],
)
def test_an_invalid_size_or_frequency_is_refused(config, expected):
    with pytest.raises(ConfigError, match=f"Module 'source': {expected}"):
        ActorConfig("source", **config)


@pytest.mark.parametrize("module", [dict, len, Source(ActorConfig("x"))])
def test_a_class_that_is_not_a_module_is_refused(router, module):
    with pytest.raises(InvalidModule, match=r"Module 'bad': .* must be a class derived from wishbone\.Actor"):
        router.registerModule(module, "bad")


def test_invalid_arguments_are_reported_with_the_name_of_the_module(router):
    with pytest.raises(
        ArgumentError, match=r"module 'source' are wrong\..*numbrs: .*'numbers'\?.*label: "
    ) as caught:
        router.registerModule(Source, "source", {"numbrs": 1, "label": "{{ nobody }}"})
    assert [problem.path for problem in caught.value.problems] == [("numbrs",), ("label",)]
    assert router.modules == {}


def test_templates_among_the_arguments_are_compiled(router):
    source = router.registerModule(Source, "source", {"label": "{{ data }}!"})
    assert source.label.render(Event(1)) == "1!"
    assert router.registerModule(Source, "other").label.render(Event(1)) == "x"


def test_a_module_that_cannot_be_built_is_an_error_that_says_where(router):
    class Broken(Actor):
        def __init__(self, config: ActorConfig) -> None:
            raise ValueError("no such mode")

    expected = r"Module 'broken' cannot be built: ValueError: no such mode \(.*test_router\.py, line \d+\)"
    with pytest.raises(ModuleInitFailure, match=expected):
        router.registerModule(Broken, "broken")


def test_an_error_of_wishbone_is_passed_on_as_it_is(router):
    class Broken(Actor):
        def __init__(self, config: ActorConfig) -> None:
            raise ConfigError("give one of 'a' and 'b'")

    with pytest.raises(ConfigError, match=r"^give one of 'a' and 'b'$"):
        router.registerModule(Broken, "broken")


def test_events_pass_from_module_to_module_along_connected_queues(router):
    for module, name in ((Source, "source"), (Pass, "pass"), (Sink, "sink")):
        router.registerModule(module, name)
    router.connectQueue("source.outbox", "pass.inbox")
    router.connectQueue("pass.outbox", "sink.inbox")
    assert router.getChildren("source") == ["pass", "sink"]
    assert router.getChildren("pass") == ["sink"]
    assert router.getChildren("sink") == []
    router.start()
    router.block()
    assert router.getModule("sink").seen == [0, 1, 2]


@pytest.mark.parametrize("end", ["source", "source.", ".outbox", "source.outbox.x", "", "."])
def test_a_route_that_is_not_module_and_queue_is_refused(router, end):
    router.registerModule(Source, "source")
    router.registerModule(Sink, "sink")
    with pytest.raises(ConfigError, match=r"names no queue: write 'module\.queue'"):
        router.connectQueue(end, "sink.inbox")
    with pytest.raises(ConfigError, match=r"names no queue: write 'module\.queue'"):
        router.connectQueue("source.outbox", end)


def test_a_route_to_a_missing_module_or_queue_suggests_a_name(router):
    router.registerModule(Source, "source")
    router.registerModule(Sink, "sink")
    with pytest.raises(NoSuchModule, match=r"There is no module 'sorce'\. Did you mean 'source'\?"):
        router.connectQueue("sorce.outbox", "sink.inbox")
    with pytest.raises(QueueMissing, match="Did you mean 'inbox'"):
        router.connectQueue("source.outbox", "sink.inbx")
    router.connectQueue("source.outbox", "sink.inbox")
    with pytest.raises(QueueConnected):
        router.connectQueue("source.outbox", "sink.inbox")


def test_a_missing_module_suggests_a_name(router):
    router.registerModule(Source, "source")
    for ask in (router.getModule, router.getChildren):
        with pytest.raises(NoSuchModule, match=r"There is no module 'sorce'\. Did you mean 'source'\?"):
            ask("sorce")


def test_children_are_found_in_a_cycle(router):
    router.registerModule(Pass, "one")
    router.registerModule(Pass, "two")
    router.connectQueue("one.outbox", "two.inbox")
    router.connectQueue("two.outbox", "one.inbox")
    assert router.getChildren("one") == ["two", "one"]


def test_outputs_start_before_inputs(router):
    started = []

    class Noting(Pass):
        def preHook(self) -> None:
            started.append(self.name)

    for name in ("one", "two", "three"):
        router.registerModule(Noting, name)
    router.connectQueue("one.outbox", "two.inbox")
    router.connectQueue("two.outbox", "three.inbox")
    router.start()
    assert started == ["three", "two", "one"]


def test_a_module_that_does_not_start_stops_those_that_did(router):
    class Broken(Source):
        def preHook(self) -> None:
            raise OSError("port in use")

    closed = []

    class Noting(Sink):
        def postHook(self) -> None:
            closed.append(self.name)

    router.registerModule(Broken, "source")
    router.registerModule(Noting, "sink")
    router.connectQueue("source.outbox", "sink.inbox")
    expected = r"Module 'source' could not be started: OSError: port in use \(.*test_router\.py, line \d+\)"
    with pytest.raises(ModuleInitFailure, match=expected) as caught:
        router.start()
    assert isinstance(caught.value.__cause__, OSError)
    assert closed == ["sink"]
    assert all(module.stopped for module in router.modules.values())
    with gevent.Timeout(5):
        router.block()


def test_the_pipeline_stops_when_every_input_has_finished(router):
    for name, numbers in (("long", 2000), ("short", 1), ("none", 0)):
        router.registerModule(Source, name, {"numbers": numbers})
        router.registerModule(Sink, f"sink_{name}")
        router.connectQueue(f"{name}.outbox", f"sink_{name}.inbox")
    router.start()
    with gevent.Timeout(20):
        router.block()
    assert router.getModule("sink_long").seen == list(range(2000))
    assert router.undelivered == []
    assert router.getModule("long").life == ["pre", "post"]
    assert all(module.stopped for module in router.modules.values())


def test_the_pipeline_goes_on_while_one_input_does(router):
    gate = gevent.event.Event()

    class Waiting(Source):
        def produce(self) -> None:
            gate.wait()

    quick = router.registerModule(Source, "quick")
    router.registerModule(Waiting, "waiting")
    sink = router.registerModule(Sink, "sink")
    router.connectQueue("quick.outbox", "sink.inbox")
    router.start()
    wait_until(lambda: process_of(quick).finished.is_set() and sink.seen == [0, 1, 2])
    gevent.sleep(0.02)
    assert not sink.stopped
    gate.set()
    with gevent.Timeout(5):
        router.block()
    assert sink.stopped


def test_a_router_without_inputs_runs_until_it_is_stopped(router):
    sink = router.registerModule(Sink, "sink")
    router.start()
    gevent.sleep(0.02)
    assert not sink.stopped
    router.stop()
    assert sink.stopped


def test_a_module_may_ask_for_the_pipeline_to_stop(router):
    class Asking(Sink):
        def preHook(self) -> None:
            self.sendToBackground(self.stopPipeline, "the disk is full")

    router.registerModule(Asking, "asking")
    router.start()
    with gevent.Timeout(5):
        router.block()
    assert router.reason == "the disk is full"
