"""Everything that a package of this repository offers runs the conformance suite of its kind."""

from __future__ import annotations

import ast

import pytest
from packages import FOLDERS, pyproject

TABLES = {"wishbone.published"}
"""The groups that offer a table, and not a module, a codec or a plugin."""

SUBJECTS = {"module", "decoder", "encoder"}
"""The attributes with which a suite names the class or the plugin that it tests."""


def offered():
    for folder in FOLDERS:
        for group, names in pyproject(folder)["project"].get("entry-points", {}).items():
            for name, target in names.items():
                if group.partition(".")[0] == "wishbone" and group not in TABLES:
                    yield pytest.param(folder, target, id=f"{group}.{name}")


def subjects(folder):
    """Return what the suites among a package's tests name as their subject."""
    for path in (folder / "tests").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if "wishbone_testing.conformance" in source:
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in SUBJECTS:
                    yield ast.unparse(node.value)


@pytest.mark.parametrize(("folder", "target"), list(offered()))
def test_what_is_offered_runs_the_conformance_suite(folder, target):
    """A class is named without its module, a plugin is a module and named as it is."""
    module, _, name = target.partition(":")
    assert (name or module) in set(subjects(folder))
