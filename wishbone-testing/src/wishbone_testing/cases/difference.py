"""The difference between what was expected and what was found, as lines that a person can read."""

from __future__ import annotations

from difflib import unified_diff
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
    lines = unified_diff(_lines(expected), _lines(found), n=SAME_LINES, lineterm="")
    # The first two name files, and the third says where the first difference stands.
    shown = ["  …" if line.startswith("@@") else f"{line[0]} {line[1:]}" for line in [*lines][3:]]
    if len(shown) > MOST_LINES:
        shown[MOST_LINES:] = [f"  … and {len(shown) - MOST_LINES} lines more"]
    return "\n".join(shown)


def _lines(value: Any) -> list[str]:
    if value == []:
        return ["(nothing)"]
    text = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return [line for line in text.splitlines() if line != "..."]


class _Dumper(yaml.SafeDumper):
    """Writes a value out each time it occurs, without anchors."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Dumper.add_multi_representer(object, lambda dumper, value: dumper.represent_str(repr(value)))
