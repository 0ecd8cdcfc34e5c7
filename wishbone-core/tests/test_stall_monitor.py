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


def test_the_same_module_is_complained_about_once_in_a_while():
    with Harness(Sleeper) as sleeper:
        for _ in range(3):
            sleeper.feed(0.3)
            sleeper.wait_until_idle()
            gevent.sleep(0.06)
        assert len(held(sleeper)) == 1


@pytest.mark.parametrize("seconds", [0, 0.001])
def test_what_is_quick_is_not_complained_about(seconds):
    with Harness(Sleeper) as sleeper:
        for _ in range(200):
            sleeper.feed(seconds)
        sleeper.wait_until_idle()
    assert held(sleeper) == []


@pytest.mark.parametrize(("starved", "complaints"), [(0.0, 1), (0.2, 1), (0.38, 0)])
def test_what_a_busy_machine_takes_is_no_doing_of_a_module(monkeypatch, starved, complaints):
    """The thread did not run for a part of the time, because it had to wait for a processor."""
    waited = [0.0]
    monkeypatch.setattr(StallMonitor, "_read_starved", lambda watch: waited[0])

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
def test_the_time_that_a_thread_waited_for_a_processor_is_known():
    watch = StallMonitor({})
    watch.start()
    before, began = watch._read_starved(), monotonic()
    sleep_blocking(0.1)
    assert 0 <= watch._read_starved() - before <= monotonic() - began
    descriptor = watch._scheduling
    watch.stop()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_where_the_system_says_nothing_no_waiting_is_taken_off(monkeypatch):
    monkeypatch.setattr(stall_monitor, "SCHEDULING", "/nowhere")
    watch = StallMonitor({})
    watch.start()
    assert watch._read_starved() == 0
    watch.stop()


def test_a_pipeline_that_waits_is_not_complained_about():
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
