"""The hooks that the core calls, for plugins that act without being named in a bootstrap file.

A plugin is a module offered under the entry-point group `wishbone`, with functions marked
`@wishbone.hookimpl`. None of them is called on an event's way to success.
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
    """Return functions, by name, that templates may call."""


@hookspec
def on_router_start(router: Default) -> None:
    """Act when all modules of a router have started."""


@hookspec
def on_router_stop(router: Default) -> None:
    """Act when all modules of a router have stopped."""


@hookspec
def on_actor_failed(actor: Actor, error: BaseException) -> None:
    """Act when a module could not be started, or a part of it failed and is started again."""


@hookspec
def on_event_failed(event: Event, actor: Actor, error: BaseException) -> None:
    """Act when a module failed on an event, before the event goes to `failed`."""
