"""Environment variables in values: `${NAME}`, `${NAME:-default}`, `${NAME:?message}`."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFERENCE = re.compile(
    r"(?P<literal>\$\$(?=\{))"
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)((?P<operator>:-|:\?)(?P<rest>[^}]*))?\}"
    r"|(?P<invalid>\$\{)"
)


class VariableError(Exception):
    """A variable is not set, or a reference is invalid; the text says what to do."""


def has_reference(text: str) -> bool:
    """Return whether the text may refer to a variable."""
    return "${" in text


def is_single_reference(text: str) -> bool:
    """Return whether the text is one reference and nothing else."""
    match = _REFERENCE.fullmatch(text)
    return match is not None and match["name"] is not None


def substitute(text: str, environment: Mapping[str, str]) -> str:
    """Return the text with variables replaced by their values, which are not searched for variables again.

    Raises:
        VariableError: A variable is not set and has no default, or a reference is invalid.
    """

    def replace(match: re.Match[str]) -> str:
        if match["literal"]:
            return "$"
        if match["invalid"]:
            message = (
                f"{match.string[match.start() : match.start() + 30]!r} is not a valid reference: write"
                " ${NAME}, ${NAME:-default} or ${NAME:?message}, or $${ for a dollar and a brace."
            )
            raise VariableError(message)
        return _look_up(match, environment)

    return _REFERENCE.sub(replace, text)


def _look_up(match: re.Match[str], environment: Mapping[str, str]) -> str:
    name, operator, rest = match["name"], match["operator"], match["rest"]
    value = environment.get(name)
    if value or (value is not None and operator is None):
        return value
    if operator == ":-":
        return str(rest)
    if operator == ":?" and rest:
        message = f"The environment variable {name!r} is not set or empty: {rest}"
        raise VariableError(message)
    near = difflib.get_close_matches(name, environment, n=1, cutoff=0.8)
    suggestion = f" Did you mean {near[0]!r}?" if near else ""
    message = (
        f"The environment variable {name!r} is not set.{suggestion}"
        f" Set it, or write a default: ${{{name}:-default}}."
    )
    raise VariableError(message)
