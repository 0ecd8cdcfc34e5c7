"""Writes the pages of the reference into `docs/reference`: `python docs/generate`."""

from __future__ import annotations

import shutil
from pathlib import Path

from catalogue_pages import codec_pages, module_pages
from command_pages import command_pages
from hook_page import hook_pages
from measured import measured_pages
from page import Page, contents, pages_of
from python_pages import python_pages
from schema_page import schema_pages
from testing_page import testing_pages

REFERENCE = Path(__file__).resolve().parents[1] / "reference"

SECTIONS = {
    "modules": module_pages,
    "codecs": codec_pages,
    "command": command_pages,
    "python": python_pages,
}
"""The folders of the reference, and the functions that write their pages. The first page is the index."""


def write(page: Page, folder: Path) -> None:
    """Write a page, or a file that a page includes or links to."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / page.name).write_text(page.text, encoding="utf-8")


def main() -> None:
    """Delete the reference and write it again, so that no page of a removed module is left."""
    shutil.rmtree(REFERENCE, ignore_errors=True)
    for page in (*hook_pages(), *schema_pages(), *testing_pages(), *measured_pages()):
        write(page, REFERENCE)
    for section, make in SECTIONS.items():
        entries = list(make())
        for page in (*pages_of(entries), contents(entries)):
            write(page, REFERENCE / section)


if __name__ == "__main__":
    main()
