"""Each test of the suites of modules finds what it is there for, and nothing in a module that is in order."""

from __future__ import annotations

import os
import re
from collections import deque
from contextlib import suppress
from pathlib import Path
from threading import Thread

import gevent
import pytest
from complaint import complaint, passes
from gevent.threadpool import ThreadPool

from wishbone.acknowledgement import Acknowledgement
from wishbone.error import ConfigError, QueueMissing
from wishbone.event import Event
from wishbone.module import FunctionModule, InputModule, OutputModule
from wishbone_testing.conformance import FunctionConformance, InputConformance, OutputConformance
from wishbone_testing.conformance.snippet import check_snippet


class Pass(FunctionModule):
    """Passes events on.

        modules:
          pass:
            module: wishbone.function.pass
            arguments: {size: 1}

    Args:
        size: How many.

    Queues:
        inbox: What comes.
        outbox: What goes.
    """

    def __init__(self, config, size: int = 1) -> None:
        super().__init__(config)
        self.size = size
        self.outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        self.submit(event, self.outbox)


class Drop(OutputModule):
    """Drops events."""

    def __init__(self, config) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        str(event.data)


class Count(InputModule):
    """Counts."""

    def __init__(self, config) -> None:
        super().__init__(config)
        self.outbox = self.pool.createQueue("outbox")

    def preHook(self) -> None:
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        while self.loop():
            self.submit(Event(1), self.outbox)


def function(target, **options):
    return type("Suite", (FunctionConformance,), {"module": target, "patience": 0.5, **options})


def output(target, **options):
    return type("Suite", (OutputConformance,), {"module": target, "patience": 0.5, **options})


def incoming(target, **options):
    return type("Suite", (InputConformance,), {"module": target, "patience": 0.5, **options})


EVERY_LIFE = [
    "test_settles_every_acknowledgement",
    "test_respects_back_pressure",
    "test_goes_on_after_a_bad_event",
    "test_closes_what_it_opened",
    "test_leaves_no_greenlet",
    "test_does_no_io_in_init",
]


@pytest.mark.parametrize("test", [*EVERY_LIFE, "test_does_not_trap_errors", "test_refuses_wrong_arguments"])
def test_a_function_in_order_passes(test):
    assert passes(function(Pass), test, {})


@pytest.mark.parametrize("test", set(EVERY_LIFE) - {"test_goes_on_after_a_bad_event"})
def test_an_input_in_order_passes(test):
    assert passes(incoming(Count), test, {})


@pytest.mark.parametrize("test", ["test_documents_every_argument", "test_says_what_it_does"])
def test_a_documented_module_passes(test):
    assert passes(function(Pass), test)


def test_queues_that_an_argument_names_are_documented_together():
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


def test_a_snippet_may_use_modules_that_are_not_installed_with_arguments_and_without(tmp_path):
    assert check_snippet(SNIPPET, tmp_path, {}) == ""


def test_what_no_distribution_offers_is_not_installed():
    found = complaint(function(Pass), "test_is_discovered_by_its_entry_point")
    assert found.startswith("Pass is not installed: put <name> = '")
    assert "[project.entry-points.'wishbone.function']" in found


def test_a_method_without_types_is_named():
    class Untyped(Pass):
        def consume(self, event):
            pass

    assert complaint(function(Untyped), "test_is_typed").startswith("Untyped is not typed: consume must say")


def test_an_argument_without_a_type_is_named():
    class Untyped(Pass):
        def __init__(self, config, size) -> None:
            super().__init__(config)

    assert "must say the type of size" in complaint(function(Untyped), "test_is_typed")


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
    assert message in complaint(suite, test, *given.get(test, []))


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
def test_what_init_touches_is_named(touch, what):
    class Busy(Pass):
        def __init__(self, config) -> None:
            super().__init__(config)
            touch()

    found = complaint(function(Busy), "test_does_no_io_in_init", {})
    assert found.startswith(f"Busy.__init__ touches the world outside, {what}")


def test_an_import_in_init_touches_nothing():
    class Late(Pass):
        def __init__(self, config) -> None:
            super().__init__(config)
            import this_takes_long_to_import  # noqa: F401

    folder = Path(__file__).parent / "late"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        assert passes(function(Late), "test_does_no_io_in_init", {})


def test_an_accident_with_an_odd_argument_is_no_refusal():
    class Odd(Pass):
        def __init__(self, config, size: int = 1) -> None:
            super().__init__(config)
            self.size = 10 // size

    found = complaint(function(Odd), "test_refuses_wrong_arguments", {})
    assert found.startswith(
        "Odd refuses size=0 unclearly (Module 'module' cannot be built: ZeroDivisionError"
    )


def test_a_refusal_that_does_not_name_its_argument_is_unclear():
    class Odd(Pass):
        def __init__(self, config, size: int = 1) -> None:
            super().__init__(config)
            if size < 0:
                raise ConfigError("That is too little.")

    assert "Odd refuses size=-1 unclearly" in complaint(function(Odd), "test_refuses_wrong_arguments", {})


def test_what_the_author_says_is_wrong_must_be_refused():
    suite = function(Pass, wrong_arguments=[{"size": 0}])
    assert complaint(suite, "test_refuses_wrong_arguments", {}).startswith("Pass accepts {'size': 0}")


class Keeps(Pass):
    """Keeps each event until the module stops."""

    def __init__(self, config) -> None:
        super().__init__(config)
        self.kept = deque()

    def consume(self, event: Event) -> None:
        event.acknowledgement.retain()
        self.kept.append(event)


def test_what_is_kept_for_ever_is_not_settled():
    found = complaint(function(Keeps), "test_settles_every_acknowledgement", {})
    assert "Keeps forgets acknowledgements: 5 of 5 events were not settled after they were consumed" in found


def test_what_is_kept_past_the_end_is_not_settled():
    class Late(Keeps):
        def preHook(self) -> None:
            self.sendToBackground(self.hand_on)

        def hand_on(self) -> None:
            while self.sleep(0.1):
                self.release()

        def release(self) -> None:
            while self.kept:
                self.kept.popleft().acknowledgement.release()

    found = complaint(function(Late), "test_settles_every_acknowledgement", {})
    assert "of 5 events were not settled when the module had been stopped" in found


def test_what_takes_without_end_knows_no_back_pressure():
    class Hoards(Pass):
        def consume(self, event: Event) -> None:
            event.acknowledgement.retain()

    found = complaint(function(Hoards), "test_respects_back_pressure", {})
    assert re.match(r"Hoards knows no back-pressure: it took 1\d\d\d events while nobody took", found)


def test_an_output_that_takes_without_end_knows_no_back_pressure():
    class Hoards(Drop):
        def consume(self, event: Event) -> None:
            event.acknowledgement.retain()

    suite = output(Hoards, stall_peer=lambda suite: None)
    found = complaint(suite, "test_respects_back_pressure", {})
    assert re.match(r"Hoards knows no back-pressure: it took 1\d\d\d events while its peer took", found)


def test_an_input_that_submits_from_many_greenlets_knows_no_back_pressure():
    class Floods(Count):
        def produce(self) -> None:
            for _ in range(100):
                gevent.spawn(self.submit_and_forget)

        def submit_and_forget(self) -> None:
            with suppress(QueueMissing):
                self.submit(Event(1), self.outbox)

    found = complaint(incoming(Floods), "test_respects_back_pressure", {})
    assert found.startswith("Floods knows no back-pressure: ")


def test_an_output_that_never_looks_at_the_payload_traps_errors():
    class Blind(Drop):
        def consume(self, event: Event) -> None:
            pass

    assert complaint(output(Blind), "test_does_not_trap_errors", {}).startswith("Blind traps errors")


def test_what_a_bad_event_breaks_does_not_go_on():
    class Sulks(Drop):
        broken = False

        def consume(self, event: Event) -> None:
            self.broken = self.broken or not isinstance(event.data, str)
            if self.broken:
                raise ValueError("never again")

    found = complaint(output(Sulks), "test_goes_on_after_a_bad_event", {})
    assert found.startswith("Sulks does not go on after a bad event")


def test_what_stays_open_is_named(tmp_path):
    class Leaks(Drop):
        def preHook(self) -> None:
            self.descriptor = os.open(tmp_path, os.O_RDONLY)
            opened.append(self.descriptor)

    opened = []
    found = complaint(output(Leaks), "test_closes_what_it_opened", {})
    for descriptor in opened:
        os.close(descriptor)
    assert found.startswith(f"Leaks leaves {tmp_path} open behind: close in postHook")


def test_what_runs_on_is_named():
    class Runs(Drop):
        def preHook(self) -> None:
            started.append(gevent.spawn(self.run_on))

        def run_on(self) -> None:
            gevent.sleep(100)

    started = []
    found = complaint(output(Runs), "test_leaves_no_greenlet", {})
    gevent.killall(started)
    assert "Runs leaves a greenlet behind: " in found
    assert "Runs.run_on (" in found


def test_an_input_that_brings_nothing_in_is_told():
    class Silent(Count):
        def produce(self) -> None:
            pass

    assert complaint(incoming(Silent), "test_brings_events_in", {}).startswith("Silent brought nothing in")


def test_an_input_that_loses_an_event_with_its_acknowledgement_is_told():
    class Loses(Count):
        def produce(self) -> None:
            self.submit(Event(1), self.outbox)
            Event(2, Acknowledgement(print))

    found = complaint(incoming(Loses), "test_settles_every_acknowledgement", {})
    assert found.startswith(
        "Loses forgets acknowledgements: 1 were not settled when the module had been stopped"
    )


def test_a_thread_that_is_left_is_told():
    class Works(Drop):
        def preHook(self) -> None:
            pools.append(ThreadPool(1))
            pools[-1].apply(int)

    pools = []
    found = complaint(output(Works), "test_closes_what_it_opened", {})
    for pool in pools:
        pool.kill()
    assert found == "Works leaves a thread behind: close in postHook what preHook opened."


def test_an_event_that_fails_is_not_good():
    class Picky(Drop):
        def consume(self, event: Event) -> None:
            raise ValueError("not this one")

    found = complaint(output(Picky), "test_settles_every_acknowledgement", {})
    assert found.startswith("Picky failed on an event that it should take (not this one)")
