"""Each package imports only what ARCHITECTURE.md allows it to."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from functools import cache
from typing import TYPE_CHECKING

import pytest
from packages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = {"wishbone-cli", "wishbone-testing"}
"""The packages that may import the engine."""


@cache
def tiers() -> dict[str, list[str]]:
    """Read the table of tiers: the patterns of each tier's modules."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rows = re.findall(r"^\| (public|shared|private) \| (.*?) \|", text, re.MULTILINE)
    return {tier: re.findall(r"`([^`]+)`", modules) for tier, modules in rows}


def tier_of(module: str) -> str | None:
    """Return the tier of a module of the core; an exact name counts before a pattern."""
    found = tiers()
    for exact in (True, False):
        for tier, patterns in found.items():
            if any(pattern == module if exact else fnmatch(module, pattern) for pattern in patterns):
                return tier
    return None


@cache
def modules_of_the_core() -> list[str]:
    source = ROOT / "wishbone-core" / "src"
    parts = [file.relative_to(source).with_suffix("").parts for file in source.rglob("*.py")]
    return sorted(".".join(part for part in each if part != "__init__") for each in parts)


def imported(file: Path) -> set[str]:
    """Return the modules of the core that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found.update({node.module}, names & set(modules_of_the_core()))
    return {name for name in found if name == "wishbone" or name.startswith("wishbone.")}


PACKAGES = sorted(path.name for path in ROOT.glob("wishbone-*") if path.name != "wishbone-core")


def test_every_module_of_the_core_has_a_tier():
    folders = {
        "wishbone._engine",
        "wishbone._jinja",
        "wishbone.codecs",
        "wishbone.diagnostics",
        "wishbone.discovery",
    }
    without = [name for name in modules_of_the_core() if name not in folders and tier_of(name) is None]
    assert without == []
    for patterns in tiers().values():
        for pattern in patterns:
            assert any(fnmatch(name, pattern) for name in modules_of_the_core()), (
                f"{pattern} matches no module"
            )


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_its_tier_allows(package):
    refused = []
    for file in sorted((ROOT / package / "src").rglob("*.py")):
        for name in imported(file):
            engine = name.startswith("wishbone._engine") and package in TOOLS
            if tier_of(name) not in {"public", "shared"} and not engine:
                refused.append(f"{file.relative_to(ROOT)}: {name}")
    assert refused == []


@pytest.mark.parametrize("folder", ["template", "examples"])
def test_what_others_start_from_imports_only_public_modules(folder):
    refused = []
    for file in sorted((ROOT / folder).rglob("*.py")):
        text = file.read_text("utf-8")
        names = re.findall(r"^\s*from (wishbone(?:\.\w+)*) import", text, re.MULTILINE)
        refused += [f"{file.relative_to(ROOT)}: {name}" for name in names if tier_of(name) != "public"]
    assert refused == []


def test_the_check_finds_an_import_of_the_engine(tmp_path):
    file = tmp_path / "module.py"
    file.write_text("from wishbone import _engine\nfrom wishbone._engine.consumer import Consumer\n")
    assert {tier_of(name) for name in imported(file) if "._" in name} <= {"private", None}
    assert "wishbone._engine.consumer" in imported(file)
