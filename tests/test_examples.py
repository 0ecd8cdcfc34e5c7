"""Every example runs and does what its description says."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from packages import ROOT

EXAMPLES = ROOT / "examples"
FILES = sorted(path for path in EXAMPLES.glob("*.yaml") if not path.stem.endswith(".test"))
LOG = (EXAMPLES / "dpkg.log").read_text(encoding="utf-8")


def run(*command, **environment):
    finished = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished


def debug(path):
    """Run a bootstrap file until it stops, without logs."""
    wishbone = Path(sys.executable).with_name("wishbone")
    return run(wishbone, "debug", "--logs", "none", "--config", path)


def check_hello(tmp_path):
    lines = debug(EXAMPLES / "hello.yaml").stdout.splitlines()
    assert len(lines) == 5
    assert all(line.startswith("Hello world! (") for line in lines)
    assert len(set(lines)) == 5


def check_log(tmp_path):
    assert debug(EXAMPLES / "log.yaml").stdout == LOG


def check_many_to_one(tmp_path):
    finished = debug(EXAMPLES / "many-to-one.yaml")
    assert finished.stdout.splitlines() == ["the figure is 42 s"] * 3
    assert finished.stderr.count("a word failed: ") == 3


def check_syslog(tmp_path):
    """A socket of the test replaces that of the syslog server."""
    lines = LOG.splitlines()
    path = tmp_path / "log"
    bootstrap = yaml.safe_load((EXAMPLES / "syslog.yaml").read_text(encoding="utf-8"))
    bootstrap["modules"]["syslog"]["arguments"]["path"] = str(path)
    (tmp_path / "syslog.yaml").write_text(yaml.safe_dump(bootstrap), encoding="utf-8")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server, ThreadPoolExecutor(1) as receiver:
        server.bind(str(path))
        server.settimeout(30)
        received = receiver.submit(lambda: [server.recv(65_536).decode() for _ in lines])
        debug(tmp_path / "syslog.yaml")
        messages = received.result()
    assert all(message.startswith("<134>") for message in messages)
    assert [message.partition("]: ")[2] for message in messages] == lines


CHECKS = {
    "hello.yaml": check_hello,
    "log.yaml": check_log,
    "many-to-one.yaml": check_many_to_one,
    "syslog.yaml": check_syslog,
}


def is_a_server(path):
    """Whether it has a test file of its own, with real peers."""
    return Path(__file__).with_name(f"test_example_{path.stem.replace('-', '_')}.py").is_file()


@pytest.mark.parametrize("name", [path.name for path in FILES if not is_a_server(path)])
def test_does_what_it_says(name, tmp_path):
    assert name in CHECKS, f"examples/{name} has no test: add a check to CHECKS."
    CHECKS[name](tmp_path)


def test_the_pipeline_in_python_shouts_three_times():
    assert run(sys.executable, EXAMPLES / "pipeline.py").stdout.splitlines() == ["HELLO?"] * 3


def test_every_check_has_an_example():
    assert [name for name in CHECKS if not (EXAMPLES / name).is_file()] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_passes_its_own_test_cases(path):
    """The cases in its file `*.test.yaml`."""
    wishbone = Path(sys.executable).with_name("wishbone")
    assert run(wishbone, "test", "--config", path).stdout.endswith(" passed, 0 failed.\n")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_passes_a_strict_check(path):
    """With the environment that its test cases set."""
    cases = yaml.safe_load(path.with_suffix(".test.yaml").read_text(encoding="utf-8"))["tests"]
    environment = cases[0].get("environment", {})
    wishbone = Path(sys.executable).with_name("wishbone")
    assert run(wishbone, "check", "--strict", "--config", path, **environment).stderr == ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_is_in_the_table(path):
    assert f"| `{path.name}` |" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
