"""Document: the content of bootstrap files, with the location of every value; not validated yet."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wishbone_cli.bootstrap.node import Node
from wishbone_cli.bootstrap.scalar import resolve
from wishbone_cli.bootstrap.secret import TAG, SecretError
from wishbone_cli.bootstrap.source import list_files, read_text
from wishbone_cli.bootstrap.toml_reader import read_toml
from wishbone_cli.bootstrap.variable import VariableError, has_reference, is_single_reference, substitute
from wishbone_cli.bootstrap.yaml_reader import ParseError, read_json, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wishbone_cli.bootstrap.diagnostic import Diagnostics
    from wishbone_cli.bootstrap.location import SourceLocation


@dataclass
class Document:
    """The content of bootstrap files.

    Args:
        roots: The content of each file; an included file comes before the one that includes it.
        complete: Whether all files could be read. If not, names that seem undefined may not be.
    """

    roots: list[Node] = field(default_factory=list)
    complete: bool = True


def read(
    paths: Iterable[str | Path], diagnostics: Diagnostics, environment: Mapping[str, str] | None = None
) -> Document:
    """Read files, folders of files, and the files that they include.

    Args:
        paths: The files and folders.
        diagnostics: Gets an error for everything that cannot be read.
        environment: The environment variables; those of the process by default.
    """
    reader = _Reader(diagnostics, os.environ if environment is None else environment)
    for path in paths:
        for file in list_files(Path(path), diagnostics):
            reader.read(file, None, ())
    return reader.document


class _Reader:
    """Reads each file once, after the files that it includes."""

    def __init__(self, diagnostics: Diagnostics, environment: Mapping[str, str]) -> None:
        self.document = Document()
        self.diagnostics = diagnostics
        self.environment = environment
        self.done: set[str] = set()

    def read(self, path: Path, location: SourceLocation | None, chain: Sequence[Path]) -> None:
        """Read one file.

        Args:
            path: The file.
            location: Where it is included, if it is.
            chain: The files that led here, each included by the one before.
        """
        real = os.path.realpath(path)
        if location is not None and real in map(os.path.realpath, chain):
            names = " -> ".join(map(str, [*chain, path]))
            self.diagnostics.add(
                location, ("include",), f"The files include each other in a circle: {names}."
            )
            return
        if real in self.done:
            return
        self.done.add(real)
        root = self._parse(path, location)
        if root is None:
            self.document.complete = False
            return
        root = self._substitute(root, (), path)
        self._include(root, [*chain, path])
        self.document.roots.append(root)

    def _parse(self, path: Path, location: SourceLocation | None) -> Node | None:
        text = read_text(path, self.diagnostics, location)
        if text is None:
            return None
        try:
            if path.suffix == ".toml":
                return read_toml(text, str(path))
            read_text_of = read_json if path.suffix == ".json" else read_yaml
            return read_text_of(text, str(path), self.diagnostics)
        except ParseError as error:
            self.diagnostics.add(error.location, (), str(error))
            return None

    def _include(self, root: Node, chain: Sequence[Path]) -> None:
        include = root.get("include") if isinstance(root.value, dict) else None
        if include is None or include.invalid:
            return
        for item in include.value if isinstance(include.value, list) else [include]:
            if isinstance(item.value, str) and item.value:
                path = chain[-1].parent / item.value
                for file in list_files(path, self.diagnostics, item.location):
                    self.read(file, item.location, chain)
            elif not item.invalid:
                message = f"Expected a file name or a list of file names. Found {item.shown}."
                self.diagnostics.add(item.location, ("include",), message)

    def _substitute(self, node: Node, path: Sequence[object], file: Path) -> Node:
        """Return the node with its secrets and variables replaced by their values."""
        if isinstance(node.value, dict):
            if list(node.value) == [TAG]:
                return self._secret(node, path, file)
            node.value = {key: self._substitute(item, [*path, key], file) for key, item in node.value.items()}
        elif isinstance(node.value, list):
            items = enumerate(node.value)
            node.value = [self._substitute(item, [*path, index], file) for index, item in items]
        elif isinstance(node.value, str) and has_reference(node.value):
            return self._variables(node, path)
        return node

    def _secret(self, node: Node, path: Sequence[object], file: Path) -> Node:
        (reference,) = node.value.values()
        described = reference.value
        if isinstance(described, dict) and len(described) == 1:
            ((kind, name),) = described.items()
            described = f"{kind}:{name.value}"
        try:
            value = self.diagnostics.secrets.read(described, file.parent, self.environment)
        except SecretError as error:
            self.diagnostics.add(node.location, path, str(error))
            return Node(None, node.location, secret=True, invalid=True)
        return Node(value, node.location, secret=True)

    def _variables(self, node: Node, path: Sequence[object]) -> Node:
        try:
            text = substitute(node.value, self.environment)
        except VariableError as error:
            self.diagnostics.add(node.location, path, str(error))
            return Node(None, node.location, invalid=True)
        found = Node(text, node.location, source=node.value)
        if is_single_reference(node.value):
            found.alternative = resolve(text)
            if node.plain:
                found.value, found.alternative = found.alternative, found.value
        return found
