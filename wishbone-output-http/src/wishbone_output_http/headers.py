"""HeaderTemplates: the headers of requests, rendered from events."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wishbone.error import ConfigError, InvalidData

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wishbone.arguments import Template
    from wishbone.event import Event

RESERVED = frozenset(
    {"connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers that say where a request ends and how the connection is used: the module sets them itself."""

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class HeaderTemplates:
    """Headers by name. Values that are the same for every event are checked when the module is built."""

    def __init__(self, templates: Mapping[str, Template], defaults: Mapping[str, str]) -> None:
        """Check names and fixed values.

        Args:
            templates: The headers of the user, which replace defaults of the same name.
            defaults: The headers of the module.

        Raises:
            ConfigError: A header has an invalid name or value, or is reserved.
        """
        given = {name.lower() for name in templates}
        self._fixed = {name: value for name, value in defaults.items() if name.lower() not in given}
        self._rendered: dict[str, Template] = {}
        for name, template in templates.items():
            _check_name(name, template)
            if template.fixed:
                self._fixed[name] = template.text
            else:
                self._rendered[name] = template
        for name, value in self._fixed.items():
            if not _VALUE.fullmatch(value):
                message = f"'headers': the value of {name!r} has a character that is not allowed in headers."
                raise ConfigError(message)

    def render(self, event: Event) -> dict[str, str]:
        """Return the headers for an event.

        Raises:
            InvalidData: A field used in a template is missing, or a value is not allowed in headers.
        """
        if not self._rendered:
            return self._fixed
        return self._fixed | {name: _render(name, each, event) for name, each in self._rendered.items()}


def _check_name(name: str, template: Template) -> None:
    if not _NAME.fullmatch(name):
        message = f"'headers': {name!r} is not a valid name of a header: use letters, digits and '-'."
        raise ConfigError(message)
    if name.lower() in RESERVED:
        message = f"'headers': the module sets {name!r} itself: remove it."
        raise ConfigError(message)
    if name.lower() == "host" and not template.fixed:
        message = "'headers': 'Host' must be the same for every event: payloads cannot select the server."
        raise ConfigError(message)


def _render(name: str, template: Template, event: Event) -> str:
    try:
        value = template.render(event)
    except InvalidData as error:
        # Its message has the text of the template, which may contain a token.
        message = f"The header {name!r} cannot be rendered: {error.__cause__}"
        raise InvalidData(message) from None
    if not _VALUE.fullmatch(value):
        message = (
            f"The header {name!r} cannot be rendered: its value has a line break or another character that is"
            " not allowed in headers. Remove it, or put the value into the body."
        )
        raise InvalidData(message)
    return value
