"""The tests of plugins find each mistake, and pass correct plugins."""

from __future__ import annotations

from types import ModuleType

import importlib_metadata
import pytest
from failure_message import failure_message, passes

from wishbone import hookimpl
from wishbone_testing.conformance import PluginConformance, plugin


@hookimpl
def register_template_functions() -> dict:
    """Offer nothing."""
    return {}


@hookimpl
def register_template_funtions() -> dict:
    """Offer nothing, misspelt."""
    return {}


@hookimpl
def on_router_start(router):
    pass


@pytest.fixture
def suite(monkeypatch, tmp_path):
    """Return the suite of an installed plugin with some functions."""

    def make(*hooks, doc="Adds nothing.", installed=True, typed=True):
        module = ModuleType("made_up_plugin", doc)
        module.__file__ = str(tmp_path / "made_up_plugin.py")
        if typed:
            (tmp_path / "py.typed").touch()
        for hook in hooks:
            setattr(module, hook.__name__, hook)
        monkeypatch.setitem(__import__("sys").modules, "made_up_plugin", module)
        offers = [importlib_metadata.EntryPoint("made_up", "made_up_plugin", "wishbone")] * installed
        monkeypatch.setattr(plugin, "entry_points", lambda group: offers)
        return type("Suite", (PluginConformance,), {"module": module})

    return make


EVERY = [
    "test_is_discovered_by_its_entry_point",
    "test_implements_hooks_that_are_called",
    "test_says_what_it_does",
    "test_is_typed",
]


@pytest.mark.parametrize("test", EVERY)
def test_a_correct_plugin_passes(suite, test):
    assert passes(suite(register_template_functions), test)


def test_a_missing_entry_point_is_reported(suite):
    found = failure_message(suite(installed=False), "test_is_discovered_by_its_entry_point")
    assert found.startswith("made_up_plugin is not installed: put <name> = 'made_up_plugin' under")


def test_a_plugin_without_hooks_is_reported(suite):
    assert "implements no hook" in failure_message(suite(), "test_implements_hooks_that_are_called")


def test_a_misspelt_hook_is_named(suite):
    found = failure_message(suite(register_template_funtions), "test_implements_hooks_that_are_called")
    assert found.startswith("made_up_plugin cannot be loaded: ")
    assert "register_template_funtions" in found


@pytest.mark.parametrize(
    ("test", "options", "message"),
    [
        ("test_says_what_it_does", {"doc": None}, "made_up_plugin has no docstring"),
        ("test_says_what_it_does", {}, "on_router_start of made_up_plugin has no docstring"),
        ("test_is_typed", {}, "on_router_start of made_up_plugin is not typed"),
    ],
)
def test_a_gap_is_named(suite, test, options, message):
    assert failure_message(suite(on_router_start, **options), test).startswith(message)


def test_a_package_without_py_typed_is_reported(suite):
    found = failure_message(suite(register_template_functions, typed=False), "test_is_typed")
    assert "add an empty file 'py.typed'" in found
