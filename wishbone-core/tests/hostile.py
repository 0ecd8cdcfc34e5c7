"""A hostile payload, and a program that evaluates templates and expressions on it within limits.

`python hostile.py` reads texts from its input, a JSON list. For each it prints the text and then the
seconds of the processor, the error, and the memory in MiB by which the process grew.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime

from wishbone.arguments import Expression, Template
from wishbone.error import InvalidData
from wishbone.event import Event

MIB = 1 << 20
SECONDS = 20
ADDRESS_SPACE = 1024 * MIB


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


PAYLOAD = {
    "text": "a" * MIB,
    "wide": "\U0001f600" * (MIB // 4),
    "sharp": "ß" * (MIB // 2),
    "control": "\x00" * MIB,
    "markup": "<!-->&'\"" * (MIB // 8),
    "words": "a " * (MIB // 2),
    "lines": "\n" * MIB,
    "tabs": "\t" * MIB,
    "digits": "9" * MIB,
    "hex": "f" * 4000,
    "needle": "a" * (MIB // 2) + "b",
    "backwards": "ab" + "a" * (MIB // 2),
    "format": "%9999d{:9999d}%(x)9999d{0:9999}" * 1000,
    "big": 10**9,
    "negative": -(10**9),
    "huge": int("9" * 4300),
    "infinite": float("inf"),
    "largest": 1.7e308,
    "zero": 0,
    "flat": list(range(150_000)),
    "texts": ["x" * 8] * 90_000,
    "same": [i * ((1 << 61) - 1) for i in range(45_000)],
    "deep": nested(400),
    "tree": [nested(300) for _ in range(1000)],
    "rows": [{"name": "x" * 10, "n": n} for n in range(20_000)],
    "mapping": {f"key{n}": "v" for n in range(60_000)},
    "path": ".a" * (MIB // 2),
    "bytes": b"\xff" * MIB,
    "time": datetime.now(UTC),
    "filter": "upper",
    "x": 1,
}


def run(text):
    event = Event(PAYLOAD)
    thing = Template(text).render if "{{" in text or "{%" in text else Expression(text).evaluate
    began = time.process_time()
    try:
        thing(event)
        error = None
    except InvalidData as failure:
        error = str(failure)
    return time.process_time() - began, error


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main():
    run("data.x|upper")
    before = memory()
    for limit, value in ((resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, ADDRESS_SPACE)):
        resource.setrlimit(limit, (value, 2 * value))
    for text in json.load(sys.stdin):
        print(json.dumps({"text": text}), flush=True)
        seconds, error = run(text)
        print(
            json.dumps({"seconds": seconds, "error": error and error[:300], "memory": memory() - before}),
            flush=True,
        )


if __name__ == "__main__":
    main()
