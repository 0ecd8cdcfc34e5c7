"""streamz: `streamz_peer.py passing HOPS EVENTS` or `streamz_peer.py job SOURCE DESTINATION`."""

import json
import sys
from pathlib import Path
from time import perf_counter

import msgspec
from streamz import Stream

TEXT = "hello"


def passing(hops, events):
    received = 0

    def sink(_):
        nonlocal received
        received += 1

    source = stream = Stream()
    for _ in range(int(hops)):
        stream = stream.map(lambda text: text)
    stream.sink(sink)
    began = perf_counter()
    for _ in range(int(events)):
        source.emit(TEXT)
    seconds = perf_counter() - began
    assert received == int(events)
    return {"rate": int(events) / seconds}


def job(source_path, destination):
    source = Stream()
    kept = source.map(msgspec.json.decode).filter(lambda data: data["level"] != "debug")
    encoded = kept.map(modify).map(encode)
    began = perf_counter()
    with Path(source_path).open("rb") as lines, Path(destination).open("wb") as out:
        encoded.sink(out.write)
        for line in lines:
            source.emit(line)
    return {"seconds": perf_counter() - began}


def modify(data):
    data["host"] = data["host"].upper()
    data["size"] += 1
    return data


def encode(data):
    return msgspec.json.encode(data) + b"\n"


if __name__ == "__main__":
    print(json.dumps({"passing": passing, "job": job}[sys.argv[1]](*sys.argv[2:])))
