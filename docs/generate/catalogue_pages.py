"""The pages of modules and codecs, from what `wishbone show` knows about them."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from page import Definition, Group, Page, code, definitions, fence, join, prose

from wishbone.discovery.registry import CODECS, KINDS, Registry
from wishbone_cli.catalogue import module_info
from wishbone_cli.published import PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.discovery.registry import Offer
    from wishbone_cli.catalogue import ArgumentInfo, ModuleInfo

KIND_TEXTS = {
    "input": "Inputs create events from what they read or receive.",
    "output": "Outputs write or send events.",
    "function": "Functions change events or drop them.",
    "flow": "Flows route, delay, group or limit events.",
}


def module_pages() -> Iterator[Page | Group]:
    """Yield the list of all modules, and a page for each, grouped by kind."""
    registry = Registry.installed()
    offers = [offer for offer in registry.modules() if offer.full_name in PUBLISHED]
    sheets = {offer: module_info(registry, offer.full_name) for offer in offers}
    blocks = [
        "# Modules",
        "All modules of this repository. `wishbone list` shows which ones you have installed.",
    ]
    groups = []
    for kind in KINDS:
        chosen = {offer: shown for offer, shown in sheets.items() if offer.group == f"wishbone.{kind}"}
        rows = [
            Definition(f"[`{offer.full_name}`]({_file(offer)})", prose(shown.entry.summary))
            for offer, shown in chosen.items()
        ]
        blocks += [f"## {kind.capitalize()}", KIND_TEXTS[kind], definitions(rows)]
        groups.append(Group(f"{kind.capitalize()}s", [_module(offer, chosen[offer]) for offer in chosen]))
    yield Page("index.md", "All modules", join(*blocks))
    yield from groups


def _module(offer: Offer, shown: ModuleInfo) -> Page:
    text = join(f"# {offer.full_name}", _install(shown), *_description(shown, "##"))
    return Page(_file(offer), offer.name, text)


def codec_pages() -> Iterator[Page]:
    """Yield the list of all codecs, and a page for each: its decoder and its encoder."""
    registry = Registry.installed()
    by_name: dict[str, list[Offer]] = defaultdict(list)
    for offer in registry.codecs():
        by_name[offer.name].append(offer)
    rows = []
    pages = []
    for name, offers in sorted(by_name.items()):
        blocks = [f"# {name}"]
        for offer in sorted(offers, key=lambda offer: CODECS.index(offer.group.rpartition(".")[2])):
            shown = module_info(registry, offer.full_name)
            rows.append(Definition(f"[`{offer.full_name}`]({name}.md)", prose(shown.entry.summary)))
            if len(blocks) == 1:
                blocks.append(_install(shown))
            blocks += [f"## {offer.full_name}", *_description(shown, "###", f"{shown.entry.kind}-")]
        pages.append(Page(f"{name}.md", name, join(*blocks)))
    text = join(
        "# Codecs",
        "A decoder turns bytes into values. An encoder turns values into bytes. Inputs have an argument"
        " `decoder`, outputs an argument `encoder`. Give the name of a codec, such as `json`, or a name with"
        ' arguments: `{csv: {delimiter: ";"}}`. Compression wraps another codec: `{gzip: {decoder: json}}`.',
        definitions(rows),
    )
    yield Page("index.md", "All codecs", text)
    yield from pages


def _file(offer: Offer) -> str:
    return f"{offer.full_name.removeprefix('wishbone.').replace('.', '-')}.md"


def _install(shown: ModuleInfo) -> str:
    entry = shown.entry
    if entry.distribution == "wishbone-core":
        return f"Built in: part of {entry.distribution} {entry.version}."
    return join(fence("sh", f"pip install {_requirement(shown)}"), f"Version {entry.version}.")


def _requirement(shown: ModuleInfo) -> str:
    """Return what to install. Names that older projects used before need the lowest version of ours."""
    major = int(shown.entry.version.partition(".")[0])
    return f'"{shown.entry.distribution}>={major}"' if major else shown.entry.distribution


def _description(shown: ModuleInfo, level: str, prefix: str = "") -> Iterator[str]:
    yield prose(shown.entry.summary)
    yield prose(shown.description)
    if shown.snippet:
        yield fence("yaml", shown.snippet)
    if shown.arguments:
        yield f"{level} Arguments"
        yield definitions(_argument(argument, prefix) for argument in shown.arguments)
    if shown.queues:
        yield f"{level} Queues"
        yield definitions(
            Definition(code(queue.name), prose(queue.text), anchor=f"{prefix}queue-{_slug(queue.name)}")
            for queue in shown.queues
        )


def _argument(argument: ArgumentInfo, prefix: str) -> Definition:
    takes = ", ".join(filter(None, [prose(argument.type), _range(argument.range)]))
    if argument.required:
        facts = f"{takes}; **required**"
    elif argument.default is None:
        facts = f"{takes.replace(' or nothing', '')}; optional"
    else:
        facts = f"{takes}; default {code(argument.default)}"
    anchor = f"{prefix}argument-{_slug(argument.name)}"
    return Definition(code(argument.name), prose(argument.text), facts, anchor)


def _range(text: str) -> str:
    """Return a range in Markdown; a regular expression in it is code."""
    bounds, like, pattern = text.partition("like ")
    return f"{bounds}like {code(pattern)}" if like else prose(text)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")
