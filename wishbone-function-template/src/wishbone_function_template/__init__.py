"""Fills texts in from each event, and sets keys of the event to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.arguments import Template
from wishbone.arguments.convert import ArgumentError, Problem
from wishbone.arguments.key import check_key
from wishbone.error import ConfigError
from wishbone.module import FunctionModule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Render"]


class Render(FunctionModule):
    """Fills texts in from each event, and sets keys of the event to them.

    A text is a Jinja2 template, sandboxed, that sees the event's fields: `{{ data.user.name }}`,
    `{{ tmp.input.path }}`, `{{ tags|join(',') }}`, `{{ timestamp }}`, `{{ uuid }}`. What it names must be
    there: `{{ data.user|default('nobody') }}` has something in its place. A payload is never a template.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada, action: login}, count: 3}
          template:
            module: wishbone.function.template
            arguments:
              fields:
                data.line: "{{ data.user }} did {{ data.action }}"
                tmp.template.subject: "{{ data.action|upper }}"
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> template.inbox
          - template.outbox -> stdout.inbox

    All texts are filled in from the event as it came, and only then set: one does not see the other. An
    event fails when a text cannot be filled in, and is then as it came; and when a key cannot be set,
    because something that has no parts stands in its way.

    Args:
        fields: A text for each key to set. What is missing on the way to a key is made, as mappings.

    Queues:
        inbox: The events to change.
        outbox: The same, changed.
    """

    def __init__(self, config: ActorConfig, fields: dict[str, Template]) -> None:
        """Take events from `inbox`, and bring them out by `outbox`.

        Raises:
            ArgumentError: What is to be set is no key.
        """
        super().__init__(config)
        _check(config.name, fields)
        self._fields = [(key, template.render) for key, template in fields.items()]
        self._outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Set the keys, and pass the event on."""
        for key, text in [(key, render(event)) for key, render in self._fields]:
            event.set(text, key)
        self.submit(event, self._outbox)


def _check(name: str, keys: Iterable[str]) -> None:
    problems = []
    for key in keys:
        try:
            check_key(key)
        except ConfigError as error:
            problems.append(Problem(("fields", key), str(error)))
    if problems:
        raise ArgumentError(name, problems)
