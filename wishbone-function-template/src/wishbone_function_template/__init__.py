"""Renders templates from each event, and sets keys of the event to the results."""

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
    """Renders templates from each event, and sets keys of the event to the results.

    A template is sandboxed Jinja2 and can use the fields of the event: `{{ data.user.name }}`, `{{
    tmp.input.path }}`, `{{ tags|join(',') }}`, `{{ timestamp }}`, `{{ uuid }}`. A missing key is an error;
    write `{{ data.user|default('unknown') }}` for a key that may be missing. A payload is never a template.

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

    All templates are rendered before the first key is set, so a template does not see the result of another.
    An event fails, and stays unchanged, when a template cannot be rendered. It also fails when a key cannot
    be set, because a part of its path is not a mapping.

    Args:
        fields: A template for each key to set. Missing mappings on the path of a key are created.

    Queues:
        inbox: The events to change.
        outbox: The changed events.
    """

    def __init__(self, config: ActorConfig, fields: dict[str, Template]) -> None:
        """Check the keys.

        Raises:
            ArgumentError: A name in `fields` is not a valid key.
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
