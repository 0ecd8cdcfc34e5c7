"""Refuses answers that would not make a package, before anything is written."""

import keyword
import re
import sys

KINDS = ("input", "output", "function", "flow", "codec", "plugin")
TAKEN = {"actor_config", "event", "flow_module", "function_module", "input_module", "output_module"}

kind = {{ cookiecutter.kind | string | pprint }}
name = {{ cookiecutter.name | string | pprint }}
description = {{ cookiecutter.description | string | pprint }}
author = {{ cookiecutter.author | string | pprint }}


def complain() -> str:
    """Return what is wrong with the answers, and what to do; nothing if all is well."""
    if kind not in KINDS:
        return f"There is no kind {kind!r}: choose one of {', '.join(KINDS)}."
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        return (
            f"A module cannot be called {name!r}: use lower-case letters, digits and single '_' between"
            " them, a letter first, such as 'http_client'."
        )
    if len(name) > 24:
        return f"The name {name!r} has {len(name)} characters: use at most 24, it becomes part of many others."
    if keyword.iskeyword(name):
        return f"A module cannot be called {name!r}, a keyword of Python: add a word, such as '{name}_event'."
    if name in TAKEN:
        return f"A module cannot be called {name!r}: its class would hide one of wishbone's. Add a word to it."
    return complain_of_text("description", description) or complain_of_text("author", author)


def complain_of_text(field: str, text: str) -> str:
    """Return what keeps a text from standing in TOML and in a docstring."""
    if not text.strip(" ."):
        return f"The {field} is empty: write a few words."
    if text != text.strip():
        return f"The {field} {text!r} begins or ends with a space: leave it out."
    if len(text) > 80:
        return f"The {field} has {len(text)} characters: say it in at most 80."
    if not text.isprintable() or set(text) & set('"\\'):
        return f"The {field} {text!r} must be one line without double quotes and backslashes: reword it."
    return ""


complaint = complain()
if complaint:
    sys.exit(complaint)
