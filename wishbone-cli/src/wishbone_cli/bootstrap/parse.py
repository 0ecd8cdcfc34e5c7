"""Parses a document into modules and routes, and reports what is malformed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.actor import ActorConfig
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import ConfigError
from wishbone_cli.bootstrap.model import MODULE_KEYS, RESERVED, SECTIONS, Definition, ModuleDefinition
from wishbone_cli.bootstrap.route import parse_route

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wishbone_cli.bootstrap.diagnostic import Diagnostics
    from wishbone_cli.bootstrap.document import Document
    from wishbone_cli.bootstrap.location import SourceLocation
    from wishbone_cli.bootstrap.node import Node

_CONFIG_TYPES: dict[str, tuple[Any, str]] = {
    "size": (int, "a number of events"),
    "frequency": ((int, float), "a number of seconds"),
    "description": (str, "a text"),
}
"""The type of each key that belongs to the configuration of a module, and how a message calls it."""


def parse(document: Document, diagnostics: Diagnostics) -> Definition:
    """Return the modules and routes of a document that are well-formed.

    Args:
        document: What `read` returned.
        diagnostics: Gets an error for everything that is malformed.
    """
    parser = _Parser(diagnostics)
    for root in document.roots:
        parser.file(root)
    if document.complete and document.roots and not diagnostics.found and not parser.definition.modules:
        message = "There are no modules: add at least one to the section 'modules'."
        diagnostics.add(document.roots[-1].location, (), message)
    return parser.definition


class _Parser:
    def __init__(self, diagnostics: Diagnostics) -> None:
        self.definition = Definition()
        self.diagnostics = diagnostics

    def file(self, root: Node) -> None:
        if root.value is None and not root.invalid:
            message = "The file is empty. Expected the sections 'modules' and 'routingtable'."
            self.diagnostics.add(root.location, (), message)
            return
        if not self._is_mapping(root, (), "the sections 'modules' and 'routingtable'"):
            return
        self._refuse_unknown(root, (), SECTIONS, "section")
        modules = root.get("modules")
        if modules is not None and self._is_mapping(modules, ("modules",), "a mapping of names to modules"):
            for name, node in modules.value.items():
                self._module(name, node, modules.keys[name])
        expected = "a list of routes such as '- input.outbox -> stdout.inbox'"
        for index, item in enumerate(self._list(root, "routingtable", expected)):
            route = parse_route(item, ("routingtable", index), self.diagnostics)
            if route is not None:
                self.definition.routes.append(route)
        self.definition.tests.extend(self._list(root, "tests", "a list of test cases"))

    def _list(self, root: Node, section: str, expected: str) -> list[Node]:
        node = root.get(section)
        if node is None or node.value is None or node.invalid:
            return []
        if not isinstance(node.value, list):
            self.diagnostics.add(node.location, (section,), f"Expected {expected}. Found {node.shown}.")
            return []
        return node.value

    def _module(self, name: object, node: Node, location: SourceLocation) -> None:
        path = ("modules", name)
        self.definition.unusable.add(str(name))
        before = len(self.diagnostics.found)
        if name in self.definition.modules:
            message = f"Two modules have the name {name!r}: rename one."
            first = self.definition.modules[str(name)].location
            self.diagnostics.add(location, path, message, first)
            return
        if not self._is_mapping(node, path, "a mapping such as {module: wishbone.flow.fanout}"):
            return
        self._refuse_unknown(node, path, MODULE_KEYS, "key")
        config = self._config(name, node, location)
        module = self._class_name(node, path, location)
        arguments = node.get("arguments")
        if arguments is not None and arguments.value is None and not arguments.invalid:
            arguments = None
        if arguments is not None:
            self._is_mapping(arguments, (*path, "arguments"), "a mapping of names to arguments")
        if len(self.diagnostics.found) == before and config is not None and module is not None:
            self.definition.unusable.discard(str(name))
            self.definition.modules[config.name] = ModuleDefinition(module, config, arguments, node, location)

    def _class_name(self, node: Node, path: Sequence[object], location: SourceLocation) -> str | None:
        module = node.get("module")
        if module is None:
            message = "'module' is missing: name a module, such as 'module: wishbone.flow.fanout'."
            self.diagnostics.add(location, path, message)
            return None
        name: str | None = self._of_type(module, [*path, "module"], str, "the name of a module")
        return name

    def _config(self, name: object, node: Node, location: SourceLocation) -> ActorConfig | None:
        """Return the module's configuration. Each part is checked alone, so that all errors are found."""
        path = ("modules", name)
        if not isinstance(name, str) or name.startswith(RESERVED):
            why = "it is not a text" if not isinstance(name, str) else f"{RESERVED!r} is reserved"
            self.diagnostics.add(
                location, path, f"{name!r} cannot be the name of a module ({why}): rename it."
            )
            return None
        options: dict[str, Any] = {}
        for key, (kind, expected) in _CONFIG_TYPES.items():
            given = node.get(key)
            if given is not None:
                value = self._of_type(given, (*path, key), kind, expected)
                if value is not None and self._try_config(given.location, (*path, key), "x", {key: value}):
                    options[key] = value
        return self._try_config(location, path, name, options)

    def _try_config(
        self, location: SourceLocation, path: Sequence[object], name: str, options: dict[str, Any]
    ) -> ActorConfig | None:
        try:
            return ActorConfig(name, **options)
        except ConfigError as error:
            self.diagnostics.add(location, path, str(error).removeprefix("Module 'x': "))
            return None

    def _is_mapping(self, node: Node, path: Sequence[object], expected: str) -> bool:
        if isinstance(node.value, dict):
            return True
        if not node.invalid:
            self.diagnostics.add(node.location, path, f"Expected {expected}. Found {node.shown}.")
        return False

    def _refuse_unknown(self, node: Node, path: Sequence[object], known: Iterable[str], what: str) -> None:
        for key in node.value:
            if key not in known:
                message = f"Unknown {what} {key!r}. {did_you_mean(str(key), known)}"
                self.diagnostics.add(node.keys[key], [*path, key], message)

    def _of_type(self, node: Node, path: Sequence[object], kind: Any, expected: str) -> Any:
        """Return the value if it has the type; None after reporting that it has not."""
        if _is(node.value, kind) or (node.reinterpret() and _is(node.value, kind)):
            return node.value
        if not node.invalid:
            self.diagnostics.add(node.location, path, f"Expected {expected}. Found {node.shown}.")
        return None


def _is(value: object, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
