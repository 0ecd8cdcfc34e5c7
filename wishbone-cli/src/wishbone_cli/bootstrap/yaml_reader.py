"""Reads YAML, and JSON as a part of YAML, into nodes: safely, and with the location of every value."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from wishbone_cli.bootstrap.location import SourceLocation
from wishbone_cli.bootstrap.node import Node
from wishbone_cli.bootstrap.scalar import resolve
from wishbone_cli.bootstrap.secret import TAG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone_cli.bootstrap.diagnostic import Diagnostics

MAX_NODES = 100_000
"""Values of a file, counting each use of an alias: a few anchors can expand to billions."""

MAX_DEPTH = 50
"""Levels of nesting. Real bootstrap files need far fewer."""

_PLAIN = "plain"
_PREFIX = "tag:yaml.org,2002:"
_TAGS = {_PLAIN, TAG, *(f"{_PREFIX}{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))}

_LEADING_TABS = re.compile("^\t+", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BARE_TEMPLATE = re.compile(r"[:,\[-]\s*\{\{")
"""A template without quotes, which YAML reads as a mapping in a mapping."""


class ParseError(Exception):
    """A file is not valid YAML, JSON or TOML; `location` and the text say where and why."""

    def __init__(self, location: SourceLocation, message: str) -> None:
        """Keep both."""
        self.location = location
        super().__init__(message)


class _TooDeep(Exception):
    """Nodes are nested too deep; the argument is the last one that is not."""


class _NotACharacter(Exception):
    """An escape is beyond the last Unicode character; the argument is its mark."""


def read_yaml(text: str, file: str, diagnostics: Diagnostics) -> Node:
    """Return the content of a text in YAML.

    Args:
        text: The text.
        file: The file's name, for the locations.
        diagnostics: Gets errors that do not keep the rest from being read: duplicate keys, unknown tags.

    Raises:
        ParseError: The text is not valid YAML, or exceeds a limit.
    """
    return _Converter(file, diagnostics).convert(_compose(text, file))


def read_json(text: str, file: str, diagnostics: Diagnostics) -> Node:
    """Return the content of a text in JSON: as `read_yaml`, but tabs may indent it."""
    return read_yaml(_LEADING_TABS.sub(lambda tabs: " " * len(tabs[0]), text), file, diagnostics)


def too_deep(location: SourceLocation) -> ParseError:
    """Return the error for values that are nested too deep."""
    return ParseError(location, f"Values are nested deeper than {MAX_DEPTH} levels: use fewer.")


def _compose(text: str, file: str) -> yaml.Node | None:
    """Parse with the loader in C; after an error in Python, whose messages are the same everywhere."""
    try:
        return _compose_with(_fast_loader(), text)
    except (_TooDeep, yaml.YAMLError):
        pass
    try:
        return _compose_with(_loader(yaml.SafeLoader), text)
    except _TooDeep as error:
        raise too_deep(_at(error.args[0].start_mark, file)) from None
    except _NotACharacter as error:
        message = "Not valid YAML: an escape goes up to \\U0010FFFF, the last character of Unicode."
        raise ParseError(_at(error.args[0], file), message) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        location = SourceLocation(file, before.count("\n") + 1, error.position - before.rfind("\n"))
        character = error.character if isinstance(error.character, int) else ord(error.character)
        message = f"The character U+{character:04X} is not allowed in YAML: remove it."
        raise ParseError(location, message) from None
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

    class Loader(base):  # type: ignore[misc] # the base depends on how PyYAML was built
        depth = 0

        def descend_resolver(self, parent: yaml.Node | None, _index: Any) -> None:
            # Both composers are recursive: the one in C would overrun its stack.
            self.depth += 1
            if self.depth > MAX_DEPTH + 1:
                raise _TooDeep(parent)

        def ascend_resolver(self) -> None:
            self.depth -= 1

        def scan_flow_scalar_non_spaces(self, *arguments: Any) -> Any:
            # Only the loader in Python calls this; it does not catch what chr() raises.
            try:
                return super().scan_flow_scalar_non_spaces(*arguments)
            except (OverflowError, ValueError):
                raise _NotACharacter(self.get_mark()) from None

        def resolve(self, kind: type[yaml.Node], _value: str | None, implicit: Any) -> str:
            if kind is yaml.ScalarNode:
                return _PLAIN if implicit[0] else f"{_PREFIX}str"
            return f"{_PREFIX}map" if kind is yaml.MappingNode else f"{_PREFIX}seq"

    return Loader


def _at(mark: yaml.Mark, file: str) -> SourceLocation:
    return SourceLocation(file, mark.line + 1, mark.column + 1)


def _explain(error: yaml.MarkedYAMLError, text: str, file: str) -> ParseError:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return ParseError(SourceLocation(file), f"Not valid YAML: {error}.")
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in (line[: mark.column + 1] or line[:1]):
        message = "YAML is indented with spaces. Found a tab: replace it with spaces."
        return ParseError(SourceLocation(file, mark.line + 1, line.index("\t") + 1), message)
    context = f" {error.context}" if error.context else ""
    began = error.context_mark
    since = f" (which began in line {began.line + 1})" if began and began.line != mark.line else ""
    where = f"{context}{since}:" if context else ""
    cure = _cure(str(error.problem), line, mark.column)
    return ParseError(_at(mark, file), f"Not valid YAML:{where} {error.problem}.{cure}")


def _cure(problem: str, line: str, column: int) -> str:
    """Return what to do about the commonest errors, which YAML's own messages do not say."""
    if line[:column].endswith("$"):
        return " Inside braces or brackets, put quotes around a value with ${NAME}."
    if _BARE_TEMPLATE.search(line):
        return " Put quotes around a template."
    if "cannot start any token" in problem:
        return " Put quotes around the value."
    if problem.startswith("mapping values"):
        return " Put quotes around a text that contains ': ', and indent all keys of a mapping alike."
    return ""


class _Converter:
    """Turns the nodes of PyYAML into ours, following aliases."""

    def __init__(self, file: str, diagnostics: Diagnostics) -> None:
        self.file = file
        self.diagnostics = diagnostics
        self.count = 0

    def convert(self, node: yaml.Node | None, path: Sequence[object] = ()) -> Node:
        if node is None:
            return Node(None, SourceLocation(self.file, 1, 1))
        location = _at(node.start_mark, self.file)
        self.count += 1
        if self.count > MAX_NODES:
            message = (
                f"The file has more than {MAX_NODES} values, counting each use of an alias: split it, or use"
                " fewer aliases."
            )
            raise ParseError(location, message)
        if len(path) > MAX_DEPTH:
            raise too_deep(location)
        if node.tag not in _TAGS:
            tag = node.tag.replace(_PREFIX, "!!")
            message = f"Unknown tag {tag!r}: the only one is '{TAG}'. Quote a text that begins with '!'."
            return self._invalid(location, path, message)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location, path)
        if isinstance(node, yaml.SequenceNode):
            items = [self.convert(item, [*path, index]) for index, item in enumerate(node.value)]
            return _tagged(Node(items, location), node)
        return _tagged(self._scalar(node, location, path), node)

    def _invalid(self, location: SourceLocation, path: Sequence[object], message: str) -> Node:
        self.diagnostics.add(location, path, message)
        return Node(None, location, invalid=True)

    def _scalar(self, node: yaml.Node, location: SourceLocation, path: Sequence[object]) -> Node:
        tag, text = node.tag.removeprefix(_PREFIX), node.value
        if tag in {_PLAIN, "int", "float", "bool", "null"}:
            value = resolve(text)
            if tag != _PLAIN and type(value).__name__.replace("NoneType", "null") != tag:
                return self._invalid(location, path, f"The tag !!{tag} does not fit the value {text!r}.")
            plain = tag == _PLAIN and node.start_mark.line == node.end_mark.line
            return Node(value, location, plain=plain, source=text if value is not text else "")
        if _SURROGATE.search(text):
            # JSON writes a character beyond U+FFFF as two escapes.
            try:
                text = text.encode("utf-16", "surrogatepass").decode("utf-16")
            except UnicodeDecodeError:
                message = "An escape from \\ud800 to \\udfff is half a character: write both halves, or none."
                return self._invalid(location, path, message)
        return Node(text, location)

    def _mapping(self, node: yaml.MappingNode, location: SourceLocation, path: Sequence[object]) -> Node:
        found = Node({}, location)
        merged: list[Node] = []
        for key_node, value_node in node.value:
            key_location = _at(key_node.start_mark, self.file)
            if not isinstance(key_node, yaml.ScalarNode):
                self.diagnostics.add(key_location, path, _explain_key(node, key_node))
                continue
            if key_node.tag == _PLAIN and key_node.value == "<<":
                merged.extend(self._merged(value_node, path))
                continue
            key = self._scalar(key_node, key_location, path).value
            value = self.convert(value_node, [*path, key])
            if key in found.value:
                message = f"The key {key!r} occurs twice in this mapping: remove one."
                self.diagnostics.add(key_location, [*path, key], message, found.keys[key])
                continue
            found.value[key] = value
            found.keys[key] = key_location
        for other in merged:
            found.value = {**other.value, **found.value}
            found.keys = {**other.keys, **found.keys}
        return _tagged(found, node)

    def _merged(self, node: yaml.Node, path: Sequence[object]) -> list[Node]:
        """Return the mappings that `<<` merges into another one."""
        value = self.convert(node, [*path, "<<"])
        candidates = value.value if isinstance(value.value, list) else [value]
        for candidate in candidates:
            if not isinstance(candidate.value, dict):
                message = f"'<<' merges a mapping or a list of mappings. Found {candidate.shown}."
                self.diagnostics.add(candidate.location, [*path, "<<"], message)
        return [candidate for candidate in candidates if isinstance(candidate.value, dict)]


def _explain_key(mapping: yaml.Node, key: yaml.Node) -> str:
    if isinstance(key, yaml.MappingNode) and key.start_mark.index == mapping.start_mark.index + 1:
        return "'{{' starts a mapping in a mapping: put quotes around a template."
    return "A key must be a text or a number. Found a list or a mapping: put quotes around it."


def _tagged(node: Node, origin: yaml.Node) -> Node:
    """Write `!secret x` as the mapping that formats without tags use."""
    if origin.tag != TAG:
        return node
    return Node({TAG: node}, node.location, {TAG: node.location})
