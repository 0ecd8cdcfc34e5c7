"""A module's names belong to its author, except those of the contract."""

from __future__ import annotations

from typing import Any

import gevent
import pytest

from wishbone import Actor, ActorConfig, Event
from wishbone.error import ModuleInitFailure, ReservedName
from wishbone.module import FlowModule, InputModule, OutputModule
from wishbone.router import Default

CONTRACT = {
    *("config", "logging", "name", "pool", "stopped"),
    *("connect", "getChildren", "loop", "metricProducer", "postHook", "preHook", "registerConsumer"),
    *("sendToBackground", "start", "stop", "submit"),
}
"""The documented attributes and methods of every module."""

BEYOND = {"fail", "sleep", "stopPipeline", "wait"}
"""The further public names."""

OVERRIDABLE = {"preHook", "postHook"}

ONCE_PUBLIC = {
    *("activity", "background_ended", "close", "closing", "drained", "dynamic_inputs", "dynamic_outputs"),
    *("final_inputs", "finished", "idle", "incoming", "optional_outputs", "plugins", "replace_consumer"),
    *("replaced_total", "report_failure", "request_stop", "stop_pipeline", "_doors", "_background"),
    *("_metrics", "_stopping", "process", "_process", "state", "restarts_total", "undelivered"),
}
"""Names that earlier versions reserved, and names that an author is likely to choose."""


class Numbers(InputModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        for number in range(4):
            self.submit(Event(number), "outbox")


class Odd(FlowModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")
        self.hooks = []

    def preHook(self) -> None:
        self.hooks.append("pre")

    def consume(self, event: Event) -> None:
        if event.data % 2 == 0:
            raise ValueError(event.data)
        self.submit(event, "outbox")

    def postHook(self) -> None:
        self.hooks.append("post")


class Keep(OutputModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.kept = []
        self.registerConsumer(lambda event: self.kept.append(event.data), "inbox")


def run(module: type[Odd], source: type[Numbers] = Numbers) -> tuple[list[int], list[int], list[str]]:
    """Run a pipeline to its end; return the events that passed, those that failed, and the hooks that ran."""
    router = Default()
    router.registerModule(source, "numbers")
    odd = router.registerModule(module, "odd")
    passed, failed = (router.registerModule(Keep, name) for name in ("passed", "failed"))
    router.connectQueue("numbers.outbox", "odd.inbox")
    router.connectQueue("odd.outbox", "passed.inbox")
    router.connectQueue("odd.failed", "failed.inbox")
    with gevent.Timeout(10):
        router.start()
        router.block()
    assert router.undelivered == []
    return passed.kept, failed.kept, odd.hooks


EXPECTED = ([1, 3], [0, 2], ["pre", "post"])


def test_the_public_names_of_an_actor_are_the_contract_and_four_more():
    actor = Actor(ActorConfig("module"))
    assert {name for name in dir(actor) if not name.startswith("_")} == CONTRACT | BEYOND
    assert len(BEYOND) <= 4


@pytest.mark.parametrize("value", [3, None, False])
@pytest.mark.parametrize("name", sorted(ONCE_PUBLIC))
def test_an_attribute_of_any_other_name_is_the_authors(name, value):
    def init(self: Any, config: ActorConfig) -> None:
        Odd.__init__(self, config)
        setattr(self, name, value)

    assert run(type("Own", (Odd,), {"__init__": init})) == EXPECTED


@pytest.mark.parametrize("name", sorted(ONCE_PUBLIC))
def test_a_method_of_any_other_name_is_the_authors(name):
    def refuse(*_: object) -> None:
        message = "the engine called it"
        raise AssertionError(message)

    own = type("Own", (Odd,), {name: refuse})
    numbers = type("OwnNumbers", (Numbers,), {name: property(refuse)})
    assert run(own, numbers) == EXPECTED


@pytest.mark.parametrize("name", sorted((CONTRACT | BEYOND) - OVERRIDABLE))
def test_a_class_that_defines_a_public_name_is_refused(name):
    with pytest.raises(ReservedName, match=f"'Own' defines '{name}', which belongs to wishbone.Actor"):
        type("Own", (Odd,), {name: lambda self: None})


def test_a_mixin_that_defines_a_public_name_is_refused():
    class Mixin:
        def fail(self) -> None:
            pass

    with pytest.raises(ReservedName, match="Mixin' defines 'fail'"):
        type("Own", (Mixin, Odd), {})


@pytest.mark.parametrize("name", sorted((CONTRACT | BEYOND) - OVERRIDABLE))
def test_a_module_that_assigns_a_public_name_in_its_init_is_refused_when_it_is_built(name):
    def init(self: Any, config: ActorConfig) -> None:
        Odd.__init__(self, config)
        setattr(self, name, 3)

    router = Default()
    with pytest.raises(ReservedName, match=rf"Own assigns self\.{name}, which belongs to wishbone.Actor"):
        router.registerModule(type("Own", (Odd,), {"__init__": init}), "odd")
    assert router.modules == {}


@pytest.mark.parametrize("name", sorted((CONTRACT | BEYOND) - OVERRIDABLE - {"stopped"}))
def test_a_module_that_assigns_a_public_name_in_its_pre_hook_does_not_start(name):
    def pre_hook(self: Any) -> None:
        setattr(self, name, 3)

    with pytest.raises(ModuleInitFailure, match=rf"Own assigns self\.{name}"):
        run(type("Own", (Odd,), {"preHook": pre_hook}))


def test_a_module_may_keep_its_own_configuration_under_the_documented_name():
    def init(self: Any, config: ActorConfig) -> None:
        Odd.__init__(self, config)
        self.config = config
        self.name = config.name

    assert run(type("Own", (Odd,), {"__init__": init})) == EXPECTED


def test_an_own_class_may_be_called_actor_and_have_private_names():
    def init(self: Any, config: ActorConfig) -> None:
        Odd.__init__(self, config)
        self._Actor__process = self._Actor__queues = 3

    assert run(type("Actor", (Odd,), {"__init__": init})) == EXPECTED


def test_an_init_that_does_not_call_that_of_its_base_is_reported():
    class Forgets(OutputModule):
        def __init__(self, config: ActorConfig) -> None:
            pass

    with pytest.raises(ModuleInitFailure, match=r"Forgets.__init__ must call super\(\).__init__\(config\)"):
        Default().registerModule(Forgets, "module")
