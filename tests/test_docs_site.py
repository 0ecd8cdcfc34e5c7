"""The site is complete: navigation, pictures, and the generated reference."""

from __future__ import annotations

import re
import subprocess
import sys

import click
import pytest
import yaml
from docs_page import DOCS, pages
from packages import ROOT

from wishbone.discovery.registry import Registry
from wishbone_cli.app import wishbone
from wishbone_cli.published import PUBLISHED
from wishbone_testing.conformance.snippet import check_snippet

PAGES = pages()
MODULES = [offer for offer in Registry.installed().modules() if offer.full_name in PUBLISHED]
"""The modules of this repository, without those of installed examples."""
NAVIGATION = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
PICTURED = [page for page in PAGES if page.startswith("concepts/") or page == "index.md"]
ENVIRONMENT = {"TOKEN": "secret", "PASSWORD": "secret", "SECRET": "secret"}


@pytest.fixture(scope="module", autouse=True)
def reference():
    subprocess.run([sys.executable, ROOT / "docs" / "generate"], check=True, timeout=120)
    return DOCS / "reference"


def entries(navigation):
    for entry in navigation:
        for name, content in entry.items():
            yield from entries(content) if isinstance(content, list) else [(name, content)]


class Loader(yaml.SafeLoader):
    """Reads mkdocs.yml, in which the site's builder fills in variables."""


Loader.add_constructor("!ENV", lambda loader, node: None)


def navigated():
    return [target for _, target in entries(yaml.load(NAVIGATION, Loader)["nav"])]


def test_every_page_is_in_the_navigation():
    assert [page for page in PAGES if page not in navigated()] == []


def test_every_target_of_the_navigation_exists():
    assert [target for target in navigated() if not (DOCS / target).exists()] == []


@pytest.mark.parametrize("page", PICTURED)
def test_home_and_concepts_have_one_picture_with_an_alternative_text(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    ((alternative, target),) = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text)
    assert len(alternative) > 20
    assert (DOCS / page).parent.joinpath(target).resolve().is_file()


@pytest.mark.parametrize("picture", sorted((DOCS / "pictures").iterdir()), ids=lambda path: path.name)
def test_a_picture_has_a_dark_form_and_loads_nothing(picture):
    text = picture.read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in text
    assert "<title>" in text
    assert re.findall(r'(?:href|src)="(?!#)[^"]*"', text) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page not in {"architecture.md", "migration.md"}])
def test_pages_name_only_existing_modules(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    known = {offer.full_name for offer in (*Registry.installed().modules(), *Registry.installed().codecs())}
    named = re.findall(r"(?<![\w/.])wishbone\.(?:input|output|function|flow)\.[a-z]+\b", text)
    own = set(re.findall(r'^(\w+) = "wishbone_\w+:', text, re.MULTILINE))
    own |= set(re.findall(r"name=(\w+)", text))
    own |= {name.lower() for name in re.findall(r"^class (\w+)\(", text, re.MULTILINE)}
    assert [name for name in named if name not in known and name.rpartition(".")[2] not in own] == []


def test_the_migration_names_existing_modules_in_its_last_column():
    text = (DOCS / "migration.md").read_text(encoding="utf-8")
    table = text.partition("\n## Modules\n")[2].partition("\n## ")[0]
    last = [line.split("|")[-2] for line in table.splitlines() if line.startswith("| ")]
    known = {offer.full_name for offer in Registry.installed().modules()}
    named = {name for cell in last for name in re.findall(r"wishbone\.\w+\.\w+", cell)}
    assert len(named) > 20
    assert named <= known


def test_every_module_has_a_page(reference):
    names = {offer.full_name for offer in MODULES}
    titles = {path.read_text(encoding="utf-8").splitlines()[0] for path in (reference / "modules").iterdir()}
    assert {f"# {name}" for name in names} <= titles


def test_modules_are_grouped_by_kind_in_the_navigation(reference):
    lines = (reference / "modules" / "SUMMARY.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "* [All modules](index.md)",
        "* Inputs",
        "* Outputs",
        "* Functions",
        "* Flows",
    ]
    assert len(lines) == 5 + len(MODULES)


@pytest.mark.parametrize("offer", MODULES, ids=lambda offer: offer.full_name)
def test_the_page_of_a_module_is_complete(offer, reference):
    name = offer.full_name.removeprefix("wishbone.").replace(".", "-")
    text = (reference / "modules" / f"{name}.md").read_text(encoding="utf-8")
    assert re.search(rf'^pip install "?{offer.distribution}\b', text, re.MULTILINE)
    assert "```yaml\nmodules:" in text
    assert "## Queues" in text


def generated(language):
    for path in sorted((DOCS / "reference").rglob("*.md")):
        if path.name == "testing.md":
            continue  # the README of wishbone-testing, which its own tests run
        text = path.read_text(encoding="utf-8")
        found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        yield from ((path, block) for block in found)


def test_every_bootstrap_file_of_the_reference_is_valid(tmp_path):
    snippets = list(generated("yaml"))
    assert len(snippets) > 30
    mistakes = {path.name: check_snippet(text, tmp_path, ENVIRONMENT) for path, text in snippets}
    assert {name: mistake for name, mistake in mistakes.items() if mistake} == {}


def test_every_command_of_the_reference_exists():
    for path, text in generated("sh"):
        program, *words = text.split()
        if program == "pip":
            names = [re.sub(r'^"|>=.*', "", word) for word in words[1:]]
            assert all((ROOT / name / "pyproject.toml").is_file() for name in names), path
        else:
            above = click.Context(wishbone, info_name="wishbone", **wishbone.context_settings)
            command = wishbone.get_command(above, words[0])
            words = words[1 : words.index(">") if ">" in words else None]
            command.make_parser(click.Context(command, parent=above)).parse_args(args=words)


def test_the_schema_is_what_the_command_prints(reference):
    command = [sys.executable, "-m", "wishbone_cli", "schema"]
    said = subprocess.run(command, check=True, capture_output=True, encoding="utf-8", timeout=60)
    assert (reference / "wishbone.schema.json").read_text(encoding="utf-8") == said.stdout
