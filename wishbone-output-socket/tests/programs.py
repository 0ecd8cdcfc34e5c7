"""Programs that the tests talk to, each skipped with a reason where the machine lacks it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest
from gevent import subprocess

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin"


def needs(program, package):
    return pytest.mark.skipif(
        shutil.which(program, path=_PATH) is None, reason=f"needs {program}: apt-get install {package}"
    )


@contextmanager
def running(*command):
    """Run a program, with a pipe to it, and kill it at the end."""
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()


def run(*command, data=b""):
    """Run a program to its end, and give it data."""
    done = subprocess.run([str(part) for part in command], input=data, capture_output=True, timeout=20)
    assert done.returncode == 0, done.stderr
