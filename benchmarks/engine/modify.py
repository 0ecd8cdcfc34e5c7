"""Compares `modify` with the same five operations in Python: `modify.py flat|nested|text EVENTS`."""

from __future__ import annotations

import json
import re
import sys
from copy import deepcopy
from statistics import median
from time import perf_counter

from wishbone import Event
from wishbone.actor import ActorConfig
from wishbone.module import FunctionModule, OutputModule
from wishbone.router import Default
from wishbone_function_modify import Modify

ROUNDS = 9

PAYLOAD = {
    "message": "user ada logged in from 192.0.2.7 port 5555",
    "level": "DEBUG",
    "host": "WEB1.Example.ORG",
    "port": "5555",
    "password": "secret",
    "path": "/var/log/auth.log",
    "size": 4096,
    "user": {"name": "ADA", "id": "17", "token": "secret", "mail": " ada@example.org "},
}

PATTERN = r"user (?P<name>\w+) logged in from (?P<address>[0-9.]+)"

OPERATIONS = {
    "flat": [
        {"set": {"data.environment": "production"}},
        {"delete": "data.password"},
        {"lowercase": "data.host"},
        {"convert": {"data.port": "int"}},
        {"rename": {"data.level": "severity"}},
    ],
    "nested": [
        {"set": {"data.user.kind": "person"}},
        {"delete": "data.user.token"},
        {"lowercase": "data.user.name"},
        {"convert": {"data.user.id": "int"}},
        {"trim": "data.user.mail"},
    ],
    "text": [
        {"extract": {"key": "data.message", "pattern": PATTERN}},
        {"uppercase": "data.name"},
        {"copy": {"data.address": "data.peer"}},
        {"move": {"data.path": "data.source"}},
        {"trim": "data.host"},
    ],
}


class ByHand(FunctionModule):
    """The same operations in Python, without undo."""

    def __init__(self, config: ActorConfig, kind: str) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(getattr(self, kind), "inbox")

    def flat(self, event: Event) -> None:
        data = event.data
        data["environment"] = "production"
        del data["password"]
        data["host"] = data["host"].lower()
        data["port"] = int(data["port"])
        data["severity"] = data.pop("level")
        self.submit(event, "outbox")

    def nested(self, event: Event) -> None:
        user = event.data["user"]
        user["kind"] = "person"
        del user["token"]
        user["name"] = user["name"].lower()
        user["id"] = int(user["id"])
        user["mail"] = user["mail"].strip()
        self.submit(event, "outbox")

    def text(self, event: Event) -> None:
        data = event.data
        found = search(data["message"])
        if found is None:
            raise ValueError(data["message"])
        data.update(found.groupdict())
        data["name"] = data["name"].upper()
        data["peer"] = data["address"]
        data["source"] = data.pop("path")
        data["host"] = data["host"].strip()
        self.submit(event, "outbox")


search = re.compile(PATTERN).search


class Sink(OutputModule):
    """Keeps the events: it is not started, and its queue has room for all of them."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(print, "inbox")


def measure(kind: str, count: int) -> dict[str, float]:
    """Return the seconds per event of both sides, and the median of the ratios."""
    pairs = [
        (
            seconds(Modify, {"operations": OPERATIONS[kind]}, count),
            seconds(ByHand, {"kind": kind}, count),
        )
        for _ in range(ROUNDS)
    ]
    return {
        "modify": median(ours for ours, _ in pairs),
        "by_hand": median(theirs for _, theirs in pairs),
        "ratio": median(ours / theirs for ours, theirs in pairs),
        "same": float(result(Modify, {"operations": OPERATIONS[kind]}) == result(ByHand, {"kind": kind})),
    }


def seconds(module: type[FunctionModule], arguments: dict, count: int) -> float:
    """Return the seconds per event of the module's consumer function."""
    consume, _ = build(module, arguments, count)
    events = [Event(deepcopy(PAYLOAD)) for _ in range(count)]
    began = perf_counter()
    for event in events:
        consume(event)
    return (perf_counter() - began) / count


def result(module: type[FunctionModule], arguments: dict) -> dict:
    """Return the payload after the module changed it."""
    consume, sink = build(module, arguments, 1)
    consume(Event(deepcopy(PAYLOAD)))
    return sink.pool.queue.inbox.get().data


def build(module: type[FunctionModule], arguments: dict, size: int) -> tuple:
    """Build the module and a sink after it; return the consumer function and the sink."""
    router = Default(size=size)
    built = router.registerModule(module, "module", arguments)
    sink = router.registerModule(Sink, "sink")
    router.connectQueue("module.outbox", "sink.inbox")
    (consumer,) = built.pool.queue.inbox.consumers
    return consumer.function, sink


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
