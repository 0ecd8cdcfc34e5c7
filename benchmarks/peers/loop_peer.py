"""The jobs as hand-written loops: `loop_peer.py job SOURCE DESTINATION`, `loop_peer.py bootstrap ...`."""

import json
import sys
from pathlib import Path
from time import perf_counter

import msgspec


def job(source, destination):
    decode = msgspec.json.decode
    encode = msgspec.json.encode
    began = perf_counter()
    with Path(source).open("rb") as lines, Path(destination).open("wb") as out:
        for line in lines:
            data = decode(line)
            if data["level"] == "debug":
                continue
            data["host"] = data["host"].upper()
            data["size"] += 1
            out.write(encode(data) + b"\n")
    return {"seconds": perf_counter() - began}


def bootstrap(source, destination):
    decode = msgspec.json.decode
    encode = msgspec.json.encode
    began = perf_counter()
    with Path(source).open("rb") as lines, Path(destination).open("wb") as out:
        for line in lines:
            data = decode(line)
            if data["level"] != "debug":
                data["host"] = data["host"].upper()
                data["checked"] = True
                out.write(encode(data) + b"\n")
    return {"seconds": perf_counter() - began}


if __name__ == "__main__":
    print(json.dumps({"job": job, "bootstrap": bootstrap}[sys.argv[1]](*sys.argv[2:])))
