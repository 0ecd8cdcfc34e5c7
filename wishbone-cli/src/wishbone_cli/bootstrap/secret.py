"""Secrets: values from an environment variable or a file, that no message, log or graph shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TAG = "!secret"
"""The YAML tag; where there are no tags, the only key of a mapping."""

LARGEST_SECRET = 65_536
"""Bytes that a file with a secret may have."""

HIDDEN = "(secret)"


class SecretMissing(Exception):
    """A secret cannot be had; the text says why and what to do."""


class Secrets:
    """Knows every secret that was read, to hide them in texts."""

    def __init__(self) -> None:
        """Begin without any."""
        self._texts: set[str] = set()

    def read(self, reference: object, folder: Path, environment: Mapping[str, str]) -> str:
        """Return a secret.

        Args:
            reference: `env:NAME` or `file:path`.
            folder: What a relative path is relative to.
            environment: The environment variables.

        Raises:
            SecretMissing: There is no such variable or file, or the reference cannot be read.
        """
        kind, _, name = str(reference).partition(":")
        if kind == "env" and name:
            secret = _from_environment(name, environment)
        elif kind == "file" and name:
            secret = _from_file(folder / name)
        else:
            # What stands there may be the secret itself, so it is not shown.
            message = f"A secret is '{TAG} env:NAME' or '{TAG} file:path', and this is neither."
            raise SecretMissing(message)
        self.add(secret)
        return secret

    def add(self, secret: str) -> None:
        """Hide a text from now on, also where it is written with escapes."""
        forms = {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], secret.strip()}
        self._texts.update(forms - {""})

    def hide(self, text: str) -> str:
        """Return the text without secrets, the longest hidden first."""
        for secret in sorted(self._texts, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    if not environment.get(name):
        message = f"The environment variable {name!r}, which holds the secret, is not set or empty: set it."
        raise SecretMissing(message)
    return environment[name]


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_SECRET + 1)
        text = content.decode()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        message = f"The secret cannot be read from {str(path)!r}: {reason}."
        raise SecretMissing(message) from None
    if len(content) > LARGEST_SECRET:
        message = f"{str(path)!r} is larger than {LARGEST_SECRET} bytes: that is no secret."
        raise SecretMissing(message)
    secret = text.removesuffix("\n").removesuffix("\r")
    if not secret:
        message = f"{str(path)!r}, which holds the secret, is empty: write the secret into it."
        raise SecretMissing(message)
    return secret
