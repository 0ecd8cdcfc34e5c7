"""Page: a name and a text in Markdown; and how texts of people become Markdown."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Page(NamedTuple):
    """One file of the site."""

    name: str
    """The name of the file: `output-stdout.md`."""

    title: str
    """What the navigation calls it."""

    text: str


def contents(pages: Iterable[Page]) -> Page:
    """Return the navigation of a folder: a list of links to its pages."""
    lines = [f"* [{page.title}]({page.name})\n" for page in pages]
    return Page("SUMMARY.md", "", "".join(lines))


def join(*blocks: str) -> str:
    """Return a page's text: its blocks, with an empty line between them. Empty blocks are left out."""
    return "\n\n".join(block.strip("\n") for block in blocks if block.strip()) + "\n"


def fence(language: str, text: str) -> str:
    """Return a text as a block of code."""
    return f"```{language}\n{text.strip(chr(10))}\n```"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; nothing if it has no rows."""
    lines = [_row(cells) for cells in rows]
    if not lines:
        return ""
    return "\n".join([_row(head), _row(["---"] * len(head)), *lines])


def code(value: Any) -> str:
    """Return a value as it stands in a configuration, in the type of code."""
    plain = isinstance(value, str) and value.isprintable() and value
    return f"`{value if plain else json.dumps(value, ensure_ascii=False, default=repr)}`"


def prose(text: str) -> str:
    """Return a text of a docstring: what stands between backticks stays, tags elsewhere are shown as text."""
    parts = re.split(r"(`+[^`]*`+)", text)
    return "".join(part if part.startswith("`") else html.escape(part, quote=False) for part in parts)


def _row(cells: Sequence[str]) -> str:
    escaped = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(escaped)} |"
