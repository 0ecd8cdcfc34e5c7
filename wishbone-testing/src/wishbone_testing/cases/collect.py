"""Finds test cases: in the section `tests` of bootstrap files, and in files next to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wishbone_cli.bootstrap import Diagnostics, Secrets, parse, read
from wishbone_testing.cases.read_case import read_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wishbone_cli.bootstrap import Node
    from wishbone_testing.cases.case import Case

SUFFIXES = (".yaml", ".yml", ".json", ".toml")


def collect(configs: Sequence[str], files: Sequence[str], diagnostics: Diagnostics) -> list[Case]:
    """Return the cases for bootstrap files.

    Args:
        configs: Bootstrap files, and folders of them.
        files: Files with cases; by default those next to the bootstrap files.
        diagnostics: Collects the mistakes in the cases, and files that cannot be read.
    """
    # Other mistakes can only be judged with the environment of each case.
    others = Diagnostics(Secrets())
    document = read([Path(config) for config in configs], others)
    if not document.complete:
        diagnostics.found.extend(others.found)
        return []
    nodes = list(enumerate(parse(document, others).tests))
    diagnostics.found.extend(diagnostic for diagnostic in others.found if diagnostic.path.startswith("tests"))
    for file in files or beside(configs):
        nodes.extend(_nodes(file, diagnostics))
    cases = [read_case(node, ("tests", index), diagnostics) for index, node in nodes]
    return [case for case in cases if case is not None]


def beside(configs: Iterable[str]) -> list[str]:
    """Return the files with cases for bootstrap files: `a.test.yaml` and `a.late.test.yaml` for `a.yaml`."""
    found: dict[Path, None] = {}
    for config in map(Path, configs):
        if config.is_dir():
            # All files of a folder are read as bootstrap files, test cases included.
            continue
        for file in sorted(config.parent.glob("*.test.*")):
            stem = file.name.removesuffix(file.suffix).removesuffix(".test")
            if file.suffix in SUFFIXES and f"{stem}.".startswith(f"{config.stem}."):
                found[file] = None
    return [str(file) for file in found]


def _nodes(file: str, diagnostics: Diagnostics) -> list[tuple[int, Node]]:
    """Return the items of a file's section `tests`, with their indexes."""
    found: list[tuple[int, Node]] = []
    for root in read([Path(file)], diagnostics).roots:
        if not isinstance(root.value, dict) or "tests" not in root.value:
            if not root.invalid:
                diagnostics.add(root.location, (), "There is no section 'tests'. A test file needs one.")
            continue
        tests = root.value["tests"]
        if not isinstance(tests.value, list):
            diagnostics.add(
                tests.location, ("tests",), f"Expected a list of test cases. Found {tests.shown}."
            )
            continue
        found.extend(enumerate(tests.value))
    return found
