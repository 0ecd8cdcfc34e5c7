"""Measures the engine against its peers: `python benchmarks/run.py --help`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import report
from bench import Bench
from environment import Environments
from works import WORKS

if TYPE_CHECKING:
    from figure import Figure

HERE = Path(__file__).parent
QUICK = 0.1


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write; return 1 with `--strict` if a bound was missed."""
    options = parse(arguments)
    environments = Environments(options.environments)
    bench = Bench(environments, QUICK if options.quick else 1, options.pairs or (3 if options.quick else 5))
    figures = []
    for name in options.only or WORKS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        figures += WORKS[name](bench)
    print(report.table(figures))
    write(options, figures, bench.missing)
    unreached = [figure for figure in figures if figure.reached is False]
    return int(options.strict and bool(unreached))


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measures the engine against its peers.")
    parser.add_argument("--only", action="append", choices=WORKS, help="run only this work; can be repeated")
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the work and fewer pairs, for a rough result"
    )
    parser.add_argument("--pairs", type=int, help="pairs in each comparison (default: 5)")
    parser.add_argument("--json", type=Path, default=HERE / "results" / "benchmarks.json", metavar="FILE")
    parser.add_argument("--svg", type=Path, default=HERE / "results" / "benchmarks.svg", metavar="FILE")
    parser.add_argument(
        "--environments", type=Path, default=HERE.parent / ".tox" / "bench-peers", metavar="FOLDER"
    )
    parser.add_argument("--update-docs", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a bound was missed")
    return parser.parse_args(arguments)


def write(options: argparse.Namespace, figures: list[Figure], missing: dict[str, str]) -> None:
    """Write the files of the options."""
    for path in (options.json, options.svg):
        path.parent.mkdir(parents=True, exist_ok=True)
    report.write_json(options.json, figures, missing)
    report.write_svg(options.svg, figures)
    if options.update_docs:
        HERE.parent.joinpath("docs", "benchmarks.md").write_text(report.page(figures, missing))


if __name__ == "__main__":
    sys.exit(main())
