"""The pages of the Python API: which modules are public. mkdocstrings reads what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from page import Definition, Group, Page, code, definitions, join

import wishbone

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = {
    "For modules": {
        "wishbone.module": "The base classes of the four kinds of module.",
        "wishbone.actor": "What the four base classes share.",
        "wishbone.config": "The configuration of one module: its name, the size of its queues.",
        "wishbone.event": "Events, logs and metrics.",
        "wishbone.queue": "Queues, and the pool of queues that a module has.",
        "wishbone.arguments": "Types for arguments: templates, expressions, keys, codecs, time zones.",
        "wishbone.codec": "The base classes of decoders and encoders.",
        "wishbone.acknowledgement": "Acknowledgements, through which an input learns the result of an event.",
        "wishbone.checkpoint": "Read positions, committed up to the oldest event that is not settled.",
        "wishbone.error": "All exceptions of wishbone.",
        "wishbone.logging": "The logger of a module.",
        "wishbone.clock": "The time, which tests can control.",
        "wishbone.diagnostics.log_throttle": "Logs of repeated errors, limited in rate.",
    },
    "For programs": {
        "wishbone.router": "The router, which builds, connects, starts and stops modules.",
        "wishbone.discovery.plugins": "The installed plugins.",
        "wishbone_cli.bootstrap": "Loads bootstrap files in a program.",
    },
    "For tests": {
        "wishbone_testing": "Tests of modules and pipelines.",
        "wishbone_testing.conformance": "The tests that every module of a kind must pass.",
    },
}
"""The public modules by reader, and what is in each."""

INTRODUCTION = """
The names that programs, modules and tests may import. Names that begin with `_`, and modules that are not
listed here, may change without notice.
"""

MEMBERS = {
    "wishbone.arguments": [
        "wishbone.arguments.template",
        "wishbone.arguments.expression",
        "wishbone.arguments.key",
        "wishbone.arguments.selector",
        "wishbone.arguments.timezone",
        "wishbone.codecs.factory",
    ]
}
"""The files of a package whose names are imported from the package."""


def python_pages() -> Iterator[Page | Group]:
    """Yield the list of all public modules, and a page for each, grouped by reader."""
    blocks = [
        "# Python API",
        INTRODUCTION,
        f"The names used most can be imported from `wishbone`: {', '.join(map(code, wishbone.__all__))}.",
    ]
    groups = []
    for title, public in GROUPS.items():
        rows = [Definition(f"[`{name}`]({_file(name)})", text) for name, text in public.items()]
        blocks += [f"## {title}", definitions(rows)]
        groups.append(Group(title, [_page(name, text) for name, text in public.items()]))
    yield Page("index.md", "All modules", join(*blocks))
    yield from groups


def _page(name: str, text: str) -> Page:
    objects = (f"::: {found}" for found in MEMBERS.get(name, [name]))
    return Page(_file(name), name.removeprefix("wishbone."), join(f"# {name}", text, *objects))


def _file(name: str) -> str:
    return f"{name.removeprefix('wishbone.').replace('.', '-')}.md"
