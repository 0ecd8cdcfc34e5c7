"""Finds words that make English hard to read: `python tests/plain_english.py [PATH...]`, or all files.

It reads the prose of Markdown files, the comments, docstrings and other strings of Python files, and the
comments of YAML, TOML and ini files. It leaves out code in backquotes and fences. For each hit it prints
`file:line: word: sentence`, then the number of hits per package. It exits with 1 if there are any.
"""

from __future__ import annotations

import re
import sys
import tokenize
from bisect import bisect_right
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from packages import ROOT, tracked

WORDS = re.compile(
    r"""
    \b(?:
        whoever | nobody | anew | stands | stood
      | stand\s(?:in|at|on|behind|before|beside|between|below|above|there)
      | (?:is|are|was|were|be|been|being)\stold
      | (?<!there\s)(?:is|are)\sno(?=\s(?!longer\b)\w)
      | what\s(?:it|they)\s(?:is|are)\sgood\sfor
      | at\sthe\slast(?=[.,;:)]|$)
      | none\sof\sit
    )\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
ALLOWED = {
    "tests/plain_english.py": "it lists the words",
    "tests/test_plain_english.py": "it has an example of each word",
}
"""The files that are left out, and why."""

COMMENTED = {".ini", ".toml", ".yaml", ".yml"}
_FENCE = re.compile(r"\s*(```|~~~)")
_CODE = re.compile(r"``.*?``|`[^`\n]*`|https?://\S+")
_QUOTES = re.compile(r"^[a-zA-Z]*(\"\"\"|'''|\"|')|(\"\"\"|'''|\"|')$")
_FIELD = re.compile(r"\{[^{}]*\}")
# Since Python 3.12 an f-string is several tokens.
_STRINGS = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
_BETWEEN = {tokenize.NL, tokenize.NEWLINE}
_BETWEEN |= {getattr(tokenize, f"FSTRING_{edge}", tokenize.NL) for edge in ("START", "END")}


class Hit(NamedTuple):
    """A word that was found."""

    path: Path
    line: int
    word: str
    sentence: str

    def __str__(self):
        return f"{_shown(self.path)}:{self.line}: {self.word}: {self.sentence}"


def hits(path):
    """Return the hits of a file, in order."""
    found = []
    for lines in _blocks(path):
        starts, text = [], ""
        for _, line in lines:
            starts.append(len(text))
            text += _CODE.sub("_", line).strip() + " "
        for match in WORDS.finditer(text):
            number = lines[bisect_right(starts, match.start()) - 1][0]
            found.append(Hit(path, number, match[0].lower(), _sentence(text, match.start())))
    return found


def _blocks(path):
    """Return the prose of a file, as lists of lines that belong together, each line with its number."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return _paragraphs(enumerate(text.splitlines(), 1))
    if path.suffix == ".py":
        return _python(text)
    return _paragraphs(_comments(text)) if path.suffix in COMMENTED else []


def _python(text):
    """Return comments and strings; strings that Python joins, and comments below each other, are one."""
    pieces, kind = [[]], None
    try:
        for token in tokenize.generate_tokens(iter(text.splitlines(keepends=True)).__next__):
            new = (
                "string" if token.type in _STRINGS else "comment" if token.type == tokenize.COMMENT else None
            )
            if new is None:
                kind = kind if token.type in _BETWEEN else None
                continue
            if new != kind:
                pieces.append([])
            kind = new
            # A name or a key has no spaces.
            if new == "comment" or " " in token.string:
                lines = _FIELD.sub("_", _QUOTES.sub("", token.string)).removeprefix("#").splitlines()
                pieces[-1] += enumerate(lines, token.start[0])
    except (tokenize.TokenError, SyntaxError):  # a file of the template
        return _paragraphs(enumerate(text.splitlines(), 1))
    return [block for piece in pieces for block in _paragraphs(iter(piece))]


def _comments(text):
    """Yield the comments of a file, with an empty line before and after one that follows a value."""
    for number, line in enumerate(text.splitlines(), 1):
        value, _, comment = f" {line}".partition(" #")
        if value.strip():
            yield from [(number, ""), (number, comment), (number, "")]
        else:
            yield number, comment


def _paragraphs(lines):
    """Split lines at empty ones, at rows of tables and at list items, without the code in fences."""
    block, blocks = [], []
    fenced = False
    for number, line in lines:
        if _FENCE.match(line):
            fenced = not fenced
        if fenced or not line.strip() or re.match(r"\s*([|#*-]|\d+\.) ?", line):
            blocks.append(block)
            block = []
        if not fenced:
            block.append((number, line))
    return [found for found in [*blocks, block] if found]


def _sentence(text, start):
    """Return the sentence around a place, on one line."""
    before = [match.end() for match in re.finditer(r"[.!?:] ", text[:start])]
    end = re.compile(r"[.!?](?= |$)").search(text, start)
    return " ".join(text[before[-1] if before else 0 : end.end() if end else len(text)].split())


def _shown(path):
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()


def _files(names):
    """Return the files below the paths, or all that git knows."""
    paths = [Path(name).resolve() for name in names]
    if not paths:
        return tracked()
    inside = [path for path in tracked() if any(path.is_relative_to(parent) for parent in paths)]
    return [*inside, *(path for path in paths if path.is_file() and path not in inside)]


def main(names):
    found = [hit for path in _files(names) if _shown(path) not in ALLOWED for hit in hits(path)]
    for hit in found:
        print(hit)
    folders = Counter(_shown(hit.path).rpartition("/")[0].partition("/")[0] or "." for hit in found)
    for folder, number in folders.most_common():
        print(f"{number:5} {folder}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
