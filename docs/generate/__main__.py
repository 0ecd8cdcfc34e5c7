"""Writes the pages of the reference into `docs/reference`: `python docs/generate`."""

from __future__ import annotations

import shutil
from pathlib import Path

from catalogue_pages import codec_pages, module_pages
from command_pages import command_pages
from hook_page import hook_pages
from measured import measured_pages
from page import Page, contents
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
"""The folders of the reference, and what writes their pages; the first page of each is its index."""


def write(page: Page, folder: Path) -> None:
    """Write a page, or a file beside the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / page.name).write_text(page.text, encoding="utf-8")


def main() -> None:
    """Write everything anew: what is not installed any more has no page."""
    shutil.rmtree(REFERENCE, ignore_errors=True)
    for page in (*hook_pages(), *schema_pages(), *testing_pages(), *measured_pages()):
        write(page, REFERENCE)
    for section, make in SECTIONS.items():
        pages = list(make())
        for page in (*pages, contents(pages)):
            write(page, REFERENCE / section)


if __name__ == "__main__":
    main()
