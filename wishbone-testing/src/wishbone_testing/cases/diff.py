"""The difference between expected and found values, as lines of YAML."""

from __future__ import annotations

from difflib import unified_diff
from typing import Any

import yaml

MAX_LINES = 60
CONTEXT_LINES = 3


def diff(expected: Any, found: Any) -> str:
    """Return the lines that differ, with `-` before expected and `+` before found ones."""
    lines = unified_diff(_lines(expected), _lines(found), n=CONTEXT_LINES, lineterm="")
    # The first two lines name files, and the third the position of the first difference.
    shown = ["  …" if line.startswith("@@") else f"{line[0]} {line[1:]}" for line in [*lines][3:]]
    if len(shown) > MAX_LINES:
        shown[MAX_LINES:] = [f"  … and {len(shown) - MAX_LINES} more lines"]
    return "\n".join(shown)


def _lines(value: Any) -> list[str]:
    if value == []:
        return ["(nothing)"]
    text = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return [line for line in text.splitlines() if line != "..."]


class _Dumper(yaml.SafeDumper):
    """Repeats a value instead of referring to it by an anchor."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Dumper.add_multi_representer(object, lambda dumper, value: dumper.represent_str(repr(value)))
