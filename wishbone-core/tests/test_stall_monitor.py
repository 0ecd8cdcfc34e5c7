from __future__ import annotations

import os
import subprocess
import sys
from time import monotonic

import gevent
import pytest
from gevent.monkey import get_original

from wishbone._engine import stall_monitor
from wishbone._engine.stall_monitor import StallMonitor
from wishbone.actor import ActorConfig
from wishbone.event import Event
from wishbone.module import FlowModule
from wishbone_testing import Harness, wait_until

sleep_blocking = get_original("time", "sleep")


class Sleeper(FlowModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        sleep_blocking(event.data)

    def hold(self) -> None:
        sleep_blocking(0.4)


def held(harness: Harness) -> list[str]:
    return [message for message in harness.messages() if "blocked all others" in message]


def test_a_consumer_that_blocks_is_named_with_function_and_line():
    with Harness(Sleeper) as sleeper:
        sleeper.feed(0.4)
        wait_until(lambda: held(sleeper))
        (message,) = held(sleeper)
        line = Sleeper.consume.__code__.co_firstlineno + 1
        assert "in Sleeper.consume" in message
        assert f"test_stall_monitor.py, line {line})" in message
        assert sleeper.logs[-1].level == 4


def test_a_background_function_that_blocks_is_named():
    with Harness(Sleeper) as sleeper:
        sleeper.module.sendToBackground(sleeper.module.hold)
        wait_until(lambda: held(sleeper))
        assert "in Sleeper.hold" in held(sleeper)[0]


def test_warnings_about_the_same_module_are_rate_limited():
    with Harness(Sleeper) as sleeper:
        for _ in range(3):
            sleeper.feed(0.3)
            sleeper.wait_until_idle()
            gevent.sleep(0.06)
        assert len(held(sleeper)) == 1


@pytest.mark.parametrize("seconds", [0, 0.001])
def test_a_short_run_is_not_reported(seconds):
    with Harness(Sleeper) as sleeper:
        for _ in range(200):
            sleeper.feed(seconds)
        sleeper.wait_until_idle()
    assert held(sleeper) == []


@pytest.mark.parametrize(("starved", "complaints"), [(0.0, 1), (0.2, 1), (0.38, 0)])
def test_time_without_a_cpu_is_not_blamed_on_a_module(monkeypatch, starved, complaints):
    """The thread did not run for a part of the time, because it had to wait for a CPU."""
    waited = [0.0]
    monkeypatch.setattr(StallMonitor, "_read_cpu_wait", lambda watch: waited[0])

    class Starved(Sleeper):
        def consume(self, event: Event) -> None:
            super().consume(event)
            waited[0] += starved

    with Harness(Starved) as sleeper:
        sleeper.feed(0.4)
        sleeper.wait_until_idle()
        gevent.sleep(0.1)
        assert len(held(sleeper)) == complaints


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how long a thread waited")
def test_the_time_that_a_thread_waited_for_a_cpu_is_known():
    watch = StallMonitor({})
    watch.start()
    before, began = watch._read_cpu_wait(), monotonic()
    sleep_blocking(0.1)
    assert 0 <= watch._read_cpu_wait() - before <= monotonic() - began
    descriptor = watch._schedstat
    watch.stop()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_without_schedstat_no_waiting_time_is_subtracted(monkeypatch):
    monkeypatch.setattr(stall_monitor, "SCHEDSTAT", "/nowhere")
    watch = StallMonitor({})
    watch.start()
    assert watch._read_cpu_wait() == 0
    watch.stop()


def test_an_idle_pipeline_is_not_reported():
    with Harness(Sleeper) as sleeper:
        gevent.sleep(0.3)
    assert held(sleeper) == []


def test_the_watching_thread_ends_with_the_router():
    watch = None
    with Harness(Sleeper) as sleeper:
        watch = sleeper.router._lifecycle._stall_monitor
        threads = wait_until(threads_that_watch)
    wait_until(lambda: threads_that_watch() < threads)
    assert watch._timer is None


def threads_that_watch() -> int:
    frames = [frame for frame in sys._current_frames().values() if frame.f_code.co_name == "_watch"]
    return len(frames)


PATCHED = """
from gevent import monkey
monkey.patch_all()
import time
from wishbone._engine import stall_monitor
from wishbone.actor import ActorConfig
from wishbone.event import Event
from wishbone.module import FlowModule
from wishbone_testing import Harness, wait_until

spin = monkey.get_original("time", "sleep")

class Sleeper(FlowModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
    def consume(self, event: Event) -> None:
        time.sleep(0.2)
        if event.data:
            spin(0.4)

with Harness(Sleeper) as sleeper:
    sleeper.feed(False)
    sleeper.wait_until_idle()
    assert not [text for text in sleeper.messages() if "blocked" in text]
    sleeper.feed(True)
    wait_until(lambda: [text for text in sleeper.messages() if "blocked" in text])
"""


def test_works_in_a_patched_process():
    subprocess.run([sys.executable, "-c", PATCHED], check=True, timeout=60)
