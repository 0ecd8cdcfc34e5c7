"""bytewax: `bytewax_peer.py passing HOPS EVENTS BATCH`, or `job` or `bootstrap SOURCE DESTINATION BATCH`."""

import json
import sys
from itertools import islice, repeat
from pathlib import Path
from time import perf_counter

import bytewax.operators as op
import msgspec
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, StatelessSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

TEXT = "hello"


class Partition(StatelessSourcePartition):
    def __init__(self, items, batch):
        self.items = items
        self.batch = batch

    def next_batch(self):
        batch = list(islice(self.items, self.batch))
        if not batch:
            raise StopIteration
        return batch


class Source(DynamicSource):
    def __init__(self, items, batch):
        self.arguments = (items, batch)

    def build(self, step_id, worker_index, worker_count):
        return Partition(*self.arguments)


class Each(StatelessSinkPartition):
    def __init__(self, function):
        self.function = function

    def write_batch(self, items):
        for item in items:
            self.function(item)


class Sink(DynamicSink):
    def __init__(self, function):
        self.function = function

    def build(self, step_id, worker_index, worker_count):
        return Each(self.function)


def passing(hops, events, batch):
    received = 0

    def sink(_):
        nonlocal received
        received += 1

    flow = Dataflow("passing")
    stream = op.input("source", flow, Source(repeat(TEXT, int(events)), int(batch)))
    for number in range(int(hops)):
        stream = op.map(f"pass{number}", stream, lambda text: text)
    op.output("sink", stream, Sink(sink))
    began = perf_counter()
    run_main(flow)
    seconds = perf_counter() - began
    assert received == int(events)
    return {"rate": int(events) / seconds}


def job(source_path, destination, batch):
    return run_job(source_path, destination, batch, modify)


def bootstrap(source_path, destination, batch):
    return run_job(source_path, destination, batch, check)


def run_job(source_path, destination, batch, change):
    flow = Dataflow("job")
    with Path(source_path).open("rb") as lines, Path(destination).open("wb") as out:
        stream = op.input("read", flow, Source(lines, int(batch)))
        stream = op.map("decode", stream, msgspec.json.decode)
        stream = op.filter("filter", stream, lambda data: data["level"] != "debug")
        stream = op.map("modify", stream, change)
        stream = op.map("encode", stream, lambda data: msgspec.json.encode(data) + b"\n")
        op.output("write", stream, Sink(out.write))
        began = perf_counter()
        run_main(flow)
    return {"seconds": perf_counter() - began}


def modify(data):
    data["host"] = data["host"].upper()
    data["size"] += 1
    return data


def check(data):
    data["host"] = data["host"].upper()
    data["checked"] = True
    return data


if __name__ == "__main__":
    works = {"passing": passing, "job": job, "bootstrap": bootstrap}
    print(json.dumps(works[sys.argv[1]](*sys.argv[2:])))
