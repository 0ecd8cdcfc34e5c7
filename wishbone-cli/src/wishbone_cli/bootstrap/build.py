"""Builds modules and routes in a router. That opens no file, socket or connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone._engine.wiring import Port, existing
from wishbone.actor import traits_of
from wishbone.arguments.convert import ArgumentError, parameters
from wishbone.diagnostics.describe import describe
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import NoSuchModule, PluginFailed, QueueConnected, QueueMissing, WishboneError
from wishbone_cli.describe_type import describe_type

if TYPE_CHECKING:
    from wishbone.arguments.convert import Problem
    from wishbone.router import Default
    from wishbone_cli.bootstrap.diagnostic import Diagnostics
    from wishbone_cli.bootstrap.model import Definition, ModuleDefinition, RouteDefinition


def build(definition: Definition, router: Default, diagnostics: Diagnostics) -> None:
    """Add modules and routes to a router.

    Args:
        definition: What `parse` returned.
        router: Gets them.
        diagnostics: Gets errors: modules that are not installed, arguments of the wrong type, impossible
            routes.
    """
    for module in definition.modules.values():
        _build_module(module, definition, router, diagnostics)
    connected: dict[str, RouteDefinition] = {}
    for route in definition.routes:
        _connect(route, definition, router, diagnostics, connected)


def _build_module(
    module: ModuleDefinition, definition: Definition, router: Default, diagnostics: Diagnostics
) -> None:
    try:
        router.registerModule(module.module, module.config, module.plain_arguments)
    except ArgumentError as error:
        if _reinterpret(module, error.problems):
            _build_module(module, definition, router, diagnostics)
            return
        for problem in error.problems:
            _add_problem(module, _with_choices(problem, router.registry.load(module.module)), diagnostics)
    except NoSuchModule as error:
        location = module.node.value["module"].location
        message = _explain_short_name(module.module, router) or str(error)
        diagnostics.add(location, [*module.path, "module"], message)
    except PluginFailed:
        raise
    except Exception as error:  # noqa: BLE001 - a module's code may raise anything, which is reported
        text = str(error) if isinstance(error, WishboneError) else f"It cannot be built: {describe(error)}"
        diagnostics.add(module.node.value["module"].location, module.path, text)
    if module.name not in router.modules:
        definition.unusable.add(module.name)


def _reinterpret(module: ModuleDefinition, problems: list[Problem]) -> bool:
    """Read variables with a wrong type as the other scalar type; return whether another try is worth it."""
    if module.arguments is None:
        return False
    return any(module.arguments.follow(problem.path).reinterpret() for problem in problems)


def _explain_short_name(name: str, router: Default) -> str:
    full = {offer.full_name for offer in router.registry.modules() if offer.name == name}
    return f"{name!r} is not a full name: write {' or '.join(sorted(full))}." if full else ""


def _with_choices(problem: Problem, module: type) -> Problem:
    """Add the allowed values where the message only says that the value is wrong."""
    if not problem.message.startswith("Invalid enum value") or len(problem.path) > 1:
        return problem
    (wanted,) = (parameter.type for parameter in parameters(module) if parameter.name == problem.path[0])
    return problem._replace(message=f"Expected {describe_type(wanted)}.")


def _add_problem(module: ModuleDefinition, problem: Problem, diagnostics: Diagnostics) -> None:
    path = (*module.path, "arguments", *problem.path)
    if module.arguments is None:
        diagnostics.add(module.location, path, problem.message)
        return
    *steps, name = problem.path
    # The arguments of a codec are a mapping inside an argument.
    arguments, node = module.arguments.follow(steps), module.arguments.follow(problem.path)
    if isinstance(arguments.value, dict) and name not in arguments.value:
        diagnostics.add(arguments.location, path, problem.message)
    elif problem.message.startswith("There is no such argument"):
        diagnostics.add(arguments.keys[name], path, problem.message)
    elif not node.invalid:
        diagnostics.add(node.location, path, f"{problem.message} Found {node.shown}.")


def _connect(
    route: RouteDefinition,
    definition: Definition,
    router: Default,
    diagnostics: Diagnostics,
    connected: dict[str, RouteDefinition],
) -> None:
    if not _has_modules(route, definition, diagnostics):
        _check_ends(route, router, diagnostics)
        return
    try:
        router.connectQueue(route.source, route.destination, **route.options)
    except QueueConnected as error:
        first = connected.get(route.source) or connected.get(route.destination)
        location = route.locations[0 if route.source in connected else 1]
        diagnostics.add(location, route.path, str(error), *([first.location] if first else []))
    except QueueMissing as error:
        # The router looks for the destination only when it has found the source.
        ends = zip((route.source, route.destination), route.locations, strict=True)
        blamed = [location for end, location in ends if _mentions(str(error), end)]
        diagnostics.add(blamed[0] if blamed else route.location, route.path, str(error))
    except WishboneError as error:
        diagnostics.add(route.location, route.path, str(error))
    else:
        connected[route.source] = connected[route.destination] = route


def _has_modules(route: RouteDefinition, definition: Definition, diagnostics: Diagnostics) -> bool:
    """Return whether both ends have a usable module, and report a module that is not defined."""
    usable = True
    for end, location in zip((route.source, route.destination), route.locations, strict=True):
        module = end.partition(".")[0]
        if module in definition.unusable:
            usable = False
        elif module not in definition.modules:
            known = {*definition.modules, *definition.unusable}
            message = f"There is no module {module!r}. {did_you_mean(module, known)}"
            diagnostics.add(location, route.path, message)
            usable = False
    return usable


def _check_ends(route: RouteDefinition, router: Default, diagnostics: Diagnostics) -> None:
    """Check the queue of the module that is usable, when that at the other end is not."""
    ends = (route.source, "dynamic_outputs"), (route.destination, "dynamic_inputs")
    for (end, dynamic), location in zip(ends, route.locations, strict=True):
        name, _, queue = end.partition(".")
        module = router.modules.get(name)
        if module is not None and not getattr(traits_of(module), dynamic):
            try:
                existing(Port(module, queue))
            except QueueMissing as error:
                diagnostics.add(location, route.path, str(error))


def _mentions(message: str, end: str) -> bool:
    """Return whether a message of the core is about this end of a route."""
    module, _, queue = end.partition(".")
    return repr(end) in message or f"{module!r} has no queue {queue!r}" in message
