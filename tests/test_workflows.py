"""The workflows use environments that exist, and have no more permissions than they need."""

from __future__ import annotations

import configparser
import re

import pytest
import yaml
from packages import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_every_environment_that_is_run_is_one_of_tox():
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    ci = load(ROOT / ".github" / "workflows" / "ci.yml")
    wanted = ci["jobs"]["repository"]["strategy"]["matrix"]["environment"]
    assert [name for name in wanted if f"testenv:{name}" not in tox] == []


def test_the_gate_needs_every_other_job():
    jobs = load(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    assert set(jobs["gate"]["needs"]) == jobs.keys() - {"gate"}
    assert jobs["gate"]["if"] == "always()"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_job_has_a_timeout_and_least_permissions(path):
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert "group" in workflow["concurrency"]
    for name, job in workflow["jobs"].items():
        assert "timeout-minutes" in job, name
        writes = {right for right, level in job["permissions"].items() if level != "read"}
        assert writes == ({"id-token"} if (path.name, name) == ("release.yml", "publish") else set()), name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned(path):
    uses = [step["uses"] for job in load(path)["jobs"].values() for step in job["steps"] if "uses" in step]
    assert uses
    assert [action for action in uses if not re.fullmatch(r"[\w/-]+@(release/)?v\d+", action)] == []
