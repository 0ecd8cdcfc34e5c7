"""The JSON Schema of a test case (draft 7), for editors."""

from __future__ import annotations

from typing import Any

QUEUE = r"^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)?$"


def case_schema() -> dict[str, Any]:
    """Return the schema of an item of the section `tests`."""
    step = _step()
    return {
        "type": "object",
        "required": ["name"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "description": "What the test shows, in words."},
            "environment": {
                "type": "object",
                "additionalProperties": {"type": ["string", "number"]},
                "description": "The variables that the bootstrap file refers to.",
            },
            "replace": _names("The modules to replace by stand-ins; each input and output, if not given."),
            "keep": _names("Inputs and outputs that are not to be replaced."),
            **step,
            "then": {
                "type": "array",
                "description": "The steps after the first.",
                "items": {"type": "object", "additionalProperties": False, "properties": step},
            },
        },
    }


def _step() -> dict[str, Any]:
    number = {"type": "integer", "minimum": 0}
    return {
        "fail": _by_queue(number, "On how many of the next events the consumer of a queue fails."),
        "stall": _names("Queues that nobody takes events out of until the step is over."),
        "given": _by_queue({"type": ["array", "object"]}, "The events to feed, by queue."),
        "after": {"type": "number", "minimum": 0, "description": "Seconds to move the clock."},
        "end": {"type": "boolean", "description": "Whether the inputs end, and the pipeline stops."},
        "expect": _by_queue(
            {"type": ["array", "object"]},
            "What came out of queues since they were last looked at: as it is, or checks such as"
            " {$contains: …}, {$matches: …}, {$count: …}, {$unordered: …}.",
        ),
        "failures": {
            "type": ["array", "object"],
            "description": "On which events modules failed: 'module', 'type', 'message', 'data' of each.",
        },
        "settled": {
            "type": "object",
            "additionalProperties": False,
            "properties": {state: {} for state in ("acknowledged", "failed", "pending")},
            "description": "How many of the events fed so far have settled, and how.",
        },
    }


def _names(description: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "description": description}


def _by_queue(items: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {QUEUE: items},
        "description": description,
    }
