"""Reads a page of the documentation and finds the blocks that can be run.

How to write a page:

- A block with a title, such as title="hello.yaml", is written to a file of that name. A bootstrap file is
  checked, and run to its end unless the page runs it. A Python file is run, by pytest if it is a test.
- In a `console` block, lines that begin with `$` are commands, and `>` continues a command. The lines after a
  command are its output. `...` matches any text, and alone on a line, any lines. A `sh` block must succeed.
- All blocks of a page are run in one shell, in order. Ports such as 8080 are replaced by free ones.
- `<!-- test: commands -->` is run and not shown. Before a block, `<!-- not run: reason -->` keeps it from
  being run, `<!-- excerpt of: file -->` names the file that has its lines, and `<!-- not checked: reason -->`
  marks a file for another program.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from packages import ROOT

DOCS = ROOT / "docs"
_GENERATED = {"reference"}
_FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<language>\w*)(?P<options>.*)$")
_TITLE = re.compile(r'title="(?P<title>[^"]+)"')
_MARK = re.compile(r"^<!-- (?P<name>not run|not checked|excerpt of|test): *(?P<text>.*?)(?P<end> *-->)?$")
_INCLUDE = re.compile(r'^--8<-- "(?P<path>[^"]+)"$')


@dataclass
class Block:
    """The text between two fences, or in a comment that only the tests read."""

    page: str
    line: int
    language: str
    text: str
    title: str = ""
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def place(self):
        return f"docs/{self.page}:{self.line}"

    @property
    def included(self):
        """The files of the repository that are included in it."""
        found = [_INCLUDE.match(line) for line in self.text.splitlines()]
        return [ROOT / match["path"] for match in found if match]


def pages():
    """Return the pages that are not generated."""
    found = (path.relative_to(DOCS) for path in DOCS.rglob("*.md"))
    return sorted(path.as_posix() for path in found if path.parts[0] not in _GENERATED)


def read_blocks(page):
    """Return the blocks of a page, in order."""
    lines = iter(enumerate((DOCS / page).read_text(encoding="utf-8").splitlines(), 1))
    blocks = []
    marks = {}
    for number, line in lines:
        assert not re.match(r"\s+```", line), f"docs/{page}:{number}: the tests do not find an indented fence"
        fence, mark = _FENCE.match(line), _MARK.match(line)
        if mark:
            text = mark["text"] if mark["end"] else _until(lines, "-->", mark["text"])
            if mark["name"] == "test":
                blocks.append(Block(page, number, "sh", text))
            else:
                marks[mark["name"]] = text
        elif fence:
            title = _TITLE.search(fence["options"])
            text = _until(lines, fence["ticks"])
            blocks.append(
                Block(page, number, fence["language"], text, title["title"] if title else "", marks)
            )
            marks = {}
        elif line.strip():
            assert not marks, f"docs/{page}:{number}: a mark must be directly before its block"
    return blocks


def _until(lines, end, first=""):
    found = [first] if first else []
    for _, line in lines:
        if line.strip() == end:
            return "\n".join(found) + "\n"
        found.append(line)
    message = f"{end!r} is missing"
    raise AssertionError(message)
