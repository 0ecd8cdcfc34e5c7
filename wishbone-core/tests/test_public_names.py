from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import wishbone
from wishbone import acknowledgement, actor, error, event, logging, module, queue, router
from wishbone.discovery import registry


def signature(function):
    """Return the names of a method's parameters, with the defaults of those that have one."""
    empty = inspect.Parameter.empty
    return [
        name if parameter.default is empty else (name, parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "self"
    ]


def test_the_public_names():
    assert sorted(wishbone.__all__) == ["Actor", "ActorConfig", "Event", "Logging", "Queue", "hookimpl"]
    assert all(hasattr(wishbone, name) for name in wishbone.__all__)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (actor.Actor, ["config"]),
        (actor.Actor.connect, ["source", "destination_module", "destination_queue"]),
        (actor.Actor.getChildren, [("queue", None)]),
        (actor.Actor.loop, []),
        (actor.Actor.preHook, []),
        (actor.Actor.postHook, []),
        (actor.Actor.start, []),
        (actor.Actor.metricProducer, []),
        (actor.Actor.submit, ["event", "queue"]),
        (actor.Actor.sendToBackground, ["function", "args", "kwargs"]),
        (queue.Queue, [("max_size", 100)]),
        (queue.Queue.get, [("block", True)]),
        (queue.Queue.size, []),
        (queue.Queue.empty, []),
        (queue.Queue.stats, []),
        (queue.QueuePool, [("size", 100)]),
        (queue.QueuePool.createQueue, ["name"]),
        (queue.QueuePool.getQueue, ["name"]),
        (queue.QueuePool.hasQueue, ["name"]),
        (queue.QueuePool.listQueues, [("names", False), ("default", True)]),
        (event.Event.get, [("key", "data")]),
        (event.Event.set, ["value", ("key", "data")]),
        (event.Event.has, ["key"]),
        (event.Event.delete, ["key"]),
        (event.Event.copy, ["source", "destination"]),
        (event.Event.clone, []),
        (event.Event.dump, []),
        (event.Log, ["time", "level", "pid", "module", "message", ("uuid", None)]),
        (event.Metric, ["time", "type", "source", "name", "value", ("unit", ""), ("tags", ())]),
        (router.Default.connectQueue, ["source", "destination", ("size", None), ("overflow", "block")]),
        (router.Default.getModule, ["name"]),
        (router.Default.getChildren, ["module"]),
        (router.Default.start, []),
        (router.Default.block, []),
        (router.Default.registerModule, ["module", "config", ("arguments", None)]),
        (acknowledgement.Acknowledgement, ["settled", ("parent", None)]),
        (acknowledgement.Acknowledgement.release, [("error", None)]),
    ],
)
def test_documented_methods_have_the_documented_signature(function, expected):
    assert signature(function) == expected


@pytest.mark.parametrize(
    ("function", "beginning"),
    [
        (actor.ActorConfig, ["name", ("size", 100), ("frequency", 10)]),
        (actor.Actor.registerConsumer, ["function", "queue"]),
        (event.Event, [("data", None)]),
        (queue.Queue.put, ["event"]),
        (router.Default, [("size", 100), ("frequency", 10)]),
    ],
)
def test_methods_with_more_parameters_begin_as_documented(function, beginning):
    assert signature(function)[: len(beginning)] == beginning
    assert all(isinstance(parameter, tuple) for parameter in signature(function)[len(beginning) :])


def test_stopping_needs_no_argument():
    for function in (actor.Actor.stop, router.Default.stop):
        assert all(isinstance(parameter, tuple) for parameter in signature(function))


def test_every_actor_has_the_documented_attributes():
    config = actor.ActorConfig("module")
    made = actor.Actor(config)
    assert (made.config, made.name, made.stopped) == (config, "module", True)
    assert isinstance(made.pool, queue.QueuePool)
    assert isinstance(made.logging, logging.Logging)


def test_the_bases_of_modules_are_public():
    for name in ("InputModule", "OutputModule", "FunctionModule", "FlowModule"):
        assert issubclass(getattr(module, name), wishbone.Actor)


def test_the_tree_of_errors_is_the_one_drawn():
    drawn = {
        line.strip("│├└─ ").split()[0]
        for line in error.__doc__.splitlines()
        if line.lstrip("│ ").startswith(("├", "└"))
    }
    defined = {name: value for name, value in vars(error).items() if inspect.isclass(value)}
    assert drawn | {"WishboneError"} == set(defined)
    assert all(issubclass(value, error.WishboneError) for value in defined.values())
    documented = {
        "QueueConnected",
        "QueueEmpty",
        "QueueFull",
        "QueueMissing",
        "ReservedName",
        "NoSuchModule",
        "ModuleInitFailure",
        "InvalidModule",
        "InvalidData",
        "TTLExpired",
        "ConfigError",
    }
    assert documented <= set(defined)


@pytest.mark.parametrize(
    "unwanted", ["jinja2", "yaml", "wishbone_cli", "wishbone_testing", "importlib_metadata"]
)
def test_importing_wishbone_does_not_import(site, unwanted):
    assert site.run(f"import wishbone; print({unwanted!r} in sys.modules)") == ["False"]


PIPELINE = """
    from wishbone import ActorConfig, Event
    from wishbone.module import InputModule, OutputModule
    from wishbone.router import Default

    class Count(InputModule):
        def __init__(self, config: ActorConfig) -> None:
            super().__init__(config)
            self.pool.createQueue("outbox")

        def preHook(self):
            self.sendToBackground(self.produce)

        def produce(self):
            for number in range(3):
                self.submit(Event(number), "outbox")

    class Print(OutputModule):
        def __init__(self, config: ActorConfig) -> None:
            super().__init__(config)
            self.pool.createQueue("inbox")
            self.registerConsumer(lambda event: print(event.data), "inbox")

    router = Default()
    router.registerModule(Count, "count")
    router.registerModule(Print, ActorConfig("print"))
    router.connectQueue("count.outbox", "print.inbox")
    router.start()
    router.block()
    from importlib_metadata import entry_points
    plugins = [f"{plugin.value}." for plugin in entry_points(group="wishbone")]
    foreign = ("jinja2", "yaml", "click", "rich", "wishbone_")
    found = [name for name in sys.modules if name.startswith(foreign)]
    print([name for name in found if not any(plugin.startswith(f"{name}.") for plugin in plugins)])
"""


def test_a_pipeline_of_own_classes_needs_nothing_but_the_core_and_the_modules_of_plugins(site):
    assert site.run(PIPELINE) == ["0", "1", "2", "[]"]


def test_every_file_of_the_core_stays_readable_in_one_sitting():
    for file in Path(wishbone.__file__).parent.glob("*.py"):
        assert len(file.read_text("utf-8").splitlines()) <= 400, file.name


def test_the_kinds_of_modules_and_codecs_are_those_with_a_base():
    assert {*registry.KINDS, *registry.CODECS} == set(module.BASES)
