from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import gevent
import pluggy
import pytest
from importlib_metadata import EntryPoint

from wishbone import Actor, ActorConfig, Event, hookimpl, hookspec
from wishbone._engine.process import process_of
from wishbone.discovery.plugins import Plugins
from wishbone.discovery.registry import Registry
from wishbone.error import InvalidModule, PluginFailed
from wishbone.module import InputModule
from wishbone.router import Default


def plugins(*, strict=False, **installed):
    """Return the plugins of a process in which these are installed, and the reports about them."""
    for name, plugin in installed.items():
        sys.modules[f"made_up_plugin_{name}"] = plugin
    reports = []
    registry = Registry(EntryPoint(name, f"made_up_plugin_{name}", "wishbone") for name in installed)
    return Plugins(strict=strict, registry=registry, report=reports.append), reports


@pytest.fixture(autouse=True)
def _forget_plugins():
    yield
    for name in [name for name in sys.modules if name.startswith("made_up_plugin_")]:
        del sys.modules[name]


def plugin(**hooks):
    """Return a plugin's module with these functions marked as hooks."""
    module = ModuleType("made_up")
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))
    return module


def test_an_installed_plugin_is_loaded_and_called():
    loaded, reports = plugins(mine=plugin(register_template_functions=lambda: {"a": str}))
    assert loaded.names == ["mine"]
    assert loaded.call("register_template_functions") == [{"a": str}]
    assert reports == []


def test_a_hook_gets_the_arguments_it_names():
    seen = []
    loaded, _ = plugins(
        none=plugin(on_actor_failed=lambda: seen.append("none")),
        one=plugin(on_actor_failed=lambda error: seen.append(str(error))),
        all=plugin(on_actor_failed=lambda actor, error: seen.append((actor, error))),
    )
    assert loaded.call("on_actor_failed", actor="actor", error="error") == []
    assert sorted(map(str, seen)) == ["('actor', 'error')", "error", "none"]


def test_a_plugin_that_raises_is_reported_and_the_others_are_called():
    seen = []

    def fails(router):
        raise ValueError("no such host")

    def exits(router):
        sys.exit("bye")

    loaded, reports = plugins(
        a=plugin(on_router_start=lambda router: seen.append("a")),
        b=plugin(on_router_start=fails),
        c=plugin(on_router_start=exits),
        d=plugin(on_router_start=lambda router: seen.append("d")),
    )
    loaded.call("on_router_start", router=None)
    assert sorted(seen) == ["a", "d"]
    assert len(reports) == 2
    assert any(
        "The plugin 'b' failed in on_router_start: ValueError: no such host" in text for text in reports
    )
    assert any("The plugin 'c' failed in on_router_start: SystemExit: bye" in text for text in reports)


def test_a_plugin_that_raises_is_fatal_when_strict():
    def fails(router):
        raise ValueError("no such host")

    loaded, _ = plugins(strict=True, mine=plugin(on_router_start=fails))
    with pytest.raises(PluginFailed, match=r"'mine' failed in on_router_start, .*: no such host") as raised:
        loaded.call("on_router_start", router=None)
    assert loaded.failure is raised.value


BROKEN = {
    "misspelt": (
        plugin(on_router_strat=lambda router: None),
        r"unknown hook 'on_router_strat'.*If another program calls the hook.* @hookimpl\(optionalhook",
    ),
    "argument": (plugin(on_router_start=lambda ruoter: None), "Argument.*ruoter.*"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_plugin_with_an_invalid_hook_is_reported_and_not_loaded(case):
    broken, cause = BROKEN[case]
    good = plugin(register_template_functions=lambda: {"a": str})
    loaded, reports = plugins(broken=broken, good=good)
    assert loaded.names == ["good"]
    assert loaded.call("register_template_functions") == [{"a": str}]
    (report,) = reports
    assert report.startswith("The plugin 'broken' cannot be used: PluginValidationError")
    with pytest.raises(InvalidModule, match=f"(?s)The plugin 'broken' cannot be used: .*{cause}"):
        plugins(strict=True, broken=broken)


@pytest.mark.parametrize(
    ("code", "cause"),
    [("import nothing_of_that_name", "ModuleNotFoundError"), ("import sys; sys.exit(1)", "SystemExit")],
)
def test_a_plugin_that_cannot_be_imported_is_reported(site, code, cause):
    site.install("made-up", "[wishbone]\nbroken = made_up_plugin_broken", made_up_plugin_broken=code)
    registry, reports = site.registry, []
    assert Plugins(registry=registry, report=reports.append).names == []
    (report,) = reports
    assert "The plugin 'broken' cannot be used" in report
    assert "of made-up 1.0 cannot be imported" in report
    assert cause in report
    with pytest.raises(InvalidModule, match=r"of made-up 1\.0 cannot be imported"):
        Plugins(registry=registry, strict=True)
    with pytest.warns(RuntimeWarning, match=r"The plugin 'broken' cannot be used"):
        Plugins(registry=registry)


def test_a_plugin_offered_by_two_distributions_is_reported_with_both(site):
    for owner in ("one", "two"):
        site.install(f"made-up-{owner}", f"[wishbone]\nsame = made_up_plugin_{owner}")
    reports = []
    assert Plugins(registry=site.registry, report=reports.append).names == []
    (report,) = reports
    assert "made-up-one 1.0" in report
    assert "made-up-two 1.0" in report
    assert "uninstall all but one" in report


def test_a_registered_plugin_is_called_like_an_installed_one():
    loaded, reports = plugins()
    loaded.register(plugin(register_template_functions=lambda: {"a": str}), "mine")
    assert (loaded.names, reports) == (["mine"], [])
    assert loaded.call("register_template_functions") == [{"a": str}]


def test_a_second_plugin_of_a_name_is_refused_and_the_first_stays():
    loaded, reports = plugins(mine=plugin(register_template_functions=lambda: {"a": str}))
    loaded.register(plugin(register_template_functions=lambda: {"b": str}), "mine")
    assert "The plugin 'mine' cannot be used" in reports[0]
    assert loaded.call("register_template_functions") == [{"a": str}]


def test_further_specifications_may_be_given():
    specification = ModuleType("made_up_specification")

    @pluggy.HookspecMarker("wishbone")
    def register_cli_commands(group):
        """Add commands."""

    specification.register_cli_commands = register_cli_commands
    loaded = Plugins(specification, strict=True, registry=Registry(()))
    loaded.register(plugin(register_cli_commands=lambda group: group), "mine")
    assert loaded.call("register_cli_commands", group=5) == [5]


def test_every_hook_of_the_core_is_described():
    hooks = [value for value in vars(hookspec).values() if hasattr(value, "wishbone_spec")]
    assert sorted(hook.__name__ for hook in hooks) == [
        "on_actor_failed",
        "on_event_failed",
        "on_router_start",
        "on_router_stop",
        "register_template_functions",
    ]
    assert all(hook.__doc__ for hook in hooks)


class Fails(Actor):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        raise ValueError(event.data)


def test_a_router_calls_the_hooks_at_their_time():
    calls = []
    mine = plugin(
        on_router_start=lambda router: calls.append(("start", router)),
        on_router_stop=lambda router: calls.append(("stop", router)),
        on_event_failed=lambda event, actor, error: calls.append((event.data, actor.name, str(error))),
    )
    loaded, reports = plugins(mine=mine)
    router = Default(plugins=loaded)
    module = router.registerModule(Fails, "module")
    router.start()
    module.pool.queue.inbox.put(Event("bad"))
    router.stop()
    assert calls == [("start", router), ("bad", "module", "bad"), ("stop", router)]
    assert reports == []


@pytest.mark.parametrize("mark", [{"wrapper": True}, {"hookwrapper": True}])
def test_a_wrapper_is_refused_because_it_would_never_be_run(mark):
    def on_router_start(router):
        yield

    module = ModuleType("made_up")
    module.on_router_start = hookimpl(**mark)(on_router_start)
    loaded, reports = plugins(mine=module, good=plugin(on_router_start=lambda router: 5))
    assert loaded.names == ["good"]
    assert loaded.call("on_router_start", router=None) == [5]
    assert reports[0].startswith(
        "The plugin 'mine' cannot be used: PluginValidationError: on_router_start is"
    )
    assert "mark it with @hookimpl alone" in reports[0]


@pytest.mark.parametrize("returned", [["f"], "f", 5, {"f": 5}, {5: str}])
def test_invalid_template_functions_are_an_error_of_their_plugin(returned):
    loaded, reports = plugins(
        bad=plugin(register_template_functions=lambda: returned),
        good=plugin(register_template_functions=lambda: {"good": str}),
        silent=plugin(register_template_functions=lambda: None),
    )
    router = Default(plugins=loaded)
    router.registerModule(Actor, "module")
    assert router._template_functions() == {"good": str}
    (report,) = reports
    expected = (
        "The plugin 'bad' failed in register_template_functions: InvalidModule: It must return a mapping"
    )
    assert report.startswith(expected)
    strict, _ = plugins(strict=True, bad=plugin(register_template_functions=lambda: returned))
    with pytest.raises(PluginFailed, match=r"'bad' failed .* must return a mapping of names to functions"):
        Default(plugins=strict).registerModule(Actor, "module")


class Feeds(InputModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        self.submit(Event("bad"), "outbox")
        self.sleep(60)


def test_a_strict_plugin_that_fails_on_a_failed_event_stops_the_pipeline():
    def fails(event, actor, error):
        raise OSError("no pager")

    loaded, _ = plugins(strict=True, mine=plugin(on_event_failed=fails))
    router = Default(plugins=loaded)
    router.registerModule(Feeds, "input")
    module, last = router.registerModule(Fails, "module"), router.registerModule(Keeps, "last")
    router.connectQueue("input.outbox", "module.inbox")
    router.connectQueue("module.failed", "last.inbox")
    router.start()
    with gevent.Timeout(10):
        router.block()
    expected = "The plugin 'mine' failed in on_event_failed, which is fatal (strict): OSError: no pager"
    assert router.reason.startswith(expected)
    assert str(loaded.failure) == router.reason
    assert router.reason in [event.data.message for event in module.pool.queue.logs.items]
    assert (process_of(module).restarts_total, last.kept) == (0, ["bad"])


class Keeps(Actor):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.kept = []
        self.pool.createQueue("inbox")
        self.registerConsumer(lambda event: self.kept.append(event.data), "inbox")


def test_a_strict_plugin_that_fails_at_the_stop_is_kept_as_the_reason(capsys):
    def fails(router):
        raise OSError("no pager")

    loaded, _ = plugins(strict=True, mine=plugin(on_router_stop=fails))
    router = Default(plugins=loaded)
    router.start()
    router.stop()
    assert "'mine' failed in on_router_stop" in router.reason
    assert str(loaded.failure) == router.reason
    assert capsys.readouterr().err == ""


def test_a_hook_is_called_for_a_module_that_does_not_start():
    class Broken(Actor):
        def preHook(self) -> None:
            raise ValueError("port in use")

    failures = []
    loaded, _ = plugins(
        mine=plugin(on_actor_failed=lambda actor, error: failures.append((actor.name, str(error))))
    )
    router = Default(plugins=loaded)
    router.registerModule(Broken, "module")
    with pytest.raises(Exception, match="port in use"):
        router.start()
    assert failures == [("module", "port in use")]


def test_the_hook_for_template_functions_is_called_once():
    asked = []
    loaded, _ = plugins(mine=plugin(register_template_functions=lambda: asked.append(1) or {"f": str}))
    router = Default(plugins=loaded)
    for name in ("one", "two"):
        router.registerModule(Actor, name)
    assert asked == [1]
    assert SimpleNamespace(**router._template_functions()).f is str
