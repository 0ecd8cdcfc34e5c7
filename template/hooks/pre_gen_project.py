"""Rejects answers that would not make a valid package, before anything is written."""

import keyword
import re
import sys

KINDS = ("input", "output", "function", "flow", "codec", "plugin")
TAKEN = {"actor_config", "event", "flow_module", "function_module", "input_module", "output_module"}

kind = {{ cookiecutter.kind | string | pprint }}
name = {{ cookiecutter.name | string | pprint }}
description = {{ cookiecutter.description | string | pprint }}
author = {{ cookiecutter.author | string | pprint }}


def problem() -> str:
    """Return what is wrong with the answers, and the cure."""
    if kind not in KINDS:
        return f"There is no kind {kind!r}: choose one of {', '.join(KINDS)}."
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        return (
            f"The name {name!r} is not valid: use lower-case letters, digits and single '_' between them, with"
            " a letter first, such as 'http_client'."
        )
    if len(name) > 24:
        return f"The name {name!r} has {len(name)} characters: use at most 24, as other names contain it."
    if keyword.iskeyword(name):
        return f"The name {name!r} is a keyword of Python: add a word, such as '{name}_event'."
    if name in TAKEN:
        return f"The name {name!r} is taken: its class would hide one of wishbone. Add a word."
    return problem_of_text("description", description) or problem_of_text("author", author)


def problem_of_text(field: str, text: str) -> str:
    """Return why a text cannot be part of TOML and of a docstring."""
    if not text.strip(" ."):
        return f"The {field} is empty: write a few words."
    if text != text.strip():
        return f"The {field} {text!r} begins or ends with a space: remove it."
    if len(text) > 80:
        return f"The {field} has {len(text)} characters: use at most 80."
    if not text.isprintable() or set(text) & set('"\\'):
        return f"The {field} {text!r} must be one line without double quotes and backslashes: reword it."
    return ""


found = problem()
if found:
    sys.exit(found)
