from __future__ import annotations

import subprocess
import sys

SUPERVISE = """
import os, signal, sys
from wishbone_cli.server import restart_policy, supervisor

restart_policy.INITIAL_DELAY = 0.001
read_end, write_end = os.pipe()

def ready():
    print("ready", flush=True)
    os.write(write_end, b"all are ready")

def log(level, text):
    print(level, text, flush=True)

{work}
watched = supervisor.Supervisor({count}, work, ready, log, [write_end])
print("code", watched.run(), "killed", watched.killed)
"""


def supervise(work, count=1):
    result = subprocess.run(
        [sys.executable, "-c", SUPERVISE.format(work=work, count=count)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return result.stdout.splitlines(), result.stderr


def test_a_worker_that_dies_is_reported_and_given_up_after_a_burst():
    lines, _ = supervise(
        """
def work(instance, pipe):
    pipe.ready()
    os.read(read_end, 1)
    print("trouble", file=sys.stderr, flush=True)
    return 7
"""
    )
    assert lines[0] == "ready"
    assert lines.count("3 trouble") == 6
    assert sum("ended with exit code 7, and restarts in" in line for line in lines) == 5
    assert lines[-2].startswith("2 Instance 1 (pid ")
    assert lines[-2].endswith("too often: the server stops.")
    assert lines[-1] == "code 7 killed False"


def test_a_death_before_the_start_is_reported_on_standard_error():
    lines, error = supervise(
        """
def work(instance, pipe):
    os.kill(os.getpid(), signal.SIGSEGV)
"""
    )
    assert "was killed by SIGSEGV before the server was ready." in error
    assert lines[-1] == "code 1 killed False"


def test_a_worker_that_raises_does_not_continue_as_a_supervisor():
    lines, error = supervise(
        """
def work(instance, pipe):
    raise RuntimeError("not today")
"""
    )
    assert "RuntimeError: not today" in error
    assert len(lines) == 2


def test_all_workers_run_when_the_first_is_done_at_once():
    lines, error = supervise(
        """
def work(instance, pipe):
    pipe.ready()
    return 0
""",
        count=3,
    )
    said = [line for line in lines if "has ended: its work is done." in line]
    assert len(said) == 3
    assert [line for line in lines if line not in said] == ["ready", "code 0 killed False"]
    assert error == ""


def test_a_worker_that_does_not_stop_in_time_is_killed():
    lines, _ = supervise(
        """
import time
supervisor.STOP_SECONDS = 0.01

def work(instance, pipe):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pipe.ready()
    os.read(read_end, 1)
    os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(3600)
"""
    )
    assert lines[1].endswith("did not stop in time: killed.")
    assert lines[-1] == "code 0 killed True"
