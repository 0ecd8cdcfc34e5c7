"""Structured data: the elements of a message and their parameters (RFC 5424, section 6.3)."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["read_structured_data"]

_PARAMETER = r" ++[^ =\]\"]++=\"(?:[^\"\\]++|\\.)*+\""
_ELEMENTS = re.compile(rf"(?:-|(?:\[[^ =\]\"]++(?:{_PARAMETER})*+ *+\])++)(?= |$)", re.DOTALL)
_ELEMENT = re.compile(rf"\[([^ =\]\"]++)((?:{_PARAMETER})*+)", re.DOTALL)
_PAIRS = re.compile(r" ([^ =\]\"]++)=\"((?:[^\"\\]++|\\.)*+)\"", re.DOTALL)
_ESCAPED = re.compile(r"\\([\"\\\]])")


def read_structured_data(text: str) -> tuple[dict[str, dict[str, Any]], str]:
    """Return the elements that a text begins with, and the text after them.

    Without structured data, that is the whole text. A parameter that occurs more than once in an element
    is a list.
    """
    found = _ELEMENTS.match(text)
    if found is None:
        return {}, text
    elements: dict[str, dict[str, Any]] = {}
    for name, parameters in _ELEMENT.findall(text, 0, found.end()):
        pairs = _PAIRS.findall(parameters)
        if "\\" in parameters:
            pairs = [(parameter, _ESCAPED.sub(r"\1", value)) for parameter, value in pairs]
        element = dict(pairs)
        if name in elements or len(element) < len(pairs):
            element = _together(elements.get(name, {}), pairs)
        elements[name] = element
    return elements, text[found.end() + 1 :]


def _together(element: dict[str, Any], pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Add parameters to those that an element has."""
    for name, value in pairs:
        before = element.get(name)
        if before is None:
            element[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            element[name] = [before, value]
    return element
