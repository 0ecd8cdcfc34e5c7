"""wishbone 3.1.3: `wishbone3_peer.py passing HOPS EVENTS` or `wishbone3_peer.py job SOURCE DESTINATION`.

Its router finds modules only by entry point, so this script declares its own before it imports wishbone.
"""

import json
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from time import perf_counter

GROUP = "wishbone_contrib.module.flow"
STEPS = ("Read", "Decode", "Filter", "Modify", "Encode", "Write", "Source", "Pass", "Sink")


def declare_modules():
    folder = tempfile.mkdtemp()
    declared = Path(folder, "benchmark.egg-info")
    declared.mkdir()
    declared.joinpath("PKG-INFO").write_text("Metadata-Version: 1.0\nName: benchmark\nVersion: 0\n")
    names = "".join(f"{step.lower()} = __main__:{step}\n" for step in STEPS)
    declared.joinpath("entry_points.txt").write_text(f"[{GROUP}]\n{names}")
    sys.path.insert(0, folder)


declare_modules()

import msgspec  # noqa: E402 - like the rest: after the declaration of the modules
from gevent.event import Event as Flag  # noqa: E402

from wishbone.actorconfig import ActorConfig  # noqa: E402
from wishbone.event import Event  # noqa: E402
from wishbone.module import FlowModule  # noqa: E402
from wishbone.router.default import Default  # noqa: E402

TEXT = "hello"
done = Flag()


class Source(FlowModule):
    """Submits `count` events."""

    def __init__(self, config, count):
        FlowModule.__init__(self, config)
        self.pool.createQueue("outbox")
        self.count = count

    def preHook(self):
        self.sendToBackground(self.produce)

    def produce(self):
        for _ in range(self.count):
            self.submit(Event(TEXT), "outbox")
        done.wait()


class Step(FlowModule):
    """Consumes an inbox."""

    def __init__(self, config):
        FlowModule.__init__(self, config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")


class Pass(Step):
    """Passes events on."""

    def consume(self, event):
        self.submit(event, "outbox")


class Sink(FlowModule):
    """Counts events, and sets `done` after the last."""

    def __init__(self, config, count):
        FlowModule.__init__(self, config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.remaining = count

    def consume(self, event):
        self.remaining -= 1
        if not self.remaining:
            done.set()


class Read(FlowModule):
    """Reads the lines of a file; an empty event marks the end."""

    def __init__(self, config, path):
        FlowModule.__init__(self, config)
        self.pool.createQueue("outbox")
        self.path = path

    def preHook(self):
        self.sendToBackground(self.produce)

    def produce(self):
        with Path(self.path).open("rb") as file:
            for line in file:
                self.submit(Event(line), "outbox")
        self.submit(Event(b"{}"), "outbox")
        done.wait()


class Decode(Step):
    """Decodes a line to a dict."""

    def consume(self, event):
        event.set(msgspec.json.decode(event.get()))
        self.submit(event, "outbox")


class Filter(Step):
    """Drops debug lines."""

    def consume(self, event):
        if event.get().get("level") != "debug":
            self.submit(event, "outbox")


class Modify(Step):
    """Changes two fields."""

    def consume(self, event):
        data = event.get()
        if data:
            data["host"] = data["host"].upper()
            data["size"] += 1
        self.submit(event, "outbox")


class Encode(Step):
    """Encodes a dict to a line."""

    def consume(self, event):
        event.set(msgspec.json.encode(event.get()) + b"\n")
        self.submit(event, "outbox")


class Write(FlowModule):
    """Writes lines to a file."""

    def __init__(self, config, path):
        FlowModule.__init__(self, config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.path = path

    def preHook(self):
        self.file = Path(self.path).open("wb")  # noqa: SIM115 - the end of input closes it

    def consume(self, event):
        line = event.get()
        if line == b"{}\n":
            self.file.close()
            done.set()
        else:
            self.file.write(line)


def run(modules):
    """Return the seconds of a chain of (class, name, arguments) until it is done."""
    router = Default(size=100)
    for module, name, arguments in modules:
        router.registerModule(f"{GROUP}.{module.__name__.lower()}", ActorConfig(name, size=100), arguments)
    names = [name for _, name, _ in modules]
    for source, destination in pairwise(names):
        router.connectQueue(f"{source}.outbox", f"{destination}.inbox")
    began = perf_counter()
    router.start()
    done.wait()
    return perf_counter() - began


def passing(hops, events):
    count = {"count": int(events)}
    between = [(Pass, f"pass{number}", {}) for number in range(int(hops))]
    return {"rate": int(events) / run([(Source, "source", count), *between, (Sink, "sink", count)])}


def job(source, destination):
    steps = [(step, step.__name__.lower(), {}) for step in (Decode, Filter, Modify, Encode)]
    return {
        "seconds": run([(Read, "read", {"path": source}), *steps, (Write, "write", {"path": destination})])
    }


if __name__ == "__main__":
    print(json.dumps({"passing": passing, "job": job}[sys.argv[1]](*sys.argv[2:])), flush=True)
