"""Reads YAML, and JSON, which is YAML too, into nodes: safely, and with the place of every value."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from wishbone_cli.bootstrap.node import Node
from wishbone_cli.bootstrap.place import Place
from wishbone_cli.bootstrap.scalar import resolve
from wishbone_cli.bootstrap.secret import TAG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone_cli.bootstrap.mistake import Mistakes

MOST_NODES = 100_000
"""Values that a file may have once its aliases are followed: a few anchors can stand for billions."""

DEEPEST = 50
"""How deep values may be nested: modules.input.arguments and what is in there need far less."""

_PLAIN = "plain"
_PREFIX = "tag:yaml.org,2002:"
_TAGS = {_PLAIN, TAG, *(f"{_PREFIX}{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))}

_LEADING_TABS = re.compile("^\t+", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BARE_TEMPLATE = re.compile(r"[:,\[-]\s*\{\{")
"""A template without quotes, which YAML takes for a mapping within a mapping."""


class Unreadable(Exception):
    """The file is no YAML; `place` and the text say where and why."""

    def __init__(self, place: Place, message: str) -> None:
        """Note both."""
        self.place = place
        super().__init__(message)


class _TooDeep(Exception):
    """Nodes are nested too deep; the argument is the last one that is not."""


def read_yaml(text: str, file: str, mistakes: Mistakes) -> Node:
    """Return what a text in YAML says.

    Args:
        text: The text.
        file: The file's name, for the places.
        mistakes: Told about keys that stand twice and about tags that nobody knows.

    Raises:
        Unreadable: The text is no YAML, or stands for more than a bootstrap file may.
    """
    return _Converter(file, mistakes).convert(_compose(text, file))


def read_json(text: str, file: str, mistakes: Mistakes) -> Node:
    """Return what a text in JSON says: see `read_yaml`, to which only the tabs of JSON are foreign."""
    return read_yaml(_LEADING_TABS.sub(lambda tabs: " " * len(tabs[0]), text), file, mistakes)


def _compose(text: str, file: str) -> yaml.Node | None:
    try:
        return _compose_with(_fast_loader(), text)
    except _TooDeep as error:
        mark = error.args[0].start_mark
        raise _too_deep(Place(file, mark.line + 1, mark.column + 1)) from None
    except yaml.YAMLError:
        pass
    # Only the loader written in Python has the same messages everywhere.
    try:
        return _compose_with(_loader(yaml.SafeLoader), text)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Place(file, before.count("\n") + 1, error.position - before.rfind("\n"))
        character = error.character if isinstance(error.character, int) else ord(error.character)
        message = f"The character U+{character:04X} cannot stand in YAML: remove it."
        raise Unreadable(place, message) from None
    except yaml.MarkedYAMLError as error:
        raise _explain(error, text, file) from None


def _compose_with(loader_class: type[Any], text: str) -> yaml.Node | None:
    loader = loader_class(text)
    try:
        node: yaml.Node | None = loader.get_single_node()
    finally:
        loader.dispose()
    return node


@cache
def _fast_loader() -> type[Any]:
    return _loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def _loader(base: type[Any]) -> type[Any]:
    """Return a loader that marks plain scalars instead of resolving them by the rules of YAML 1.1."""

    class Loader(base):  # type: ignore[misc] # which base there is depends on how PyYAML was built
        depth = 0

        def descend_resolver(self, parent: yaml.Node | None, _index: Any) -> None:
            # The composer written in C would overrun its stack.
            self.depth += 1
            if self.depth > DEEPEST + 1:
                raise _TooDeep(parent)

        def ascend_resolver(self) -> None:
            self.depth -= 1

        def resolve(self, kind: type[yaml.Node], _value: str | None, implicit: Any) -> str:
            if kind is yaml.ScalarNode:
                return _PLAIN if implicit[0] else f"{_PREFIX}str"
            return f"{_PREFIX}map" if kind is yaml.MappingNode else f"{_PREFIX}seq"

    return Loader


def _explain(error: yaml.MarkedYAMLError, text: str, file: str) -> Unreadable:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Unreadable(Place(file), f"This is no YAML: {error}.")
    place = Place(file, mark.line + 1, mark.column + 1)
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in (line[: mark.column + 1] or line[:1]):
        column = line.index("\t") + 1
        message = "YAML is indented with spaces, and here stands a tab: replace it with spaces."
        return Unreadable(Place(file, mark.line + 1, column), message)
    context = f" {error.context}" if error.context else ""
    began = error.context_mark
    since = f" (which began in line {began.line + 1})" if began and began.line != mark.line else ""
    where = f"{context}{since}:" if context else ""
    cure = _cure(str(error.problem), line, mark.column)
    return Unreadable(place, f"This is no YAML:{where} {error.problem}.{cure}")


def _cure(problem: str, line: str, column: int) -> str:
    """Say what to do about the commonest mistakes, which YAML's own words do not explain."""
    if line[:column].endswith("$"):
        return " Within braces or brackets, put quotes around what holds ${NAME}."
    if _BARE_TEMPLATE.search(line):
        return " Put quotes around a template."
    if "cannot start any token" in problem:
        return " Put quotes around the value."
    if problem.startswith("mapping values"):
        return " Put quotes around a text that has ': ' in it, and indent the keys of one mapping alike."
    return ""


def _too_deep(place: Place) -> Unreadable:
    return Unreadable(place, f"Values are nested deeper than {DEEPEST} levels: no bootstrap file needs that.")


class _Converter:
    """Turns the nodes of PyYAML into ours, following aliases."""

    def __init__(self, file: str, mistakes: Mistakes) -> None:
        self.file = file
        self.mistakes = mistakes
        self.count = 0

    def convert(self, node: yaml.Node | None, path: Sequence[object] = ()) -> Node:
        if node is None:
            return Node(None, Place(self.file, 1, 1))
        place = self._place(node)
        self.count += 1
        if self.count > MOST_NODES:
            message = (
                f"The file stands for more than {MOST_NODES} values, counted with what its aliases repeat:"
                " no bootstrap file needs that."
            )
            raise Unreadable(place, message)
        if len(path) > DEEPEST:
            raise _too_deep(place)
        if node.tag not in _TAGS:
            self._refuse_tag(node, place, path)
            return Node(None, place, broken=True)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place, path)
        if isinstance(node, yaml.SequenceNode):
            items = [self.convert(item, [*path, index]) for index, item in enumerate(node.value)]
            return _tagged(Node(items, place), node)
        return _tagged(self._scalar(node, place, path), node)

    def _scalar(self, node: yaml.Node, place: Place, path: Sequence[object]) -> Node:
        tag, text = node.tag.removeprefix(_PREFIX), node.value
        plain = tag == _PLAIN and node.start_mark.line == node.end_mark.line
        if tag in {_PLAIN, "int", "float", "bool", "null"}:
            value = resolve(text)
            if tag != _PLAIN and type(value).__name__.replace("NoneType", "null") != tag:
                self.mistakes.add(place, path, f"Expected what !!{tag} says. Found {text!r}.")
                return Node(None, place, broken=True)
            return Node(value, place, plain=plain, source=text if value is not text else "")
        return self._text(text, place, path)

    def _text(self, text: str, place: Place, path: Sequence[object]) -> Node:
        """Return a text; characters beyond U+FFFF may be written as JSON does, by two escapes."""
        if _SURROGATE.search(text):
            try:
                text = text.encode("utf-16", "surrogatepass").decode("utf-16")
            except UnicodeDecodeError:
                message = (
                    "An escape from \\ud800 to \\udfff is half a character: write both halves, or neither."
                )
                self.mistakes.add(place, path, message)
                return Node(None, place, broken=True)
        return Node(text, place)

    def _mapping(self, node: yaml.MappingNode, place: Place, path: Sequence[object]) -> Node:
        found = Node({}, place)
        merged: list[Node] = []
        for key_node, value_node in node.value:
            key_place = self._place(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.mistakes.add(key_place, path, _explain_key(node, key_node))
                continue
            if key_node.tag == _PLAIN and key_node.value == "<<":
                merged.extend(self._merged(value_node, path))
                continue
            key = self._scalar(key_node, key_place, path).value
            value = self.convert(value_node, [*path, key])
            if key in found.value:
                message = f"The key {key!r} stands twice in this mapping: remove one."
                self.mistakes.add(key_place, [*path, key], message, found.keys[key])
                continue
            found.value[key] = value
            found.keys[key] = key_place
        for other in merged:
            found.value = {**other.value, **found.value}
            found.keys = {**other.keys, **found.keys}
        return _tagged(found, node)

    def _merged(self, node: yaml.Node, path: Sequence[object]) -> list[Node]:
        """Return the mappings that `<<` brings in."""
        value = self.convert(node, [*path, "<<"])
        candidates = value.value if isinstance(value.value, list) else [value]
        wrong = [candidate for candidate in candidates if not isinstance(candidate.value, dict)]
        for candidate in wrong:
            message = f"'<<' takes in a mapping, or a list of mappings. Found {candidate.shown}."
            self.mistakes.add(candidate.place, [*path, "<<"], message)
        return [candidate for candidate in candidates if isinstance(candidate.value, dict)]

    def _refuse_tag(self, node: yaml.Node, place: Place, path: Sequence[object]) -> None:
        tag = node.tag.replace(_PREFIX, "!!")
        message = (
            f"Nobody knows the tag {tag!r}: the only one is '{TAG}'. Put a text that begins so in quotes."
        )
        self.mistakes.add(place, path, message)

    def _place(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)


def _explain_key(mapping: yaml.Node, key: yaml.Node) -> str:
    if isinstance(key, yaml.MappingNode) and key.start_mark.index == mapping.start_mark.index + 1:
        return "'{{' begins a mapping within a mapping: put quotes around a template."
    return "A key is a text or a number. Found a list or a mapping: put quotes around it."


def _tagged(node: Node, origin: yaml.Node) -> Node:
    """Write `!secret x` as the mapping that files without tags have for it."""
    if origin.tag != TAG:
        return node
    return Node({TAG: node}, node.place, {TAG: node.place})
