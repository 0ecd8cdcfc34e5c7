"""The search for words that make English hard to read finds prose, and leaves out code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from plain_english import hits

SCRIPT = Path(__file__).with_name("plain_english.py")

PAGE = """\
# Nobody

Text that is
no YAML.

```sh
# nobody
```

| a | whoever |
"""
MODULE = """\
# A comment that nobody
# reads; it stands
# here.
def nobody(anew):
    '''Is told.

    Whoever.
    '''
    whoever = anew["nobody"]
    raise Error(
        f"It {anew} is "
        "no file."
    )
"""


@pytest.fixture
def found(tmp_path):
    """Return a function that returns line and word of each hit in a file with a name and a text."""

    def find(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return [(hit.line, hit.word) for hit in hits(path)]

    return find


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("Whoever fills it waits.", "whoever"),
        ("Nobody reads it.", "nobody"),
        ("It is made anew.", "anew"),
        ("What is told once.", "is told"),
        ("This is no YAML.", "is no"),
        ("They are no files.", "are no"),
        ("It says what it is good for.", "what it is good for"),
        ("It stands in the file.", "stands"),
        ("Where they stand in the file.", "stand in"),
        ("It goes on where it stood.", "stood"),
        ("Give up at the last.", "at the last"),
        ("He had none of it.", "none of it"),
    ],
)
def test_a_word_is_found(found, sentence, word):
    assert found("page.md", sentence) == [(1, word)]


@pytest.mark.parametrize(
    "sentence",
    [
        "It is no longer read.",
        "There is no file, and there are no folders.",
        "The answer is no.",
        "At the last line it ends.",
        "It understands a stand-in and a standby.",
        "The user `nobody` is named `is told`.",
        "See https://example.org/nobody.",
    ],
)
def test_plain_english_is_left_alone(found, sentence):
    assert found("page.md", sentence) == []


def test_a_page_is_read_without_its_code(found):
    assert found("page.md", PAGE) == [(1, "nobody"), (3, "is no"), (10, "whoever")]


def test_python_is_read_without_its_names(found):
    expected = [(1, "nobody"), (2, "stands"), (5, "is told"), (7, "whoever"), (11, "is no")]
    assert found("module.py", MODULE) == expected


@pytest.mark.parametrize("name", ["file.yaml", "file.yml", "file.toml", "file.ini"])
def test_comments_of_other_files_are_read(found, name):
    text = "# What nobody\n# is told.\nkey: nobody # at the end it is\nother: anew # no key\n"
    assert found(name, text) == [(1, "nobody"), (2, "is told")]


def test_a_file_of_the_template_is_read_as_text(found):
    assert found("module.py", "{% if kind %}\n  '''\nNobody.\n") == [(3, "nobody")]


def test_prints_the_sentence_and_the_number_per_folder(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("One. Nobody knows\nthat. Three.\n", encoding="utf-8")
    finished = run(page)
    assert finished.returncode == 1
    assert finished.stdout == f"{page.as_posix()}:1: nobody: Nobody knows that.\n"
    assert finished.stderr.split()[0] == "1"


def test_succeeds_where_nothing_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("All is well.\n", encoding="utf-8")
    finished = run(page)
    assert (finished.returncode, finished.stdout) == (0, "")


def run(page):
    return subprocess.run([sys.executable, SCRIPT, page], capture_output=True, encoding="utf-8", check=False)
