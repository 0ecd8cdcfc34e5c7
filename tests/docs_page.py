"""Page: one page of the site, and what on it can be run.

Whoever writes a page needs to know:

- A block with a title, such as title="hello.yaml", is written to a file of that name. A bootstrap file is
  checked, and run to its end unless the page runs it; a Python file is run, and by pytest if it is a test.
- In a `console` block the lines that begin with `$` are commands, which `>` continues; what stands below each
  is what it says. `...` is anything, and alone on a line, any lines. A `sh` block is run, and must succeed.
- All blocks of a page are followed in one shell, in order. Ports as 8080 are replaced by free ones.
- `<!-- test: commands -->` is run and not shown. `<!-- not run: reason -->` before a block keeps it from
  being run; `<!-- excerpt of: file -->` says where its lines stand; `<!-- not checked: reason -->` is for
  what other programs read.
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
    """What stands between two fences, or in a comment that only the tests read."""

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
        """The files of the repository that stand in its place."""
        found = [_INCLUDE.match(line) for line in self.text.splitlines()]
        return [ROOT / match["path"] for match in found if match]


def pages():
    """Return the pages that people wrote."""
    found = (path.relative_to(DOCS) for path in DOCS.rglob("*.md"))
    return sorted(path.as_posix() for path in found if path.parts[0] not in _GENERATED)


def read_blocks(page):
    """Return what can be run on a page, in order."""
    lines = iter(enumerate((DOCS / page).read_text(encoding="utf-8").splitlines(), 1))
    blocks = []
    marks = {}
    for number, line in lines:
        assert not re.match(r"\s+```", line), (
            f"docs/{page}:{number}: an indented fence is not found by the tests"
        )
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
            assert not marks, f"docs/{page}:{number}: a mark belongs right before its block"
    return blocks


def _until(lines, end, first=""):
    found = [first] if first else []
    for _, line in lines:
        if line.strip() == end:
            return "\n".join(found) + "\n"
        found.append(line)
    message = f"{end!r} is missing"
    raise AssertionError(message)
