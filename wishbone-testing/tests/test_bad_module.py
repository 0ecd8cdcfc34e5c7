"""A module that breaks the rules fails the suite, with messages that say how to fix it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

BAD = Path(__file__).with_name("bad")
ENTRY_POINTS = "[wishbone.output]\nbad = wishbone_output_bad:Bad\n"

MESSAGES = {
    "test_does_no_io_in_init": (
        r"Bad\.__init__ does I/O, socket\.__new__ \(.*wishbone_output_bad/__init__\.py, line"
        r" \d+\): only declare in __init__, and open in preHook\."
    ),
    "test_documents_every_argument": (
        r"Bad does not document its argument 'prefix': describe it in 'Args:' of the class docstring, with"
        r" its unit\."
    ),
    "test_does_not_trap_errors": (
        r"Bad traps errors: an event that it cannot handle did not go to 'failed': let the consumer"
        r" raise; the engine notes the error and sends the event there\."
    ),
    "test_leaves_no_greenlet": (
        r"Bad leaves a greenlet behind: Bad\._beat \(.*wishbone_output_bad/__init__\.py, line \d+\): start it"
        r" with sendToBackground and let it end when loop\(\) is false, or kill it in postHook\."
    ),
    "test_settles_every_acknowledgement": (
        r"Bad forgets acknowledgements: 5 of 5 events were not settled after they were consumed: release\(\)"
        r" what retain\(\) took, in postHook with an error for what it still holds\."
    ),
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """Install the bad module, and return the report of its tests."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(BAD, site, dirs_exist_ok=True)
    metadata = site / "wishbone_output_bad-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: wishbone-output-bad\nVersion: 1.0\n", "utf-8"
    )
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS, "utf-8")
    report = site / "report.xml"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}", "suite.py"]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    subprocess.run(command, cwd=site, env=environment, check=False, capture_output=True, timeout=120)
    return ET.parse(report)


def test_fails_the_tests_that_it_violates(outcome):
    failed = {case.get("name") for case in outcome.iter("testcase") if case.find("failure") is not None}
    assert failed == set(MESSAGES)
    assert not list(outcome.iter("error"))


@pytest.mark.parametrize(("test", "message"), MESSAGES.items(), ids=MESSAGES)
def test_the_message_says_how_to_fix_the_module(outcome, test, message):
    (case,) = (case for case in outcome.iter("testcase") if case.get("name") == test)
    assert re.fullmatch(f"Failed: {message}", case.find("failure").get("message"))
