"""pytest finds the fixtures, which stop what they started, and import nothing before they are used."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points
from textwrap import dedent


def run(folder, source, *options):
    """Run pytest on a file of tests, in a process of its own."""
    (folder / "test_it.py").write_text(dedent(source))
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-W", "error", "-p", "no:cacheprovider", *options]
    return subprocess.run(
        [*command, "test_it.py"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def test_pytest_finds_the_fixtures():
    (offer,) = [offer for offer in entry_points(group="pytest11") if offer.name == "wishbone"]
    assert offer.value == "wishbone_testing.fixtures"


def test_a_run_that_uses_no_fixture_imports_neither_gevent_nor_wishbone(tmp_path):
    source = """
    import sys

    def test_nothing():
        unwanted = {"gevent", "greenlet", "wishbone", "wishbone_cli", "jinja2", "msgspec", "yaml", "click"}
        assert unwanted.isdisjoint(sys.modules)
    """
    finished = run(tmp_path, source)
    assert finished.returncode == 0, finished.stdout


def test_patched_patches_before_a_test_is_imported(tmp_path):
    source = """
    import time
    from gevent import monkey

    PATCHED = monkey.is_module_patched("socket") and monkey.is_module_patched("ssl")

    def test_patched(clock):
        assert PATCHED
        time.sleep(3600)
        assert clock.elapsed == 3600
    """
    finished = run(tmp_path, source, "-p", "wishbone_testing.patched")
    assert finished.returncode == 0, finished.stdout


def test_fixtures_stop_what_they_started_in_reverse_order(tmp_path):
    source = """
    import gevent
    import pytest
    from gevent import monkey
    from wishbone.module import FunctionModule

    class Late(FunctionModule):
        def __init__(self, config, seconds: float = 0):
            super().__init__(config)
            self.seconds = seconds
            self.pool.createQueue("inbox")
            self.pool.createQueue("outbox")
            self.registerConsumer(self.consume, "inbox")

        def consume(self, event):
            gevent.sleep(self.seconds)
            self.submit(event, "outbox")

        def postHook(self):
            print(self.name, "closed")

    def test_two(harness):
        one, two = harness(Late, name="one"), harness(Late, name="two")
        one.feed("a")
        two.feed("b")
        assert (one.receive().data, two.receive().data) == ("a", "b")
        assert not monkey.is_module_patched("socket")
        print("tested")

    def check_late(clock, harness):
        late = harness(Late, {"seconds": 0.2})
        late.feed("a")
        clock.advance(0.1)
        assert late.received() == []
        clock.advance(0.1)
        assert late.receive().data == "a"
        late.feed("b")

    def test_clock_first(clock, harness):
        check_late(clock, harness)

    def test_harness_first(harness, clock):
        check_late(clock, harness)

    @pytest.fixture
    def pipeline():
        return "mine"

    def test_mine(pipeline):
        assert pipeline == "mine"
    """
    finished = run(tmp_path, source)
    assert finished.returncode == 0, finished.stdout
    assert "4 passed" in finished.stdout
    assert re.search(r"tested\n\W*two closed\none closed\n", finished.stdout)
