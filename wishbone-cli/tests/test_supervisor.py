from __future__ import annotations

import subprocess
import sys

SUPERVISE = """
import os, signal, sys
from wishbone_cli.server import restart, supervisor

restart.FIRST_PAUSE = 0.001
heard, told = os.pipe()

def up():
    print("up", flush=True)
    os.write(told, b"all of them are up")

def log(level, text):
    print(level, text, flush=True)

{work}
watched = supervisor.Supervisor({count}, work, up, log, [told])
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


def test_what_dies_is_told_and_given_up_after_a_burst():
    lines, _ = supervise(
        """
def work(instance, uplink):
    uplink.up()
    os.read(heard, 1)
    print("trouble", file=sys.stderr, flush=True)
    return 7
"""
    )
    assert lines[0] == "up"
    assert lines.count("3 trouble") == 6
    assert sum("ended with exit code 7, and is started again" in line for line in lines) == 5
    assert lines[-2].startswith("2 Instance 1 (pid ")
    assert lines[-2].endswith("again and again, and is given up: everything stops.")
    assert lines[-1] == "code 7 killed False"


def test_a_death_before_it_is_up_is_told_on_standard_error():
    lines, error = supervise(
        """
def work(instance, uplink):
    os.kill(os.getpid(), signal.SIGSEGV)
"""
    )
    assert "was killed by SIGSEGV before the server was up." in error
    assert lines[-1] == "code 1 killed False"


def test_an_error_of_a_worker_never_runs_on_as_the_supervisor():
    lines, error = supervise(
        """
def work(instance, uplink):
    raise RuntimeError("not today")
"""
    )
    assert "RuntimeError: not today" in error
    assert len(lines) == 2


def test_all_run_where_the_first_is_done_at_once():
    lines, error = supervise(
        """
def work(instance, uplink):
    uplink.up()
    return 0
""",
        count=3,
    )
    said = [line for line in lines if "has ended: its work is done." in line]
    assert len(said) == 3
    assert [line for line in lines if line not in said] == ["up", "code 0 killed False"]
    assert error == ""


def test_who_does_not_stop_in_time_is_killed():
    lines, _ = supervise(
        """
import time
supervisor.STOP_SECONDS = 0.01

def work(instance, uplink):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    uplink.up()
    os.read(heard, 1)
    os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(3600)
"""
    )
    assert lines[1].endswith("did not stop in time: killed.")
    assert lines[-1] == "code 0 killed True"
