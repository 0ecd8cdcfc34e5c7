"""The job on JSON lines, one module for each step: `job.py SOURCE DESTINATION`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import msgspec
from chain import connect_chain

from wishbone import Event
from wishbone.module import FlowModule, FunctionModule, InputModule, OutputModule
from wishbone.router import Default

if TYPE_CHECKING:
    from wishbone import ActorConfig

decode = msgspec.json.decode
encode = msgspec.json.encode


class Read(InputModule):
    """Reads the lines of a file."""

    def __init__(self, config: ActorConfig, path: str) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.path = path

    def preHook(self) -> None:
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        with Path(self.path).open("rb") as file:
            for line in file:
                self.submit(Event(line), "outbox")


class Decode(FunctionModule):
    """Decodes a line to a dict."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        event.data = decode(event.data)
        self.submit(event, "outbox")


class Filter(FlowModule):
    """Drops debug lines."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        if event.data["level"] != "debug":
            self.submit(event, "outbox")


class Modify(FunctionModule):
    """Changes two fields."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        data = event.data
        data["host"] = data["host"].upper()
        data["size"] += 1
        self.submit(event, "outbox")


class Encode(FunctionModule):
    """Encodes a dict to a line."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        event.data = encode(event.data) + b"\n"
        self.submit(event, "outbox")


class Write(OutputModule):
    """Writes lines to a file."""

    def __init__(self, config: ActorConfig, path: str) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.path = path

    def preHook(self) -> None:
        self.file = Path(self.path).open("wb")  # noqa: SIM115 - postHook closes it

    def consume(self, event: Event) -> None:
        self.file.write(event.data)

    def postHook(self) -> None:
        self.file.close()


def measure(source: str, destination: str) -> dict[str, float]:
    """Return the seconds from the start of the pipeline until the file is written and closed."""
    router = Default()
    router.registerModule(Read, "read", {"path": source})
    for module in (Decode, Filter, Modify, Encode):
        router.registerModule(module, module.__name__.lower())
    router.registerModule(Write, "write", {"path": destination})
    connect_chain(router, ["read", "decode", "filter", "modify", "encode", "write"])
    began = perf_counter()
    router.start()
    router.block()
    return {"seconds": perf_counter() - began}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2])))
