"""The JSON Schema of a test case (draft 7), for editors."""

from __future__ import annotations

from typing import Any

from wishbone_testing.cases.read_case import SETTLED

QUEUE = r"^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)?$"


def case_schema() -> dict[str, Any]:
    """Return the schema of an item of the section `tests`."""
    step = _step()
    then = {"type": "array", "items": _mapping(step), "description": "The steps after the first."}
    case = {
        "name": {"type": "string", "description": "What the test shows."},
        "environment": {
            "type": "object",
            "additionalProperties": {"type": ["string", "number"]},
            "description": "Variables for the bootstrap file.",
        },
        "replace": _names("The modules to replace; by default all inputs and outputs."),
        "keep": _names("Inputs and outputs not to replace."),
        **step,
        "then": then,
    }
    return {**_mapping(case), "required": ["name"]}


def _step() -> dict[str, Any]:
    number = {"type": "integer", "minimum": 0}
    events = {"type": ["array", "object"]}
    return {
        "fail": _by_queue(number, "On how many of the next events the consumer of a queue fails."),
        "stall": _names("Queues whose consumers are stalled until the end of the step."),
        "given": _by_queue(events, "The events to feed, by queue."),
        "after": {"type": "number", "minimum": 0, "description": "Seconds by which the clock moves."},
        "end": {"type": "boolean", "description": "Whether the inputs end, so that the pipeline stops."},
        "expect": _by_queue(
            events,
            "The events that left through a queue since the previous step: payloads, or checks such as"
            " {$contains: …}, {$matches: …}, {$count: …}, {$unordered: …}.",
        ),
        "failures": {
            **events,
            "description": "The events on which modules failed: 'module', 'type', 'message', 'data' of each.",
        },
        "settled": {
            **_mapping({state: {} for state in SETTLED}),
            "description": "How many of the fed events have settled, and how.",
        },
    }


def _mapping(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _names(description: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "description": description}


def _by_queue(items: dict[str, Any], description: str) -> dict[str, Any]:
    by_queue = {"type": "object", "additionalProperties": False, "patternProperties": {QUEUE: items}}
    return {**by_queue, "description": description}
