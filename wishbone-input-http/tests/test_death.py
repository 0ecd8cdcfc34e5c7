"""Events that were answered with 200 are in the output, whatever fails meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import gevent
import pytest
from pipeline import running
from reverse_proxy import free_port

from wishbone_testing import wait_until

HERE = Path(__file__).parent
CONNECTIONS = 8


class LoadGenerator:
    """A load generator in a process of its own."""

    def __init__(self, port, count):
        command = [sys.executable, str(HERE / "load_generator.py"), *map(str, (port, count, CONNECTIONS))]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def finish(self):
        """Return what it was answered how often, and the numbers that were answered with 200."""
        out, _ = gevent.get_hub().threadpool.apply(self.process.communicate, kwds={"timeout": 120})
        found = json.loads(out)
        return found["answered"], found["taken"]


@pytest.mark.parametrize(
    "count", [pytest.param(10_000, id="short"), pytest.param(200_000, id="long", marks=pytest.mark.long)]
)
def test_every_event_answered_with_200_reaches_an_output_that_fails_and_recovers(count):
    with running({"acknowledge_timeout": 0.2}) as pipeline:
        output = pipeline.output
        load = LoadGenerator(pipeline.port, count)
        for share in (0.1, 0.3, 0.5, 0.7):
            wait_until(lambda share=share: len(output.events) >= count * share, timeout=60)
            output.broken = True
            wait_until(lambda: pipeline.http.answered[500] >= 10)
            output.broken = False
            output.gate.clear()
            before = pipeline.http.answered[503]
            wait_until(lambda before=before: pipeline.http.answered[503] > before)
            output.gate.set()
        answered, taken = load.finish()
        assert sorted(taken) == list(range(count))
        assert answered["500"] >= 10
        assert answered["503"] >= 1
        assert set(taken) <= set(output.payloads)


def test_every_event_answered_with_200_reaches_the_output_of_a_killed_server(tmp_path):
    count = 4_000
    port = free_port()
    path = tmp_path / "out"
    path.touch()
    server = start(port, path)
    load = LoadGenerator(port, count)
    for share in (0.2, 0.6):
        wait_until(lambda share=share: path.read_bytes().count(b"\n") >= count * share, timeout=30)
        end(server)
        server = start(port, path)
    answered, taken = load.finish()
    end(server)
    assert answered["0"] >= 1
    assert sorted(taken) == list(range(count))
    assert set(taken) <= set(map(int, path.read_text().split()))


def start(port, path):
    command = [sys.executable, str(HERE / "server_process.py"), str(port), str(path)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout.readline() == "started\n"
    return server


def end(server):
    server.kill()
    server.communicate(timeout=10)
