"""Report: the figures as a table, as JSON, as an SVG image and as a page of the documentation."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from html import escape
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from figure import Figure

HEAD = ["work", "against", "figure", "ratio", "must reach", "reached"]
ROW = 22
BAR = 360
TEXT = 380


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table with aligned columns."""
    rows = [HEAD, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def metadata() -> dict[str, Any]:
    """Return the date, the versions and the machine."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        **{name: version(name) for name in ("wishbone-core", "gevent", "msgspec")},
    }


def write_json(path: Path, figures: Sequence[Figure], missing: dict[str, str]) -> None:
    """Write the figures as JSON."""
    content = {**metadata(), "missing": missing, "figures": [figure.as_dict() for figure in figures]}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def write_svg(path: Path, figures: Sequence[Figure]) -> None:
    """Draw a bar for each figure with a bound. The vertical line marks the bound."""
    bounded = [figure for figure in figures if figure.reached is not None]
    height = ROW * (len(bounded) + 1)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{TEXT + BAR + 60}" height="{height}">',
        '<g font-family="sans-serif" font-size="12">',
    ]
    for number, figure in enumerate(bounded):
        y = ROW * number + 6
        name = escape(f"{figure.work}: {figure.name}")
        share = min(score(figure), 2) / 2
        colour = "#2a7f62" if figure.reached else "#b3452c"
        lines += [
            f'<text x="{TEXT - 8}" y="{y + 12}" text-anchor="end">{name}</text>',
            f'<rect x="{TEXT}" y="{y}" width="{share * BAR:.0f}" height="{ROW - 8}" fill="{colour}"/>',
            f'<text x="{TEXT + BAR + 6}" y="{y + 12}">{figure.ratio:.3g}</text>',
        ]
    middle = TEXT + BAR // 2
    lines.append(f'<line x1="{middle}" y1="0" x2="{middle}" y2="{height - ROW}" stroke="#333"/>')
    lines.append(f'<text x="{middle}" y="{height - 6}" text-anchor="middle">must be reached</text></g></svg>')
    path.write_text("\n".join(lines) + "\n")


def score(figure: Figure) -> float:
    """Return the ratio relative to its bound: higher is better, 1 meets the bound."""
    assert figure.ratio is not None
    if figure.least is not None:
        return figure.ratio / figure.least
    assert figure.most is not None
    return figure.most / figure.ratio if figure.ratio > 0 else sys.float_info.max


def page(figures: Sequence[Figure], missing: dict[str, str]) -> str:
    """Return the page of the documentation."""
    facts = ", ".join(f"{name} {value}" for name, value in metadata().items())
    without = "".join(f"\nNot measured: {peer}, because {reason}.\n" for peer, reason in missing.items())
    return (
        "# Benchmarks\n\n"
        "The engine compared with its peers, written by `python benchmarks/run.py --update-docs`. The two"
        " sides of a ratio ran alternately on one machine; the ratio is the median of the pairs."
        f" Compare ratios: the figures depend on the machine.\n\n{facts[:1].upper()}{facts[1:]}.\n{without}\n"
        f"{table(figures)}\n"
    )
