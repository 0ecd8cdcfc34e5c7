from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wishbone_cli.logs import destination
from wishbone_testing import wait_until

TIMEOUT = 60
"""Seconds: reached only where something is wrong."""


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # The process that adopted it may not have read its exit code yet.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def wait(condition, message):
    return wait_until(condition, message, TIMEOUT)


def test_two_instances_run_and_stop_in_order(server):
    started = server.run("start", "--instances", "2")
    assert started.returncode == 0, started.stderr
    assert "2 instances" in started.stdout
    assert f"pid {server.pid_file.read_text().strip()}," in started.stdout
    assert len(set(server.recorded("opened"))) == 2
    wait(lambda: len(set(server.recorded("event"))) == 2, "events from both")
    pids = server.pids()
    stopped = server.run("stop")
    assert stopped.returncode == 0, stopped.stderr
    assert stopped.stdout.endswith("no undelivered events.\n")
    assert sorted(server.recorded("closed")) == sorted(pids)
    assert server.files == []
    assert all(gone(pid) for pid in pids)


def test_an_instance_that_was_killed_is_started_again(server):
    server.run("start", "--instances", "2")
    first, second = server.pids()
    os.kill(first, signal.SIGKILL)
    wait(lambda: len(set(server.recorded("opened"))) == 3, "another process")
    statuses = wait(lambda: [s for s in server.statuses() if s["restarts"]], "its status")
    assert statuses[0]["instance"] == 1
    assert statuses[0]["pid"] not in {first, second}
    assert server.pids()[1] == second
    assert server.run("stop").returncode == 0


def test_a_restarted_instance_runs_the_file_as_it_was_at_the_start(server):
    server.run("start")
    server.installation.write("pipeline.yaml", "broken: [")
    (first,) = server.pids()
    os.kill(first, signal.SIGKILL)
    wait(lambda: len(set(server.recorded("event"))) == 2, "events from another process")
    assert server.run("stop").returncode == 0


def test_events_in_flight_are_delivered_at_a_stop(server):
    server.write(interval=0, count=20, pause=0.02)
    file = server.installation.work / "pipeline.yaml"
    # A second input keeps the server running until it is stopped.
    other = "modules:\n  other: {module: wishbone.input.generator, arguments: {interval: 3600}}"
    file.write_text(file.read_text().replace("modules:", other))
    server.run("start")
    wait(lambda: server.recorded("event"), "the first event")
    stopped = server.run("stop")
    assert stopped.returncode == 0, stopped.stderr
    assert len(server.recorded("event")) == 20
    assert len(server.recorded("closed")) == 1


def test_a_stale_pid_file_is_taken_over(server):
    server.run("start")
    pid_file, pid = server.pid_file, server.pid
    os.kill(pid, signal.SIGKILL)
    wait(lambda: gone(pid), "the end of the supervisor")
    assert pid_file.read_text() == f"{pid}\n"
    assert server.run("status").returncode == 3
    assert "does not run" in server.run("stop").stderr
    assert server.run("start").returncode == 0
    assert server.pid != pid


def test_workers_do_not_outlive_their_supervisor(server):
    server.run("start", "--instances", "2")
    pids = server.pids()
    os.kill(server.pid, signal.SIGKILL)
    wait(lambda: all(gone(pid) for pid in pids), "the end of the workers")
    assert sorted(server.recorded("closed")) == sorted(pids)


def test_a_terminal_that_hangs_up_ends_nothing(server):
    server.run("start")
    pid, (worker,) = server.pid, server.pids()
    os.kill(pid, signal.SIGHUP)
    os.kill(worker, signal.SIGHUP)
    count = len(server.recorded("event"))
    wait(lambda: len(server.recorded("event")) > count + 5, "further events")
    assert server.pids() == [worker]


def test_it_has_no_terminal_and_no_inherited_file(server, tmp_path):
    with (tmp_path / "inherited").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        subprocess.run(
            [sys.executable, "-m", "wishbone_cli", "start", "-c", "pipeline.yaml"],
            cwd=server.installation.work,
            env=server.installation.environment(XDG_RUNTIME_DIR=str(server.runtime)),
            pass_fds=[file.fileno()],
            timeout=TIMEOUT,
            check=True,
        )
    for pid in (server.pid, *server.pids()):
        targets = {descriptor.resolve() for descriptor in Path(f"/proc/{pid}/fd").iterdir()}
        assert Path(tmp_path / "inherited") not in targets
        assert Path(f"/proc/{pid}/cwd").resolve() == Path("/")
        assert [Path(f"/proc/{pid}/fd/{n}").resolve() for n in (0, 1)] == [Path(os.devnull)] * 2
        # Field 6 of proc_pid_stat(5) is the session, field 7 its terminal.
        session, terminal = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3:5]
        assert terminal == "0"
        assert int(session) not in {pid, os.getsid(0)}


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "| true"])
def test_it_starts_and_stops_with_closed_or_full_descriptors(server, closed):
    command = f"set -o pipefail; {sys.executable} -m wishbone_cli start -c pipeline.yaml {closed}"
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=server.installation.work,
        env=server.installation.environment(XDG_RUNTIME_DIR=str(server.runtime)),
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert (result.returncode, b"Error" in result.stderr) == (0, False)
    assert len(server.pids()) == 1
    stopped = server.run("stop")
    assert stopped.stdout.endswith("no undelivered events.\n")


def test_start_reports_why_it_failed(server):
    server.write(output="refusing")
    failed = server.run("start", "--instances", "2")
    assert failed.returncode == 1
    assert failed.stdout == ""
    *_, told = failed.stderr.splitlines()
    assert told.startswith("Error: Module 'output' could not be started: OSError: the port is taken")
    assert failed.stderr.count("could not be started") == 1
    assert server.files == []


def test_start_reports_errors_in_the_file(server):
    server.installation.write("pipeline.yaml", "modules: {a: {module: wishbone.output.recoder}}")
    failed = server.run("start")
    assert failed.returncode == 1
    assert "Did you mean 'wishbone.output.recorder'?" in failed.stderr
    assert server.files == []


def test_a_server_whose_inputs_have_ended_is_gone(server):
    server.write(count=3)
    assert server.run("start").returncode == 0
    wait(lambda: server.files == [], "the end")
    assert len(server.recorded("event")) == 3
    assert len(server.recorded("closed")) == 1


@pytest.mark.long
def test_an_instance_that_dies_repeatedly_is_given_up(server):
    server.write(output="crashing")
    server.run("start")
    wait(lambda: server.files == [], "giving up")
    assert server.run("status").returncode == 3


def test_kill_ends_a_server_that_does_not_stop(server):
    server.write(output="deaf")
    server.run("start")
    wait(lambda: server.recorded("hangs"), "the hanging")
    (worker,) = server.pids()
    late = server.run("stop", "--timeout", "0.1")
    assert late.returncode == 1
    assert "'wishbone kill' ends it" in late.stderr
    killed = server.run("kill")
    assert killed.returncode == 0, killed.stderr
    wait(lambda: gone(worker), "its end")
    assert server.files == []


def test_lost_logs_cause_a_warning(capsys, monkeypatch):
    monkeypatch.setattr(destination, "SYSLOG_SOCKETS", ("/nowhere/log",))
    destination.warn_of_lost_logs("stdout")
    assert capsys.readouterr().err == ""
    destination.warn_of_lost_logs("syslog")
    assert "No syslog listens on /nowhere/log" in capsys.readouterr().err


def test_a_status_that_cannot_be_written_ends_nothing_and_is_written_again(server):
    server.run("start")
    (pid,) = server.pids()
    folder = server.pid_file.parent
    folder.rename(server.runtime / "elsewhere")
    count = len(server.recorded("event"))
    wait(lambda: len(server.recorded("event")) > count + 150, "events for more than a second")
    (server.runtime / "elsewhere").rename(folder)
    before = server.statuses()[0]["updated"]
    wait(lambda: server.statuses()[0]["updated"] > before, "another status")
    assert server.pids() == [pid]


def test_status_shows_an_instance_that_has_ended(server):
    server.run("start", "--instances", "2")
    first, _ = server.pids()
    os.kill(first, signal.SIGTERM)
    wait(lambda: gone(first), "its end")
    wait(lambda: [one["running"] for one in server.status()["instances"]] == [False, True], "its status")
    rows = server.run("status").stdout.splitlines()[2:]
    assert [row.endswith("has ended") for row in rows] == [True, False]


def test_status_shows_pid_uptime_and_events(server):
    server.write(interval=0.001, count="null")
    server.run("start")
    wait(lambda: server.statuses()[0]["out"], "figures")
    status = server.status()["instances"][0]
    assert status["in"] >= status["out"]
    heading, columns, row = server.run("status").stdout.splitlines()
    assert heading == f"pipeline.yaml runs as pid {server.pid}."
    assert columns.split() == ["instance", "pid", "uptime", "restarts", *["events", "in", "events", "out"]]
    assert row.split()[:2] == ["1", str(status["pid"])]
    (file,) = (server.runtime / "wishbone").glob("*.status")
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", ["start", "stop", "kill", "status"])
def test_help_ends_in_an_example(command):
    from click.testing import CliRunner

    from wishbone_cli.app import wishbone

    output = CliRunner().invoke(wishbone, [command, "--help"]).output
    assert output.splitlines()[-1].strip().startswith(f"Example: wishbone {command} --config ")


def test_a_server_must_be_named(installation):
    result = installation.run("stop")
    assert result.returncode == 2
    assert "--config" in result.stderr
