"""A server runs in its own process, and can be killed and started again."""

from __future__ import annotations

import signal

import pytest

from wishbone_testing import Server

BOOTSTRAP = """
modules:
  input:
    module: wishbone.input.generator
    arguments: {payload: "${WORD:-hello}", interval: 0.01, count: 5}
  stdout:
    module: wishbone.output.stdout
    arguments: {template: "{{ data }} {{ uuid }}"}
  wait:
    module: wishbone.input.generator
    arguments: {interval: 3600}
routingtable:
  - input.outbox -> stdout.inbox
"""


@pytest.fixture
def bootstrap(tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text(BOOTSTRAP)
    return path


def test_runs_a_bootstrap_file_and_shows_its_output(server, bootstrap):
    running = server(bootstrap, "--logs", "none", environment={"WORD": "huhu"})
    first = running.wait_for(r"huhu (\S+)")
    second = running.wait_for(r"huhu (\S+)")
    assert first[1] != second[1]
    assert running.running


def test_can_be_killed_and_started_again(server, bootstrap):
    running = server(bootstrap, "--logs", "none")
    running.wait_for("hello")
    first = running.pid
    running.kill()
    assert not running.running
    assert running.wait() == -signal.SIGKILL
    running.start()
    running.wait_for("hello")
    assert running.pid != first
    assert running.output.count("hello") >= 2


def test_stops_in_order(server, bootstrap):
    running = server(bootstrap)
    running.wait_for("hello")
    assert running.stop() == 0


def test_is_killed_at_the_end(bootstrap):
    with Server(bootstrap) as running:
        running.wait_for("hello")
    assert not running.running
    assert "hello" in running.output


def test_no_virtual_time_passes_while_it_waits(clock, server, bootstrap):
    running = server(bootstrap)
    running.wait_for("hello")
    running.kill()
    assert clock.elapsed < 0.01


def test_shows_the_output_if_the_process_ends_early(server, tmp_path):
    (tmp_path / "wrong.yaml").write_text("modules: {}\n")
    running = server(tmp_path / "wrong.yaml")
    with pytest.raises(
        AssertionError, match=r"ended before it wrote 'hello'. Output:\n.*There are no modules"
    ):
        running.wait_for("hello")


def test_shows_the_output_after_a_timeout(server, bootstrap):
    running = server(bootstrap, "--logs", "none")
    running.wait_for("hello")
    with pytest.raises(AssertionError, match="the server to write 'bye'; output: hello"):
        running.wait_for("bye", timeout=0.05)


def test_cannot_be_started_twice(server, bootstrap):
    running = server(bootstrap)
    with pytest.raises(AssertionError, match="runs already"):
        running.start()


@pytest.mark.parametrize("use", [lambda server: server.pid, lambda server: server.wait()])
def test_must_be_started_first(bootstrap, use):
    with pytest.raises(AssertionError, match="was not started"):
        use(Server(bootstrap))


def test_runs_in_a_folder(server, bootstrap, tmp_path):
    running = server("pipeline.yaml", folder=tmp_path)
    running.wait_for("hello")
