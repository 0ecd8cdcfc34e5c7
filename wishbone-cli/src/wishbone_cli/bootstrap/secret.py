"""Secrets: values from an environment variable or a file that no message, log or graph shows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TAG = "!secret"
"""The YAML tag; in formats without tags, the only key of a mapping."""

MAX_SECRET_BYTES = 65_536

HIDDEN = "(secret)"

MIN_CUT = 3
"""Characters of a secret that are hidden where a text was cut and says so with `…` or `...`."""

MIN_CUT_UNMARKED = 8
"""Characters of a secret that are hidden at the end of a text, which may have been cut there."""

MAX_CUT_TEXT = 20_000
"""Characters of a text that is searched for cut secrets: a longer one was not cut."""

_CUT = re.compile(r"['\"]?(…|\.\.\.)")


class SecretError(Exception):
    """A secret cannot be read; the text says why and what to do."""


class Secrets:
    """Reads secrets, and hides in other texts those that it has read."""

    def __init__(self) -> None:
        """Start without secrets."""
        self._texts: set[str] = set()

    def read(self, reference: object, folder: Path, environment: Mapping[str, str]) -> str:
        """Return a secret, and hide it from now on.

        Args:
            reference: `env:NAME` or `file:path`.
            folder: The folder that a relative path starts from.
            environment: The environment variables.

        Raises:
            SecretError: The variable or file is missing or empty, or the reference is invalid.
        """
        kind, _, name = str(reference).partition(":")
        if kind == "env" and name:
            secret = _from_environment(name, environment)
        elif kind == "file" and name:
            secret = _from_file(folder / name)
        else:
            # What was found may be the secret itself, so the message does not show it.
            message = f"Expected '{TAG} env:NAME' or '{TAG} file:path'. Found something else."
            raise SecretError(message)
        self.add(secret)
        return secret

    def add(self, secret: str) -> None:
        """Hide a text from now on, also where it is written with escapes."""
        forms = {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], secret.strip()}
        self._texts.update(forms - {""})

    def hide(self, text: str) -> str:
        """Return the text with secrets replaced, the longest first; also where the text cuts one."""
        for secret in sorted(self._texts, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        for secret in self._texts if len(text) <= MAX_CUT_TEXT else ():
            if secret[:MIN_CUT] in text:
                text = _hide_beginning(text, secret)
            if secret[-MIN_CUT:] in text:
                text = _hide_end(text, secret)
        return text


def _hide_beginning(text: str, secret: str, hidden: str = HIDDEN) -> str:
    """Hide the beginning of a secret where the text was cut after it."""
    parts = []
    done = 0
    start = text.find(secret[:MIN_CUT])
    while start >= 0:
        end = start + _common_length(text[start : start + len(secret)], secret)
        if _CUT.match(text, end) or (len(text) <= end + 1 and end - start >= MIN_CUT_UNMARKED):
            parts += [text[done:start], hidden]
            done = end
        start = text.find(secret[:MIN_CUT], max(start + 1, done))
    return "".join([*parts, text[done:]])


def _hide_end(text: str, secret: str) -> str:
    """Hide the end of a secret where the text was cut before it: its beginning, read backwards."""
    return _hide_beginning(text[::-1], secret[::-1], HIDDEN[::-1])[::-1]


def _common_length(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    if not environment.get(name):
        message = f"The environment variable {name!r} with the secret is not set or empty: set it."
        raise SecretError(message)
    return environment[name]


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
        text = content.decode()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"The secret cannot be read from {str(path)!r}: {reason}."
        raise SecretError(message) from None
    if len(content) > MAX_SECRET_BYTES:
        message = f"{str(path)!r} is larger than {MAX_SECRET_BYTES} bytes, the limit for a secret."
        raise SecretError(message)
    secret = text.removesuffix("\n").removesuffix("\r")
    if not secret:
        message = f"The file {str(path)!r} with the secret is empty: write the secret into it."
        raise SecretError(message)
    return secret
