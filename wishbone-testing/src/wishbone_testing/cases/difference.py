"""The difference between what was expected and what was found, as lines that a person can read."""

from __future__ import annotations

from difflib import ndiff
from typing import Any

import yaml

MOST_LINES = 60
"""Lines of a difference that are shown."""

SAME_LINES = 3
"""Lines without a difference that are shown before and after one."""


def difference(expected: Any, found: Any) -> str:
    """Return what differs, `-` before what was expected and `+` before what was found.

    Args:
        expected: Values as YAML knows them.
        found: The same.
    """
    lines = [line for line in ndiff(_lines(expected), _lines(found)) if not line.startswith("?")]
    near = {
        index + distance
        for index, line in enumerate(lines)
        if line[0] in "+-"
        for distance in range(-SAME_LINES, SAME_LINES + 1)
    }
    shown: list[str] = []
    for index, line in enumerate(lines):
        if index in near:
            shown.append(line.rstrip())
        elif not shown or shown[-1] != "  …":
            shown.append("  …")
    if len(shown) > MOST_LINES:
        shown[MOST_LINES:] = [f"  … and {len(shown) - MOST_LINES} lines more"]
    return "\n".join(shown)


def _lines(value: Any) -> list[str]:
    if value == []:
        return ["(nothing)"]
    if value == "":
        return []
    text = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return [line for line in text.splitlines() if line != "..."]


class _Dumper(yaml.SafeDumper):
    """Writes a value out each time it occurs, without anchors, and lists further in than what holds them."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True
