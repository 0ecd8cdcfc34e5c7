"""Rules for every file of the repository."""

from __future__ import annotations

import ast
import re

import pytest
from packages import FOLDERS, ROOT, import_name, tracked

import wishbone

FILES = tracked()
PYTHON = [path for path in FILES if path.suffix == ".py" and "template/" not in path.as_posix()]
SPECIFICATIONS = [path for path in PYTHON if path.name == "hookspec.py"]
# Joined here, so that this file does not contain them.
UNWANTED = [
    "/wo" + "rk/",
    r"\bTO" + r"DO\b",
    r"\bFIX" + r"ME\b",
    "upload" + r"\.pypi",
    r"test\.py" + r"pi\.org",
    "py" + r"pi\.org/simple",
    "registry" + r"\.npmjs",
    "proxy" + r"\.golang",
]


def test_there_are_files_to_look_at():
    assert len(PYTHON) > 20
    assert len(SPECIFICATIONS) >= 1


def test_the_public_names_are_those_documented():
    assert set(wishbone.__all__) == {"Actor", "ActorConfig", "Event", "Queue", "Logging", "hookimpl"}
    assert all(hasattr(wishbone, name) for name in wishbone.__all__)


def test_no_source_file_is_too_long_to_read():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON}
    assert {
        path.relative_to(ROOT).as_posix(): length for path, length in lengths.items() if length > 400
    } == {}


@pytest.mark.parametrize("pattern", UNWANTED)
def test_no_file_contains_what_must_not_be_published(pattern):
    found = re.compile(pattern.encode()).search
    assert [path.relative_to(ROOT).as_posix() for path in FILES if found(path.read_bytes())] == []


def hooks():
    for path in SPECIFICATIONS:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                yield pytest.param(node, path, id=node.name)


@pytest.mark.parametrize(("hook", "path"), list(hooks()))
def test_every_hook_is_documented_by_one_sentence(hook, path):
    sentence = ast.get_docstring(hook)
    assert re.fullmatch(r"[A-Z]((?!\. ).)*\.", sentence), sentence


@pytest.mark.parametrize(("hook", "path"), list(hooks()))
def test_every_hook_is_called_by_the_distribution_that_specifies_it(hook, path):
    sources = [other.read_text(encoding="utf-8") for other in path.parent.rglob("*.py") if other != path]
    assert any(f'"{hook.name}"' in source or f"hook.{hook.name}(" in source for source in sources)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_package_imports_nothing_private_of_the_core(folder):
    if folder.name == "wishbone-core":
        return
    for path in (folder / "src" / import_name(folder)).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "wishbone":
                private = [alias.name for alias in node.names if alias.name.startswith("_")]
                assert private == [], path
