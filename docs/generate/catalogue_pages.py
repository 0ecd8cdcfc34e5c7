"""The pages of modules and codecs, from what `wishbone show` knows about them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from page import Page, code, fence, join, prose, table

from wishbone.discovery.registry import CODECS, KINDS, PUBLISHED, Registry
from wishbone_cli.catalogue import sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.discovery.registry import Offer
    from wishbone_cli.catalogue import Argument, Sheet

KIND_TEXTS = {
    "input": "Inputs bring events in.",
    "output": "Outputs take events out.",
    "function": "Functions change events, or drop them.",
    "flow": "Flows decide where events go, and when.",
}


def module_pages() -> Iterator[Page]:
    """Yield the list of all modules, and a page for each."""
    registry = Registry.installed()
    offers = [offer for offer in registry.modules() if offer.full_name in PUBLISHED]
    sheets = {offer: sheet(registry, offer.full_name) for offer in offers}
    blocks = [
        "# Modules",
        "Every module of this repository. `wishbone list` says which of them are installed where you are.",
    ]
    for kind in KINDS:
        rows = [
            (f"[`{offer.full_name}`]({_file(offer)})", prose(shown.entry.summary))
            for offer, shown in sheets.items()
            if offer.group == f"wishbone.{kind}"
        ]
        blocks += [f"## {kind.capitalize()}", KIND_TEXTS[kind], table(["module", "what it does"], rows)]
    yield Page("index.md", "All modules", join(*blocks))
    for offer, shown in sheets.items():
        text = join(f"# {offer.full_name}", _install(shown), *_description(shown, "##"))
        yield Page(_file(offer), offer.full_name.removeprefix("wishbone."), text)


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
            shown = sheet(registry, offer.full_name)
            rows.append((f"[`{offer.full_name}`]({name}.md)", prose(shown.entry.summary)))
            if len(blocks) == 1:
                blocks.append(_install(shown))
            blocks += [f"## {offer.full_name}", *_description(shown, "###")]
        pages.append(Page(f"{name}.md", name, join(*blocks)))
    text = join(
        "# Codecs",
        "A decoder makes values of bytes, an encoder makes bytes of values. Inputs take them as `decoder`,"
        ' outputs as `encoder`: by name, `json`, or by name with arguments, `{csv: {delimiter: ";"}}`.'
        " Compression wraps another one: `{gzip: {decoder: json}}`.",
        table(["codec", "what it does"], rows),
    )
    yield Page("index.md", "All codecs", text)
    yield from pages


def _file(offer: Offer) -> str:
    return f"{offer.full_name.removeprefix('wishbone.').replace('.', '-')}.md"


def _install(shown: Sheet) -> str:
    entry = shown.entry
    if entry.distribution == "wishbone-core":
        return f"Built in: part of {entry.distribution} {entry.version}."
    return join(fence("sh", f"pip install {entry.distribution}"), f"Version {entry.version}.")


def _description(shown: Sheet, level: str) -> Iterator[str]:
    yield prose(shown.entry.summary)
    yield prose(shown.description)
    if shown.snippet:
        yield fence("yaml", shown.snippet)
    if shown.arguments:
        yield f"{level} Arguments"
        head = ["argument", "takes", "default", "what it is"]
        yield table(head, [_argument_row(argument) for argument in shown.arguments])
    if shown.queues:
        yield f"{level} Queues"
        yield table(
            ["queue", "what comes through"], [(code(queue.name), prose(queue.text)) for queue in shown.queues]
        )


def _argument_row(argument: Argument) -> tuple[str, str, str, str]:
    takes = ", ".join(filter(None, [argument.type, argument.range]))
    default = "required" if argument.required else _default(argument)
    return code(argument.name), prose(takes), default, prose(argument.text)


def _default(argument: Argument) -> str:
    return "" if argument.default is None else code(argument.default)
