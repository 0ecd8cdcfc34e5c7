"""{{ cookiecutter.__sentence }}."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone import hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["register_template_functions"]


def {{ cookiecutter.name }}(value: object) -> str:
    """Return a value as a text in upper case."""
    return str(value).upper()


@hookimpl
def register_template_functions() -> Mapping[str, Callable[..., object]]:
    """Let templates call `{{ cookiecutter.name }}`."""
    return {"{{ cookiecutter.name }}": {{ cookiecutter.name }}}
