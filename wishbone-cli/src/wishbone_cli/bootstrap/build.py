"""Builds what a definition describes: modules and routes in a router. Nothing is opened for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone._engine.wiring import Port, existing
from wishbone.actor import traits_of
from wishbone.arguments.convert import ArgumentError, parameters
from wishbone.diagnostics.describe import describe
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import NoSuchModule, PluginFailed, QueueConnected, QueueMissing, WishboneError
from wishbone_cli.type_text import type_text

if TYPE_CHECKING:
    from wishbone.arguments.convert import Problem
    from wishbone.router import Default
    from wishbone_cli.bootstrap.definition import Definition, ModuleDefinition, RouteDefinition
    from wishbone_cli.bootstrap.mistake import Mistakes


def build(definition: Definition, router: Default, mistakes: Mistakes) -> None:
    """Add the modules and routes of a definition to a router.

    Args:
        definition: What `define` returned.
        router: Where they go.
        mistakes: Told about modules that are not installed, arguments that do not fit, and routes
            that cannot be.
    """
    for module in definition.modules.values():
        _build_module(module, definition, router, mistakes)
    connected: dict[str, RouteDefinition] = {}
    for route in definition.routes:
        _connect(route, definition, router, mistakes, connected)


def _build_module(
    module: ModuleDefinition, definition: Definition, router: Default, mistakes: Mistakes
) -> None:
    try:
        router.registerModule(module.module, module.config, module.plain_arguments)
    except ArgumentError as error:
        if _reread(module, error.problems):
            _build_module(module, definition, router, mistakes)
            return
        for problem in error.problems:
            _add_problem(module, _with_choices(problem, router.registry.load(module.module)), mistakes)
    except NoSuchModule as error:
        named = module.node.value["module"]
        message = _explain_short_name(module.module, router) or str(error)
        mistakes.add(named.place, [*module.path, "module"], message)
    except PluginFailed:
        raise
    except Exception as error:  # noqa: BLE001 - the code of a module is foreign: its error is one of the mistakes
        text = str(error) if isinstance(error, WishboneError) else f"It cannot be built: {describe(error)}"
        mistakes.add(module.node.value["module"].place, module.path, text)
    if module.name not in router.modules:
        definition.unusable.add(module.name)


def _reread(module: ModuleDefinition, problems: list[Problem]) -> bool:
    """Read variables as texts that are wrong as numbers, and the other way round.

    Returns:
        Whether there were any, so that it is worth another try.
    """
    if module.arguments is None:
        return False
    return any(module.arguments.follow(problem.path).reread() for problem in problems)


def _explain_short_name(name: str, router: Default) -> str:
    full = {offer.full_name for offer in router.registry.modules() if offer.name == name}
    return f"{name!r} is not the whole name: write {' or '.join(sorted(full))}." if full else ""


def _with_choices(problem: Problem, module: type) -> Problem:
    """Say what can be chosen, where the message says only that something else was."""
    if not problem.message.startswith("Invalid enum value") or len(problem.path) > 1:
        return problem
    (wanted,) = (parameter.type for parameter in parameters(module) if parameter.name == problem.path[0])
    return problem._replace(message=f"Expected {type_text(wanted)}.")


def _add_problem(module: ModuleDefinition, problem: Problem, mistakes: Mistakes) -> None:
    path = (*module.path, "arguments", *problem.path)
    if module.arguments is None:
        mistakes.add(module.place, path, problem.message)
        return
    *steps, name = problem.path
    # An argument of a codec stands in a mapping within an argument.
    arguments, node = module.arguments.follow(steps), module.arguments.follow(problem.path)
    if isinstance(arguments.value, dict) and name not in arguments.value:
        mistakes.add(arguments.place, path, problem.message)
    elif problem.message.startswith("There is no such argument"):
        mistakes.add(arguments.keys[name], path, problem.message)
    elif not node.broken:
        mistakes.add(node.place, path, f"{problem.message} Found {node.shown}.")


def _connect(
    route: RouteDefinition,
    definition: Definition,
    router: Default,
    mistakes: Mistakes,
    connected: dict[str, RouteDefinition],
) -> None:
    if not _has_modules(route, definition, mistakes):
        _check_ends(route, router, mistakes)
        return
    try:
        router.connectQueue(route.source, route.destination, **route.options)
    except QueueConnected as error:
        first = connected.get(route.source) or connected.get(route.destination)
        place = route.places[0 if route.source in connected else 1]
        mistakes.add(place, route.path, str(error), *([first.place] if first else []))
    except QueueMissing as error:
        # Only the destination is looked for when the source was found.
        ends = zip((route.source, route.destination), route.places, strict=True)
        blamed = [place for end, place in ends if _names(str(error), end)]
        mistakes.add(blamed[0] if blamed else route.place, route.path, str(error))
    except WishboneError as error:
        mistakes.add(route.place, route.path, str(error))
    else:
        connected[route.source] = connected[route.destination] = route


def _has_modules(route: RouteDefinition, definition: Definition, mistakes: Mistakes) -> bool:
    """Return whether both ends can be connected, and note a module that nobody describes."""
    possible = True
    for end, place in zip((route.source, route.destination), route.places, strict=True):
        module = end.partition(".")[0]
        if module in definition.unusable:
            possible = False
        elif module not in definition.modules:
            known = {*definition.modules, *definition.unusable}
            message = f"There is no module {module!r}. {did_you_mean(module, known)}"
            mistakes.add(place, route.path, message)
            possible = False
    return possible


def _check_ends(route: RouteDefinition, router: Default, mistakes: Mistakes) -> None:
    """Look for the queue of the module that has no mistakes, where the other one has."""
    ends = (route.source, "dynamic_outputs"), (route.destination, "dynamic_inputs")
    for (end, dynamic), place in zip(ends, route.places, strict=True):
        name, _, queue = end.partition(".")
        module = router.modules.get(name)
        if module is not None and not getattr(traits_of(module), dynamic):
            try:
                existing(Port(module, queue))
            except QueueMissing as error:
                mistakes.add(place, route.path, str(error))


def _names(message: str, end: str) -> bool:
    """Return whether a message of the core is about this end of a route."""
    module, _, queue = end.partition(".")
    return repr(end) in message or f"{module!r} has no queue {queue!r}" in message
