"""The tests of running modules find each mistake, and pass correct modules."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import deque
from contextlib import suppress
from textwrap import dedent

import gevent
import pytest
from correct import Count, Drop, Pass, function, incoming, output
from failure_message import failure_message, passes
from gevent.hub import get_hub
from gevent.threadpool import ThreadPool

from wishbone.acknowledgement import Acknowledgement
from wishbone.error import QueueMissing
from wishbone.event import Event
from wishbone_testing.conformance.leaks import threads
from wishbone_testing.conformance.timeouts import remains

EVERY_LIFE = [
    "test_settles_every_acknowledgement",
    "test_respects_back_pressure",
    "test_goes_on_after_a_bad_event",
    "test_closes_what_it_opened",
    "test_leaves_no_greenlet",
    "test_does_no_io_in_init",
]


@pytest.mark.parametrize("test", [*EVERY_LIFE, "test_does_not_trap_errors", "test_refuses_wrong_arguments"])
def test_a_correct_function_passes(test):
    assert passes(function(Pass), test, {})


@pytest.mark.parametrize("test", set(EVERY_LIFE) - {"test_goes_on_after_a_bad_event"})
def test_a_correct_input_passes(test):
    assert passes(incoming(Count), test, {})


class Keeps(Pass):
    """Keeps each event until the module stops."""

    def __init__(self, config) -> None:
        super().__init__(config)
        self.kept = deque()

    def consume(self, event: Event) -> None:
        event.acknowledgement.retain()
        self.kept.append(event)


def test_events_that_are_never_released_are_reported():
    found = failure_message(function(Keeps), "test_settles_every_acknowledgement", {})
    assert "Keeps forgets acknowledgements: 5 of 5 events were not settled after they were consumed" in found


def test_events_that_are_not_released_at_a_stop_are_reported():
    class Late(Keeps):
        def preHook(self) -> None:
            self.sendToBackground(self.hand_on)

        def hand_on(self) -> None:
            while self.sleep(0.1):
                self.release()

        def release(self) -> None:
            while self.kept:
                self.kept.popleft().acknowledgement.release()

    found = failure_message(function(Late), "test_settles_every_acknowledgement", {})
    assert "of 5 events were not settled after the module was stopped" in found


def test_a_function_that_ignores_back_pressure_is_reported():
    class Hoards(Pass):
        def consume(self, event: Event) -> None:
            event.acknowledgement.retain()

    found = failure_message(function(Hoards), "test_respects_back_pressure", {})
    assert re.match(
        r"Hoards ignores back-pressure: it took 1\d\d\d events while its outgoing queues were full", found
    )


def test_an_output_that_ignores_back_pressure_is_reported():
    class Hoards(Drop):
        def consume(self, event: Event) -> None:
            event.acknowledgement.retain()

    suite = output(Hoards, stall_peer=lambda suite: None)
    found = failure_message(suite, "test_respects_back_pressure", {})
    assert re.match(r"Hoards ignores back-pressure: it took 1\d\d\d events while its peer read none", found)


def test_an_output_that_forgets_unanswered_events_is_reported():
    class Forgets(Drop):
        def consume(self, event: Event) -> None:
            event.acknowledgement.retain()

    suite = output(Forgets, stall_peer=lambda suite: None)
    found = failure_message(suite, "test_settles_every_acknowledgement_when_its_peer_hangs", {})
    assert "5 of 5 events were not settled after its peer hung and the module was killed" in found


def test_garbage_fails_the_test_that_left_it(tmp_path):
    """The garbage collector would otherwise report it during any other test."""
    pytest_file = """
        from wishbone_testing.conformance.module_under_test import ModuleUnderTest

        class TestLeak(ModuleUnderTest):
            def test_leaks(self):
                import socket
                cycle = [socket.socket()]
                cycle.append(cycle)

            def test_leaks_nothing(self):
                pass
    """
    (tmp_path / "test_leak.py").write_text(dedent(pytest_file), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", "-rA", "."]
    ended = subprocess.run(
        command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False, timeout=60
    )
    assert re.search(r"^(ERROR|FAILED) test_leak.py::TestLeak::test_leaks\b", ended.stdout, re.MULTILINE)
    assert not re.search(r"^(ERROR|FAILED) .*test_leaks_nothing", ended.stdout, re.MULTILINE)


def test_an_input_that_submits_from_many_greenlets_is_reported():
    class Floods(Count):
        def produce(self) -> None:
            for _ in range(100):
                gevent.spawn(self.submit_and_forget)

        def submit_and_forget(self) -> None:
            with suppress(QueueMissing):
                self.submit(Event(1), self.outbox)

    found = failure_message(incoming(Floods), "test_respects_back_pressure", {})
    assert found.startswith("Floods ignores back-pressure: ")


def test_an_output_that_ignores_the_payload_is_reported():
    class Blind(Drop):
        def consume(self, event: Event) -> None:
            pass

    assert failure_message(output(Blind), "test_does_not_trap_errors", {}).startswith("Blind traps errors")


def test_an_output_that_stops_at_a_bad_event_is_reported():
    class Sulks(Drop):
        broken = False

        def consume(self, event: Event) -> None:
            self.broken = self.broken or not isinstance(event.data, str)
            if self.broken:
                raise ValueError("never again")

    found = failure_message(output(Sulks), "test_goes_on_after_a_bad_event", {})
    assert found.startswith("Sulks does not go on after a bad event")


def test_an_open_descriptor_is_named(tmp_path):
    class Leaks(Drop):
        def preHook(self) -> None:
            self.descriptor = os.open(tmp_path, os.O_RDONLY)
            opened.append(self.descriptor)

    opened = []
    found = failure_message(output(Leaks), "test_closes_what_it_opened", {})
    for descriptor in opened:
        os.close(descriptor)
    assert found.startswith(f"Leaks leaves {tmp_path} open behind: close in postHook")


def test_a_running_greenlet_is_named():
    class Runs(Drop):
        def preHook(self) -> None:
            started.append(gevent.spawn(self.run_on))

        def run_on(self) -> None:
            gevent.sleep(100)

    started = []
    found = failure_message(output(Runs), "test_leaves_no_greenlet", {})
    gevent.killall(started)
    assert "Runs leaves a greenlet behind: " in found
    assert "Runs.run_on (" in found


def test_an_input_without_events_is_reported():
    class Silent(Count):
        def produce(self) -> None:
            pass

    assert failure_message(incoming(Silent), "test_brings_events_in", {}).startswith(
        "Silent brought no events in"
    )


def test_an_input_that_forgets_an_acknowledgement_is_reported():
    class Loses(Count):
        def produce(self) -> None:
            self.submit(Event(1), self.outbox)
            Event(2, Acknowledgement(print))

    found = failure_message(incoming(Loses), "test_settles_every_acknowledgement", {})
    assert found.startswith("Loses forgets acknowledgements: 1 were not settled after the module was stopped")


def test_a_running_thread_is_reported():
    class Works(Drop):
        def preHook(self) -> None:
            pools.append(ThreadPool(1))
            pools[-1].apply(int)

    pools = []
    found = failure_message(output(Works), "test_closes_what_it_opened", {})
    for pool in pools:
        pool.kill()
    assert found == "Works leaves a thread behind: close in postHook what preHook opened."


def test_a_good_event_that_fails_is_reported():
    class Picky(Drop):
        def consume(self, event: Event) -> None:
            raise ValueError("not this one")

    found = failure_message(output(Picky), "test_settles_every_acknowledgement", {})
    assert found.startswith("Picky failed on an event that it should accept (not this one)")


def test_an_output_that_loses_events_with_its_peer_is_reported():
    class Waits(Drop):
        peer = True

        def consume(self, event: Event) -> None:
            if not self.peer:
                event.acknowledgement.retain()

    suite = output(Waits, break_peer=lambda suite: setattr(Waits, "peer", False))
    found = failure_message(suite, "test_settles_every_acknowledgement_when_its_peer_fails", {})
    assert "5 of 10 events were not settled after its peer failed and the module was stopped" in found


def test_an_input_that_loses_events_with_its_peer_is_reported():
    class Waits(Count):
        peer = True

        def produce(self) -> None:
            while self.loop():
                event = Event(1, Acknowledgement(print) if not self.peer else None)
                if self.peer:
                    self.submit(event, self.outbox)
                self.sleep(0.001)

    def break_peer(suite):
        Waits.peer = False
        gevent.sleep(0.01)

    suite = incoming(Waits, break_peer=break_peer)
    found = failure_message(suite, "test_settles_every_acknowledgement_when_its_peer_fails", {})
    assert "were not settled after its peer failed and the module was stopped" in found


class Reads(Count):
    """Submits the texts of a list, and fails on other values."""

    def produce(self) -> None:
        while self.sleep(0.001):
            while self.came:
                self.read(self.came.popleft())

    def read(self, data) -> None:
        event = Event(data)
        if isinstance(data, str):
            self.submit(event, self.outbox)
        else:
            self.reject(event, ValueError("no text"))

    def reject(self, event, error) -> None:
        self.fail(event, error)


def reading(target):
    return incoming(
        type("Reading", (target,), {"came": deque()}),
        provoke=lambda suite, harness: harness.module.came.extend(["one", "two", "three", "four"]),
        provoke_bad=lambda suite, harness: harness.module.came.append(1),
    )


def test_an_input_that_reads_on_passes():
    assert passes(reading(Reads), "test_goes_on_after_a_bad_event", {})
    assert passes(reading(Reads), "test_respects_back_pressure", {})


def test_an_input_that_traps_errors_is_reported():
    class Traps(Reads):
        def reject(self, event, error) -> None:
            self.logging.error(str(error))

    found = failure_message(reading(Traps), "test_goes_on_after_a_bad_event", {})
    assert "traps errors: what it could not read did not go to 'failed'" in found


def test_an_input_that_stops_at_a_bad_event_is_reported():
    class Stops(Reads):
        broken = False

        def read(self, data) -> None:
            if not self.broken:
                super().read(data)

        def reject(self, event, error) -> None:
            super().reject(event, error)
            self.broken = True

    found = failure_message(reading(Stops), "test_goes_on_after_a_bad_event", {})
    assert "does not go on after a bad event: no events came in after it" in found


def test_threads_of_gevent_are_not_reported():
    pool = get_hub().threadpool
    before = threads()
    pool.size = 0  # as it comes to be when they had nothing to do for some seconds
    pool.size = pool.maxsize
    assert not remains(lambda: threads() - before, 2)
