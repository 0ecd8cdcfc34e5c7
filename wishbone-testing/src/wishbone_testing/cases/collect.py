"""Finds test cases: in the section `tests` of bootstrap files, and in the files beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wishbone_cli.bootstrap import Diagnostics, Secrets, parse, read
from wishbone_testing.cases.read_case import CaseReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wishbone_cli.bootstrap import Node
    from wishbone_testing.cases.case import Case

SUFFIXES = (".yaml", ".yml", ".json", ".toml")


def collect(configs: Sequence[str], files: Sequence[str], diagnostics: Diagnostics) -> list[Case]:
    """Return the cases for bootstrap files.

    Args:
        configs: The bootstrap files, and folders of them.
        files: Files with cases; those beside the bootstrap files, if none is given.
        diagnostics: Told what is wrong with the cases, and with files that cannot be read.
    """
    # What else is wrong is told when the environment of each case is known.
    apart = Diagnostics(Secrets())
    document = read([Path(config) for config in configs], apart)
    if not document.complete:
        diagnostics.found.extend(apart.found)
        return []
    nodes = list(enumerate(parse(document, apart).tests))
    diagnostics.found.extend(diagnostic for diagnostic in apart.found if diagnostic.path.startswith("tests"))
    reader = CaseReader(diagnostics)
    cases = [reader.read(node, ("tests", index)) for index, node in nodes]
    for file in files or beside(configs):
        cases.extend(reader.read(node, ("tests", index)) for index, node in _nodes(file, diagnostics))
    return [case for case in cases if case is not None]


def beside(configs: Iterable[str]) -> list[str]:
    """Return the files with cases beside bootstrap files: `a.test.yaml`, `a.late.test.yaml` for `a.yaml`."""
    found: dict[Path, None] = {}
    for config in map(Path, configs):
        if config.is_dir():
            # A folder's files are read as bootstrap files already, test cases and all.
            continue
        for file in sorted(config.parent.glob("*.test.*")):
            named = file.name.removesuffix(file.suffix).removesuffix(".test")
            if file.suffix in SUFFIXES and f"{named}.".startswith(f"{config.stem}."):
                found[file] = None
    return [str(file) for file in found]


def _nodes(file: str, diagnostics: Diagnostics) -> list[tuple[int, Node]]:
    """Return what a file has in its section `tests`."""
    found: list[tuple[int, Node]] = []
    for root in read([Path(file)], diagnostics).roots:
        if not isinstance(root.value, dict) or "tests" not in root.value:
            if not root.invalid:
                message = "There is no section 'tests': nothing else is read from this file."
                diagnostics.add(root.location, (), message)
            continue
        tests = root.value["tests"]
        if not isinstance(tests.value, list):
            diagnostics.add(
                tests.location, ("tests",), f"Expected a list of test cases. Found {tests.shown}."
            )
            continue
        found.extend(enumerate(tests.value))
    return found
