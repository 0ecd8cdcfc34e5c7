"""The page of the testing kit: its README, whose snippets its own tests run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

README = Path(__file__).resolve().parents[2] / "wishbone-testing" / "README.md"


def testing_pages() -> Iterator[Page]:
    """Yield the page."""
    yield Page("testing.md", "Testing kit", README.read_text(encoding="utf-8"))
