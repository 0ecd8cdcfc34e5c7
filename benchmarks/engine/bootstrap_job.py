"""The job on JSON lines as a bootstrap file: `bootstrap_job.py SOURCE DESTINATION`."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()  # as the command does

import json  # noqa: E402 - patch before importing
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from time import perf_counter  # noqa: E402

from wishbone.router import Default  # noqa: E402
from wishbone_cli.bootstrap import load  # noqa: E402
from wishbone_cli.foreground import run  # noqa: E402

CONFIG = Path(__file__).with_suffix(".yaml")


def measure(source: str, destination: str) -> dict[str, float]:
    """Return the seconds from the start of the pipeline until the file is written and closed."""
    router = Default()
    load([CONFIG], router, environment={"SOURCE": source, "DESTINATION": destination})
    began = perf_counter()
    run(router)
    return {"seconds": perf_counter() - began}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2])))
