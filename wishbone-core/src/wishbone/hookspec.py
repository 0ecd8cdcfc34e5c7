"""The hooks that the core calls, for plugins that act without being named in a bootstrap file.

A plugin is a Python module offered under the entry-point group `wishbone`, with functions marked
`@wishbone.hookimpl`. No hook is called for an event that succeeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wishbone.actor import Actor
    from wishbone.event import Event
    from wishbone.router import Default

hookspec = pluggy.HookspecMarker("wishbone")
hookimpl = pluggy.HookimplMarker("wishbone")


@hookspec
def register_template_functions() -> Mapping[str, Callable[..., object]]:  # type: ignore[empty-body]
    """Return functions that templates may call, by name."""


@hookspec
def on_router_start(router: Default) -> None:
    """Called when all modules of a router have started."""


@hookspec
def on_router_stop(router: Default) -> None:
    """Called when all modules of a router have stopped."""


@hookspec
def on_actor_failed(actor: Actor, error: BaseException) -> None:
    """Called when a module could not be started, or a greenlet of it failed and is restarted."""


@hookspec
def on_event_failed(event: Event, actor: Actor, error: BaseException) -> None:
    """Called when a module failed on an event, before the event goes to `failed`."""
