"""Reads the definition of modules and routes out of a document, and notes what is wrong with its form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.actor import ActorConfig
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import ConfigError
from wishbone_cli.bootstrap.definition import (
    MODULE_KEYS,
    RESERVED,
    SECTIONS,
    Definition,
    ModuleDefinition,
)
from wishbone_cli.bootstrap.route import define_route

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wishbone_cli.bootstrap.document import Document
    from wishbone_cli.bootstrap.mistake import Mistakes
    from wishbone_cli.bootstrap.node import Node
    from wishbone_cli.bootstrap.place import Place


def define(document: Document, mistakes: Mistakes) -> Definition:
    """Return what a document describes, as far as it is well-formed.

    Args:
        document: What `read` returned.
        mistakes: Told everything that is wrong with the form.
    """
    reader = _Definer(mistakes)
    for root in document.roots:
        reader.file(root)
    if document.complete and document.roots and not mistakes.found and not reader.definition.modules:
        message = "There are no modules: describe at least one in the section 'modules'."
        mistakes.add(document.roots[-1].place, (), message)
    return reader.definition


class _Definer:
    def __init__(self, mistakes: Mistakes) -> None:
        self.definition = Definition()
        self.mistakes = mistakes

    def file(self, root: Node) -> None:
        if root.value is None and not root.broken:
            message = "The file says nothing. Expected the sections modules and routingtable."
            self.mistakes.add(root.place, (), message)
            return
        if not self._is_mapping(root, (), "the sections 'modules' and 'routingtable'"):
            return
        self._refuse_unknown(root, (), SECTIONS, "section")
        modules, routes = root.get("modules"), root.get("routingtable")
        if modules is not None and self._is_mapping(modules, ("modules",), "modules by name"):
            for name, node in modules.value.items():
                self._module(name, node, modules.keys[name])
        if routes is not None:
            self._routes(routes)
        self._tests(root.get("tests"))

    def _tests(self, node: Node | None) -> None:
        if node is None or node.value is None or node.broken:
            return
        if isinstance(node.value, list):
            self.definition.tests.extend(node.value)
        else:
            message = f"Expected a list of test cases. Found {node.shown}."
            self.mistakes.add(node.place, ("tests",), message)

    def _module(self, name: object, node: Node, place: Place) -> None:
        path = ("modules", name)
        self.definition.unusable.add(str(name))
        before = len(self.mistakes.found)
        if name in self.definition.modules:
            message = f"There are two modules {name!r}: give one of them another name."
            self.mistakes.add(place, path, message, self.definition.modules[str(name)].place)
            return
        if not self._is_mapping(node, path, "what the module is, such as {module: wishbone.flow.fanout}"):
            return
        self._refuse_unknown(node, path, MODULE_KEYS, "key")
        config = self._config(name, node, place)
        module = self._kind_of_module(node, path, place)
        arguments = node.get("arguments")
        if arguments is not None and arguments.value is None and not arguments.broken:
            arguments = None
        if arguments is not None:
            self._is_mapping(arguments, (*path, "arguments"), "arguments by name")
        if len(self.mistakes.found) == before and config is not None and module is not None:
            self.definition.unusable.discard(str(name))
            self.definition.modules[config.name] = ModuleDefinition(module, config, arguments, node, place)

    def _kind_of_module(self, node: Node, path: Sequence[object], place: Place) -> str | None:
        module = node.get("module")
        if module is None:
            message = "'module' is missing: say what it is, such as 'module: wishbone.flow.fanout'."
            self.mistakes.add(place, path, message)
            return None
        name: str | None = self._of_type(module, [*path, "module"], str, "the name of a module")
        return name

    def _config(self, name: object, node: Node, place: Place) -> ActorConfig | None:
        """Return the module's configuration, each part of which is checked on its own."""
        path = ("modules", name)
        if not isinstance(name, str) or name.startswith(RESERVED):
            why = "is no text" if not isinstance(name, str) else f"begins with {RESERVED!r}"
            message = f"A module cannot be called {name!r}, which {why}: give it another name."
            self.mistakes.add(place, path, message)
            return None
        options: dict[str, Any] = {}
        wanted = {
            "size": (int, "a number of events"),
            "frequency": ((int, float), "a number of seconds"),
            "description": (str, "a text"),
        }
        for key, (kind, expected) in wanted.items():
            given = node.get(key)
            if given is not None:
                value = self._of_type(given, (*path, key), kind, expected)
                if value is not None and self._try_config(given.place, (*path, key), "x", {key: value}):
                    options[key] = value
        return self._try_config(place, path, name, options)

    def _try_config(
        self, place: Place, path: Sequence[object], name: str, options: dict[str, Any]
    ) -> ActorConfig | None:
        try:
            return ActorConfig(name, **options)
        except ConfigError as error:
            self.mistakes.add(place, path, str(error).removeprefix("Module 'x': "))
            return None

    def _routes(self, node: Node) -> None:
        if node.value is None or node.broken:
            return
        if not isinstance(node.value, list):
            message = (
                f"Expected a list of routes such as '- input.outbox -> stdout.inbox'. Found {node.shown}."
            )
            self.mistakes.add(node.place, ("routingtable",), message)
            return
        for index, item in enumerate(node.value):
            route = define_route(item, ("routingtable", index), self.mistakes)
            if route is not None:
                self.definition.routes.append(route)

    def _is_mapping(self, node: Node, path: Sequence[object], expected: str) -> bool:
        if isinstance(node.value, dict):
            return True
        if not node.broken:
            self.mistakes.add(node.place, path, f"Expected {expected}. Found {node.shown}.")
        return False

    def _refuse_unknown(self, node: Node, path: Sequence[object], known: Iterable[str], what: str) -> None:
        for key in node.value:
            if key not in known:
                message = f"There is no {what} {key!r} here. {did_you_mean(str(key), known)}"
                self.mistakes.add(node.keys[key], [*path, key], message)

    def _of_type(self, node: Node, path: Sequence[object], kind: Any, expected: str) -> Any:
        """Return the value if it is of a type, and otherwise note that it is not."""
        if _is(node.value, kind) or (node.reread() and _is(node.value, kind)):
            return node.value
        if not node.broken:
            self.mistakes.add(node.place, path, f"Expected {expected}. Found {node.shown}.")
        return None


def _is(value: object, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
