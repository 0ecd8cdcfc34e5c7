"""Every page of the documentation works: its files are written, its commands run, their output compared."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
import yaml
from docs_page import pages, read_blocks
from docs_session import Session, compare
from packages import ROOT

PAGES = pages()


class Loader(yaml.SafeLoader):
    """Reads the sections of bootstrap files."""


Loader.add_constructor("!secret", lambda loader, node: node.value)

NOT_RUN = {
    "it follows its files until it is stopped; the commands below run it": "the page itself",
    "it listens until it is stopped; its test cases run it": "the page itself",
    "it listens until it is stopped; the commands below run it": "the page itself",
    "needs podman or docker, and the network": "examples/Containerfile",
    "needs systemd as the first process": "examples/wishbone.service",
    "needs the network, to fetch the build backend": "tests/test_build.py",
    "needs the wheel of the step before": "tests/test_build.py",
    "publishes": ".github/workflows/release.yml",
    "a bootstrap file of wishbone 3": "the next block, in the syntax of today",
    "Python of wishbone 2": "the next block, in the syntax of today",
    "Python of wishbone 3": "the next block, in the syntax of today",
}
"""Reasons for blocks that are not run, each with the test or file that proves the block instead."""


@pytest.mark.parametrize("page", PAGES)
def test_can_be_followed(page, tmp_path):
    blocks = read_blocks(page)
    with Session(tmp_path) as session:
        for block in blocks:
            follow(block, session, blocks)


@pytest.mark.parametrize("page", PAGES)
def test_says_why_something_is_not_run(page):
    """The reason must be one of the list, which names the proof."""
    marks = [block.marks.get("not run") or block.marks.get("not checked") for block in read_blocks(page)]
    assert [reason for reason in marks if reason and reason not in NOT_RUN] == []


def test_what_proves_what_is_not_run_is_there():
    proofs = [proof for proof in NOT_RUN.values() if "/" in proof]
    assert [proof for proof in proofs if not (ROOT / proof).is_file()] == []


def test_no_reason_is_left_over():
    marks = [block.marks for page in PAGES for block in read_blocks(page)]
    given = {found.get("not run") or found.get("not checked") for found in marks}
    assert [reason for reason in NOT_RUN if reason not in given] == []


def follow(block, session, blocks):
    """Do what a reader does with a block."""
    if block.included:
        assert all(path.is_file() for path in block.included), block.place
    elif "excerpt of" in block.marks:
        check_excerpt(block, session)
    else:
        assert block.language in LANGUAGES, (
            f"{block.place}: blocks of the language {block.language!r} cannot be run"
        )
        LANGUAGES[block.language](block, session, blocks)


def check_excerpt(block, session):
    whole = session.path(block.marks["excerpt of"]).read_text(encoding="utf-8").splitlines()
    missing = [line for line in block.text.splitlines() if line not in whole]
    assert missing == [], f"{block.place}: not in {block.marks['excerpt of']}"


def run_sh(block, session, blocks):
    if "not run" not in block.marks:
        succeed(block, session, block.text)


def run_console(block, session, blocks):
    if "not run" in block.marks:
        return
    for command, shown in re.findall(r"^\$ (.*\n(?:> .*\n)*)((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
        said, code = session.run(re.sub(r"^> ", "", command, flags=re.MULTILINE))
        assert compare(shown, said), f"{block.place}: $ {command}said:\n{said}\ninstead of:\n{shown}"
        assert shown or code == 0, f"{block.place}: $ {command}failed"


def run_yaml(block, session, blocks):
    if "not checked" in block.marks:
        session.write(block.title or f"page-{block.line}.yaml", block.text)
        return
    content = yaml.load(block.text, Loader)
    name = block.title or f"page-{block.line}.yaml"
    session.write(name, block.text)
    if "modules" not in content:
        assert block.title, f"{block.place}: a file without modules needs a title"
        tested = block.title.replace(".test.yaml", ".yaml")
        assert any(f"wishbone test --config {tested}" in other.text for other in blocks), block.place
        return
    # A callable that it names may be in a file of the page.
    succeed(block, session, f"PYTHONPATH=.:$PYTHONPATH wishbone check --config {name}")
    if "not run" in block.marks:
        assert "below" not in block.marks["not run"] or run_by_page(block, blocks), block.place
    elif not run_by_page(block, blocks):
        succeed(block, session, f"wishbone debug --logs stderr --config {name}")


def run_python(block, session, blocks):
    compile(block.text, block.place, "exec")
    if "not checked" in block.marks:
        return
    name = block.title or f"page_{block.line}.py"
    session.write(name, block.text)
    if run_by_page(block, blocks):
        return
    if name.rpartition("/")[2].startswith("test_"):
        if not any("$ pytest" in other.text for other in blocks):
            succeed(block, session, f"python -m pytest -q -W error -p no:cacheprovider {name}")
    else:
        succeed(block, session, f"python {name}")


def check_json(block, session, blocks):
    json.loads(block.text)
    write_file(block, session, blocks)


def check_toml(block, session, blocks):
    tomllib.loads(block.text)
    write_file(block, session, blocks)


def write_file(block, session, blocks):
    if "not run" not in block.marks:
        assert block.title, f"{block.place}: a block that is not run needs a title or a mark with the reason"
        session.write(block.title, block.text)


LANGUAGES = {
    "console": run_console,
    "ini": write_file,
    "json": check_json,
    "python": run_python,
    "sh": run_sh,
    "text": write_file,
    "toml": check_toml,
    "yaml": run_yaml,
}


def run_by_page(block, blocks):
    """Whether a command or a program of the page runs a file."""
    if not block.title:
        return False
    name = rf"(?<![\w/.]){re.escape(block.title)}\b"
    commands = re.compile(rf"(wishbone (debug|start|test) .*|python ){name}")
    shells = (other.text for other in blocks if other.language in {"console", "sh"})
    programs = (other.text for other in blocks if other.language == "python" and other is not block)
    return any(map(commands.search, shells)) or any(re.search(name, text) for text in programs)


def succeed(block, session, command):
    said, code = session.run(command)
    assert code == 0, f"{block.place}: {command}\n{said}"
