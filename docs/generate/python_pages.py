"""The pages of the Python API: which modules are public. mkdocstrings reads what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from page import Definition, Page, code, definitions, join

import wishbone

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLIC = {
    "wishbone.acknowledgement": "How an input learns what became of an event.",
    "wishbone.actor": "What every module is.",
    "wishbone.clock": "What time it is.",
    "wishbone.codec": "What decoders and encoders do.",
    "wishbone.checkpoint": "For inputs with positions: up to where everything is settled.",
    "wishbone.config": "What every module is told.",
    "wishbone.error": "Every error that is raised on purpose.",
    "wishbone.event": "Events, logs and metrics.",
    "wishbone.arguments.expression": "Questions that each event answers.",
    "wishbone.codecs.factory": "Codecs as arguments of modules.",
    "wishbone.arguments.key": "Paths into an event.",
    "wishbone.logging": "What a module logs with.",
    "wishbone.module": "The bases of the four kinds of module.",
    "wishbone.discovery.plugins": "The plugins that are installed.",
    "wishbone.queue": "Queues, and the queues of one module.",
    "wishbone.diagnostics.log_throttle": "Logs a repeated warning at most once a minute.",
    "wishbone.router": "What builds, connects, starts and stops modules.",
    "wishbone.arguments.selector": "The key by which a module tells events apart.",
    "wishbone.arguments.template": "Texts that each event fills in.",
    "wishbone_cli.bootstrap": "Bootstrap files in a program.",
    "wishbone_testing": "Tests of modules and pipelines.",
    "wishbone_testing.conformance": "What every module of a kind must do.",
}
"""The public modules, and what is in each."""


def python_pages() -> Iterator[Page]:
    """Yield the list of all public modules, and a page for each."""
    rows = [Definition(f"[`{name}`]({_file(name)})", text) for name, text in PUBLIC.items()]
    index = join(
        "# Python API",
        "The names that programs, modules and tests may import. Names that begin with `_`, and modules that"
        " are not listed here, may change without notice.",
        f"The names used most can be imported from `wishbone`: {', '.join(map(code, wishbone.__all__))}.",
        definitions(rows),
    )
    yield Page("index.md", "All modules", index)
    for name, text in PUBLIC.items():
        yield Page(_file(name), name, join(f"# {name}", text, f"::: {name}"))


def _file(name: str) -> str:
    return f"{name.removeprefix('wishbone.').replace('.', '-')}.md"
