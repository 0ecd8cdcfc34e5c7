"""The tests of the documentation find errors on pages."""

from __future__ import annotations

import pytest
from docs_page import DOCS, read_blocks
from docs_session import Session, compare
from test_docs import follow


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Follow a page that is not in the documentation."""
    monkeypatch.setattr("docs_page.DOCS", tmp_path)

    def run(text):
        (tmp_path / "page.md").write_text(text, encoding="utf-8")
        blocks = read_blocks("page.md")
        (tmp_path / "session").mkdir()
        with Session(tmp_path / "session") as session:
            for block in blocks:
                follow(block, session, blocks)

    return run


@pytest.mark.parametrize(
    ("shown", "said", "fits"),
    [
        ("one\n", "one\n", True),
        ("one\n", "two\n", False),
        ("one\n", "one\ntwo\n", False),
        ("...\ntwo\n", "zero\none\ntwo\n", True),
        ("...\ntwo\n", "two\n", True),
        ("...\ntwo\n", "one\n", False),
        ("in ... s\n", "in 0.1 s\n", True),
        ("in ... s\n", "in 0.1\n s\n", False),
        ("", "", True),
        ("", "something\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_what_is_shown_is_compared_with_what_is_said(shown, said, fits):
    assert compare(shown, said) is fits


WRONG = {
    "output": "```console\n$ echo one\ntwo\n```\n",
    "a command": "```sh\nfalse\n```\n",
    "a silent command": "```console\n$ false\n```\n",
    "a program": "```python\nassert 1 == 2\n```\n",
    "a test": '```python title="test_it.py"\ndef test_it():\n    assert False\n```\n',
    "a package": "```sh\npip install wishbone-output-nowhere\n```\n",
    "an argument": "```yaml\nmodules: {a: {module: wishbone.input.generator, arguments: {cuont: 1}}}\n```\n",
    "a language": "```cobol\nSTOP RUN\n```\n",
    "a file that is not used": "```toml\n[a]\n```\n",
    "an excerpt": "```sh\necho one > file\n```\n\n<!-- excerpt of: file -->\n```text\ntwo\n```\n",
    "an include": '```ini\n--8<-- "examples/nowhere.service"\n```\n',
    "an indented block": "- one\n\n  ```sh\n  false\n  ```\n",
    "a mark of nothing": "<!-- not run: no reason -->\n\nText.\n",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_notices(text, page):
    with pytest.raises(AssertionError):
        page(text)


def test_follows_what_is_right(page):
    page("```console\n$ x=1; cd /\n```\n\n<!-- test: y=2 -->\n\n```console\n$ pwd; echo $x$y\n/\n12\n```\n")


def test_the_pages_are_where_they_are_looked_for():
    assert (DOCS / "index.md").is_file()
