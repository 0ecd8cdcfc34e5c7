"""Any file is run or reported as invalid; no other error is raised."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wishbone.router import Default
from wishbone_cli.bootstrap import BootstrapError, Diagnostics, Secrets, load
from wishbone_cli.logs.format import escape

FILES_WITH_ERRORS = [
    path.read_text() for path in sorted((Path(__file__).parent / "diagnostics").glob("*.yaml"))
]
NAMES = [
    "modules",
    "routingtable",
    "include",
    "module",
    "arguments",
    "wishbone.input.generator",
    "a.b -> c.d",
]
SIGNS = [
    ":",
    "- ",
    "\n",
    "  ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "!secret ",
    "!!int ",
    "<<",
    "${",
    "'",
    '"',
]
ODDITIES = [
    "\x00",
    "\ufeff",
    "\u2028",
    "? ",
    "|",
    ">",
    "#",
    "%",
    "@",
    "`",
    "~",
    "---",
    "0x",
    "1e999",
    "-",
    "->",
]
PIECES = st.sampled_from([*NAMES, *SIGNS, *ODDITIES])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | PIECES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | PIECES, inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def mutated(draw):
    text = draw(st.sampled_from(FILES_WITH_ERRORS))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 6)))
        text = text[:start] + draw(PIECES | st.text(max_size=3)) + text[end:]
    return text


TEXTS = mutated() | st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60)


def try_text(folder, name, text):
    path = folder / name
    path.write_bytes(text.encode(errors="surrogatepass"))
    diagnostics = Diagnostics(Secrets())
    with suppress(BootstrapError):
        load([path], Default(), diagnostics, environment={"A": "1"})
    for diagnostic in diagnostics.found:
        assert diagnostic.message
        escape(str(diagnostic)).encode()


def fuzz(examples):
    return settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )


@fuzz(300)
@given(text=TEXTS, suffix=st.sampled_from(["yaml", "yaml", "json", "toml"]))
def test_any_text_is_run_or_refused(tmp_path_factory, text, suffix):
    try_text(tmp_path_factory.getbasetemp(), f"fuzz-{os.getpid()}.{suffix}", text)


@fuzz(200)
@given(modules=VALUES, arguments=VALUES, routes=VALUES)
def test_any_structure_is_run_or_refused(tmp_path_factory, modules, arguments, routes):
    import json

    generator = {"module": "wishbone.input.generator", "arguments": arguments}
    text = json.dumps({"modules": {"a": generator, "b": modules}, "routingtable": routes})
    try_text(tmp_path_factory.getbasetemp(), f"structure-{os.getpid()}.json", text)


@pytest.mark.long
@fuzz(10_000)
@given(text=TEXTS, suffix=st.sampled_from(["yaml", "yaml", "json", "toml"]))
def test_any_of_many_texts_is_run_or_refused(tmp_path_factory, text, suffix):
    try_text(tmp_path_factory.getbasetemp(), f"fuzz-{os.getpid()}.{suffix}", text)
