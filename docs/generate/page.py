"""Page: a name and a text in Markdown. Functions that make Markdown of lists, code and docstrings."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Page(NamedTuple):
    """One file of the site."""

    name: str
    """The name of the file: `output-stdout.md`."""

    title: str
    """What the navigation calls it."""

    text: str


class Group(NamedTuple):
    """Pages under one title in the navigation."""

    title: str
    pages: Sequence[Page]


class Definition(NamedTuple):
    """One entry of a definition list."""

    name: str
    """What is defined, in Markdown: code, or a link."""

    text: str
    facts: str = ""
    """What fits on the line of the name: a type, a default."""

    anchor: str = ""
    """The id under which the entry can be linked to."""


def contents(entries: Iterable[Page | Group]) -> Page:
    """Return the navigation of a folder: a list of links to its pages, in groups."""
    return Page("SUMMARY.md", "", "".join(map(_entry, entries)))


def pages_of(entries: Iterable[Page | Group]) -> Iterator[Page]:
    """Yield every page, without the groups."""
    for entry in entries:
        yield from [entry] if isinstance(entry, Page) else entry.pages


def _entry(entry: Page | Group) -> str:
    if isinstance(entry, Page):
        return f"* [{entry.title}]({entry.name})\n"
    return f"* {entry.title}\n" + "".join(f"    {_entry(page)}" for page in entry.pages)


def join(*blocks: str) -> str:
    """Return a page's text: its blocks, separated by empty lines. Empty blocks are left out."""
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


def definitions(entries: Iterable[Definition]) -> str:
    """Return a definition list. Unlike a table it needs no more width than a phone has."""
    return "\n\n".join(map(_definition, entries))


def code(value: Any) -> str:
    """Return a value as code, written as in a bootstrap file."""
    plain = isinstance(value, str) and value.isprintable() and value
    text = value if plain else json.dumps(value, ensure_ascii=False, default=repr)
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def prose(text: str) -> str:
    """Return the text of a docstring. Code in backticks is kept; tags elsewhere are escaped."""
    parts = re.split(r"(`+[^`]*`+)", text)
    return "".join(part if part.startswith("`") else html.escape(part, quote=False) for part in parts)


def _definition(entry: Definition) -> str:
    name = f"[{entry.name}](#{entry.anchor}){{ #{entry.anchor} }}" if entry.anchor else entry.name
    facts = f" <small>{entry.facts}</small>" if entry.facts else ""
    text = (entry.text or "—").replace("\n", "\n    ")
    return f"{name}{facts}\n:   {text}"


def _row(cells: Sequence[str]) -> str:
    escaped = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(escaped)} |"
