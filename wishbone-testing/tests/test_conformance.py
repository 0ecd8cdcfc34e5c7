"""The tests of declarations find each mistake, and pass correct modules."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread

import pytest
from correct import Pass, function
from failure_message import failure_message, passes

from wishbone.error import ConfigError
from wishbone_testing.conformance.snippet import check_snippet


@pytest.mark.parametrize("test", ["test_documents_every_argument", "test_says_what_it_does"])
def test_a_documented_module_passes(test):
    assert passes(function(Pass), test)


def test_queues_that_an_argument_names_may_share_a_description():
    doc = "Passes.\n\nQueues:\n    inbox: A.\n    <name of a condition>: B."
    suite = function(type("Odd", (Pass,), {"__doc__": doc}))
    assert passes(suite, "test_documents_every_queue", {})


SNIPPET = """
modules:
  one: {module: wishbone.input.generator, arguments: {count: 1}}
  two: {module: wishbone.output.syslog, arguments: {transport: udp}}
  three: {module: wishbone.output.syslog}
  fanout: {module: wishbone.flow.fanout}
routingtable:
  - one.outbox -> fanout.inbox
  - fanout.two -> two.inbox
  - fanout.three -> three.inbox
"""


def test_a_snippet_may_use_modules_that_are_not_installed(tmp_path):
    assert check_snippet(SNIPPET, tmp_path, {}) == ""


def test_a_missing_entry_point_is_reported():
    found = failure_message(function(Pass), "test_is_discovered_by_its_entry_point")
    assert found.startswith("Pass is not installed: put <name> = '")
    assert "[project.entry-points.'wishbone.function']" in found


def test_a_method_without_types_is_named():
    class Untyped(Pass):
        def consume(self, event):
            pass

    assert failure_message(function(Untyped), "test_is_typed").startswith(
        "Untyped is not typed: annotate all arguments and the result of consume."
    )


def test_an_argument_without_a_type_is_named():
    class Untyped(Pass):
        def __init__(self, config, size) -> None:
            super().__init__(config)

    assert "must say the type of size" in failure_message(function(Untyped), "test_is_typed")


def test_arguments_of_an_inherited_init_need_types():
    class Base(Pass):
        def __init__(self, config, size, unit="s", *, speed: int = 1) -> None:
            super().__init__(config)

    class Untyped(Base):
        pass

    found = failure_message(function(Untyped), "test_is_typed")
    assert found == "Untyped is not typed: __init__ must say the type of size, unit."


def test_an_overridden_name_of_actor_is_reported():
    """The engine rejects it in the definition of the class, so the test assigns it later."""
    assert passes(function(Pass), "test_overrides_no_public_name_of_actor")
    for name in ("stop", "stopped", "submit"):
        odd = type("Odd", (Pass,), {})
        setattr(odd, name, lambda self: None)
        found = failure_message(function(odd), "test_overrides_no_public_name_of_actor")
        assert found.startswith(f"Odd overrides {name!r} of Actor")


@pytest.mark.parametrize(
    ("test", "docstring", "message"),
    [
        ("test_says_what_it_does", None, "has no docstring"),
        ("test_documents_every_argument", "Passes.", "does not document its argument 'size'"),
        (
            "test_documents_every_argument",
            "Passes.\n\nArgs:\n    size: A.\n    x: B.",
            "documents an argument 'x'",
        ),
        ("test_documents_every_queue", "Passes.", "does not document its queue 'outbox'"),
        (
            "test_documents_every_queue",
            "Passes.\n\nQueues:\n    inbox: A.\n    outbox: B.\n    other: C.",
            "documents a queue 'other' that it does not have",
        ),
        ("test_shows_a_snippet_that_passes_wishbone_check", "Passes.", "shows no bootstrap file"),
        (
            "test_shows_a_snippet_that_passes_wishbone_check",
            "Passes.\n\n    modules:\n      one: {module: wishbone.function.pass}\n\nArgs:\n    x: X.",
            "does not pass 'wishbone check': snippet.yaml:2:17: modules.one.module: No module",
        ),
    ],
)
def test_a_gap_in_the_docstring_is_named(test, docstring, message, tmp_path):
    given = {
        "test_documents_every_queue": [{}],
        "test_shows_a_snippet_that_passes_wishbone_check": [tmp_path],
    }
    suite = function(type("Odd", (Pass,), {"__doc__": docstring}))
    assert message in failure_message(suite, test, *given.get(test, []))


@pytest.mark.parametrize(
    ("touch", "what"),
    [
        (lambda: Path("/etc/hosts").read_bytes(), "open '/etc/hosts'"),
        (lambda: Path("/etc/hosts").exists(), "stat"),
        (lambda: os.access("/", os.R_OK), "access"),
        (lambda: os.listdir("/"), "os.listdir"),  # noqa: PTH208
        (lambda: Thread(target=int).start(), "start_"),
    ],
)
def test_io_in_init_is_named(touch, what):
    class Busy(Pass):
        def __init__(self, config) -> None:
            super().__init__(config)
            touch()

    found = failure_message(function(Busy), "test_does_no_io_in_init", {})
    assert found.startswith(f"Busy.__init__ does I/O, {what}")


def test_an_import_in_init_is_not_io():
    class Late(Pass):
        def __init__(self, config) -> None:
            super().__init__(config)
            import this_takes_long_to_import  # noqa: F401

    folder = Path(__file__).parent / "late"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        assert passes(function(Late), "test_does_no_io_in_init", {})


def test_an_unrelated_error_for_an_odd_argument_is_reported():
    class Odd(Pass):
        def __init__(self, config, size: int = 1) -> None:
            super().__init__(config)
            self.size = 10 // size

    found = failure_message(function(Odd), "test_refuses_wrong_arguments", {})
    assert found.startswith(
        "Odd rejects size=0 with an unclear error (Module 'module' cannot be built: ZeroDivisionError"
    )


def test_an_error_that_does_not_name_the_argument_is_reported():
    class Odd(Pass):
        def __init__(self, config, size: int = 1) -> None:
            super().__init__(config)
            if size < 0:
                raise ConfigError("That is too little.")

    assert "Odd rejects size=-1 with an unclear error" in failure_message(
        function(Odd), "test_refuses_wrong_arguments", {}
    )


def test_wrong_arguments_must_be_rejected():
    suite = function(Pass, wrong_arguments=[{"size": 0}])
    assert failure_message(suite, "test_refuses_wrong_arguments", {}).startswith("Pass accepts {'size': 0}")
