"""Every page of the site can be followed: its files are written, its commands run, its output compared."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
import yaml
from docs_page import DOCS, pages, read_blocks
from docs_session import Session, compare
from packages import ROOT

PAGES = pages()


class Loader(yaml.SafeLoader):
    """Reads bootstrap files, to look what sections they have."""


Loader.add_constructor("!secret", lambda loader, node: node.value)

NOT_RUN = {}
"""What is shown and not run, by the reason that the page gives; and the files whose tests prove it instead."""


@pytest.mark.parametrize("page", PAGES)
def test_can_be_followed(page, tmp_path):
    blocks = read_blocks(page)
    with Session(tmp_path) as session:
        for block in blocks:
            follow(block, session, blocks)


def follow(block, session, blocks):
    """Do with a block what a reader would."""
    if block.included:
        assert all(path.is_file() for path in block.included), block.place
    elif "excerpt of" in block.marks:
        check_excerpt(block, session)
    else:
        assert block.language in LANGUAGES, f"{block.place}: nobody knows how to run {block.language!r}"
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
        assert block.title, f"{block.place}: what is no bootstrap file needs a title"
        assert mentioned(block, blocks) or block.title.endswith(".test.yaml"), f"{block.place}: nobody uses it"
        return
    succeed(block, session, f"wishbone check --config {name}")
    if "not run" not in block.marks and not mentioned(block, blocks):
        succeed(block, session, f"wishbone debug --logs stderr --config {name}")


def run_python(block, session, blocks):
    compile(block.text, block.place, "exec")
    if "not checked" in block.marks:
        return
    name = block.title or f"page_{block.line}.py"
    session.write(name, block.text)
    if "not run" in block.marks or mentioned(block, blocks):
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
        assert block.title, f"{block.place}: what cannot be run needs a title, or a mark that says why"
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


def mentioned(block, blocks):
    """Whether a command of the page, or another file of it, names a file."""
    named = re.compile(rf"(?<![\w/.]){re.escape(block.title)}\b") if block.title else None
    others = (other for other in blocks if other.language in {"console", "sh", "python"} and other is not block)
    return named is not None and any(named.search(other.text) for other in others)


def succeed(block, session, command):
    said, code = session.run(command)
    assert code == 0, f"{block.place}: {command}\n{said}"
