"""Document: what the files of a configuration say, with the place of every value, nothing judged yet."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wishbone_cli.bootstrap.node import Node
from wishbone_cli.bootstrap.scalar import resolve
from wishbone_cli.bootstrap.secret import TAG, SecretMissing
from wishbone_cli.bootstrap.source import list_files, read_text
from wishbone_cli.bootstrap.toml_reader import read_toml
from wishbone_cli.bootstrap.variable import VariableMissing, fill_in, is_one_reference, refers
from wishbone_cli.bootstrap.yaml_reader import Unreadable, read_json, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wishbone_cli.bootstrap.mistake import Mistakes
    from wishbone_cli.bootstrap.place import Place


@dataclass
class Document:
    """What the files say: the content of each, in the order in which they were named or included.

    Args:
        roots: The content of each file.
        complete: Whether all files could be read; if not, what seems to be missing may be there.
    """

    roots: list[Node] = field(default_factory=list)
    complete: bool = True


def read(
    paths: Iterable[str | Path], mistakes: Mistakes, environment: Mapping[str, str] | None = None
) -> Document:
    """Read files, folders of files, and what they include.

    Args:
        paths: The files and folders.
        mistakes: Told everything that cannot be read.
        environment: The environment variables; those of the process, if it is not given.
    """
    reader = _Reader(mistakes, os.environ if environment is None else environment)
    for path in paths:
        for file in list_files(Path(path), mistakes):
            reader.read(file, None, ())
    return reader.document


class _Reader:
    """Reads each file once, and what it includes before it."""

    def __init__(self, mistakes: Mistakes, environment: Mapping[str, str]) -> None:
        self.document = Document()
        self.mistakes = mistakes
        self.environment = environment
        self.done: set[str] = set()

    def read(self, path: Path, place: Place | None, chain: Sequence[Path]) -> None:
        """Read one file.

        Args:
            path: The file.
            place: Where it is included, if it is.
            chain: The files that led here, each included by the one before.
        """
        real = os.path.realpath(path)
        if place is not None and real in map(os.path.realpath, chain):
            names = " -> ".join(map(str, [*chain, path]))
            self.mistakes.add(place, ("include",), f"The files include each other without end: {names}.")
            return
        if real in self.done:
            return
        self.done.add(real)
        root = self._parse(path, place)
        if root is None:
            self.document.complete = False
            return
        root = self._fill_in(root, (), path)
        self._include(root, [*chain, path])
        self.document.roots.append(root)

    def _parse(self, path: Path, place: Place | None) -> Node | None:
        text = read_text(path, self.mistakes, place)
        if text is None:
            return None
        try:
            if path.suffix == ".toml":
                return read_toml(text, str(path))
            read_text_of = read_json if path.suffix == ".json" else read_yaml
            return read_text_of(text, str(path), self.mistakes)
        except Unreadable as error:
            self.mistakes.add(error.place, (), str(error))
            return None

    def _include(self, root: Node, chain: Sequence[Path]) -> None:
        include = root.get("include") if isinstance(root.value, dict) else None
        if include is None or include.broken:
            return
        items = include.value if isinstance(include.value, list) else [include]
        for item in items:
            if isinstance(item.value, str) and item.value:
                path = chain[-1].parent / item.value
                for file in list_files(path, self.mistakes, item.place):
                    self.read(file, item.place, chain)
            elif not item.broken:
                message = f"Expected the name of a file, or a list of them. Found {item.shown}."
                self.mistakes.add(item.place, ("include",), message)

    def _fill_in(self, node: Node, path: Sequence[object], file: Path) -> Node:
        """Return the node with secrets and variables in the place of what refers to them."""
        if isinstance(node.value, dict):
            if list(node.value) == [TAG]:
                return self._secret(node, path, file)
            node.value = {key: self._fill_in(item, [*path, key], file) for key, item in node.value.items()}
        elif isinstance(node.value, list):
            node.value = [self._fill_in(item, [*path, index], file) for index, item in enumerate(node.value)]
        elif isinstance(node.value, str) and refers(node.value):
            return self._variables(node, path)
        return node

    def _secret(self, node: Node, path: Sequence[object], file: Path) -> Node:
        (reference,) = node.value.values()
        described = reference.value
        if isinstance(described, dict) and len(described) == 1:
            ((kind, name),) = described.items()
            described = f"{kind}:{name.value}"
        try:
            value = self.mistakes.secrets.read(described, file.parent, self.environment)
        except SecretMissing as error:
            self.mistakes.add(node.place, path, str(error))
            return Node(None, node.place, secret=True, broken=True)
        return Node(value, node.place, secret=True)

    def _variables(self, node: Node, path: Sequence[object]) -> Node:
        try:
            text = fill_in(node.value, self.environment)
        except VariableMissing as error:
            self.mistakes.add(node.place, path, str(error))
            return Node(None, node.place, broken=True)
        found = Node(text, node.place, source=node.value)
        if is_one_reference(node.value):
            found.other = resolve(text)
            if node.plain:
                found.value, found.other = found.other, found.value
        return found
