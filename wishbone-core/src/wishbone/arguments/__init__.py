"""The types of argument that a module can take, beyond those of Python.

Authors of modules write `from wishbone.arguments import Template, EventKey`. A name is imported when it is
first used: a module without templates does not load Jinja2.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wishbone.arguments.expression import Expression
    from wishbone.arguments.key import EventKey
    from wishbone.arguments.selector import Key, KeySelector
    from wishbone.arguments.template import Template
    from wishbone.arguments.timezone import TimeZone
    from wishbone.codecs.factory import DecoderFactory, EncoderFactory

__all__ = [
    "DecoderFactory",
    "EncoderFactory",
    "EventKey",
    "Expression",
    "Key",
    "KeySelector",
    "Template",
    "TimeZone",
]

_FILES = {
    "DecoderFactory": "wishbone.codecs.factory",
    "EncoderFactory": "wishbone.codecs.factory",
    "EventKey": "wishbone.arguments.key",
    "Expression": "wishbone.arguments.expression",
    "Key": "wishbone.arguments.selector",
    "KeySelector": "wishbone.arguments.selector",
    "Template": "wishbone.arguments.template",
    "TimeZone": "wishbone.arguments.timezone",
}
"""The file that defines each name."""


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found = globals()[name] = getattr(import_module(_FILES[name]), name)
    return found
