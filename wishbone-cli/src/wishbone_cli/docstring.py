"""Parses the docstring of a module's class: what it does, a snippet, its arguments, its queues."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from textwrap import dedent

_SECTION = re.compile(r"(?P<name>[A-Z][A-Za-z ]*):$")
_ENTRY = re.compile(r"(?P<name>\S[^:]*?)\s*(?:\([^)]*\))?:\s*(?P<text>.*)$")


@dataclass
class Docstring:
    """The parts of a docstring in Google style."""

    summary: str = ""
    description: str = ""
    snippet: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)


def read_docstring(documented: type) -> Docstring:
    """Return the parts of a class's own docstring; parts that it does not have are empty."""
    text = inspect.cleandoc(documented.__dict__.get("__doc__") or "")
    body, sections = _split_sections(text)
    paragraphs = body.split("\n\n")
    snippets = [part for part in paragraphs if part.startswith("    ")]
    prose = [" ".join(part.split()) for part in paragraphs if part.strip() and part not in snippets]
    return Docstring(
        summary=prose[0] if prose else "",
        description="\n\n".join(prose[1:]),
        snippet=dedent("\n\n".join(snippets)).strip("\n"),
        arguments=_entries(sections.get("Args", [])),
        queues=_entries(sections.get("Queues", [])),
    )


def _split_sections(text: str) -> tuple[str, dict[str, list[str]]]:
    """Return the text before the first section, and the lines of each section."""
    body: list[str] = []
    sections: dict[str, list[str]] = {}
    lines = body
    for line in text.splitlines():
        if match := _SECTION.match(line):
            lines = sections.setdefault(match["name"], [])
        else:
            lines.append(line)
    return "\n".join(body), sections


def _entries(lines: list[str]) -> dict[str, str]:
    """Return the entries of a section: a name, a colon and a text that may go on in indented lines."""
    found: dict[str, str] = {}
    name = ""
    for line in dedent("\n".join(lines)).splitlines():
        match = _ENTRY.match(line)
        if match and not line.startswith(" "):
            name = match["name"]
            found[name] = match["text"].strip()
        elif name:
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found
