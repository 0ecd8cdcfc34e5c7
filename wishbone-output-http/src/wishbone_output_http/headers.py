"""Headers: the fields of a request, filled in from each event."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wishbone.error import ConfigError, InvalidData

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wishbone.arguments import Template
    from wishbone.event import Event

OURS = frozenset({"connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade"})
"""Fields that say where a request ends and what becomes of the connection: the module makes them itself."""

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class Headers:
    """Fields by name, checked where they are the same for every event, filled in where they are not."""

    def __init__(self, templates: Mapping[str, Template], defaults: Mapping[str, str]) -> None:
        """Check names and fixed values.

        Args:
            templates: What the user gave; it wins.
            defaults: What is there otherwise.

        Raises:
            ConfigError: A field has a name or a value that no field can have, or is not for the user.
        """
        given = {name.lower() for name in templates}
        self._fixed = {name: value for name, value in defaults.items() if name.lower() not in given}
        self._filled: dict[str, Template] = {}
        for name, template in templates.items():
            _check_name(name, template)
            if template.fixed:
                self._fixed[name] = template.text
            else:
                self._filled[name] = template
        for name, value in self._fixed.items():
            if not _VALUE.fullmatch(value):
                message = f"'headers': the value of {name!r} has a character that no header can have."
                raise ConfigError(message)

    def render(self, event: Event) -> dict[str, str]:
        """Return the fields as an event fills them in.

        Raises:
            InvalidData: The event has not what a template names, or what it has would begin another line.
        """
        if not self._filled:
            return self._fixed
        headers = dict(self._fixed)
        for name, template in self._filled.items():
            headers[name] = _render(name, template, event)
        return headers


def _check_name(name: str, template: Template) -> None:
    if not _NAME.fullmatch(name):
        message = f"'headers': no header can be called {name!r}: use letters, digits and '-'."
        raise ConfigError(message)
    if name.lower() in OURS:
        message = f"'headers': {name!r} cannot be given: the module makes it itself. Leave it out."
        raise ConfigError(message)
    if name.lower() == "host" and not template.fixed:
        message = "'headers': 'Host' must be the same for every event: no payload decides who is spoken to."
        raise ConfigError(message)


def _render(name: str, template: Template, event: Event) -> str:
    try:
        value = template.render(event)
    except InvalidData as error:
        # Its message has the template's text, where a token may stand.
        message = f"The header {name!r} cannot be filled in: {error.__cause__}"
        raise InvalidData(message) from None
    if not _VALUE.fullmatch(value):
        message = (
            f"The header {name!r} cannot be filled in: its value would have a line break or another character"
            " that no header can have. Remove it, or put the value into the body."
        )
        raise InvalidData(message)
    return value
