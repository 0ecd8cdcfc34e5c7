"""Place: where a file is to stand, below a folder that no payload leads out of."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from wishbone.error import ConfigError, InvalidData
from wishbone_output_file.stamp import is_rotated

if TYPE_CHECKING:
    from wishbone.arguments import Template
    from wishbone.event import Event

LONGEST_NAME = 200
"""Bytes of a name in UTF-8: file systems take 255, and rotating adds some."""

LONGEST_PATH = 4000
"""Bytes of a whole path: Linux takes 4095."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TEMPLATE = re.compile(r"\{[{%#]")


class Place(NamedTuple):
    """A file, and the folder that it stays below."""

    base: str
    """The folder. What leads there was written by a person, and may go through links."""

    names: tuple[str, ...]
    """The folders below it, and the file's own name."""

    trusted: bool = False
    """Whether a person wrote all of it. Otherwise nothing below the base may be a link."""

    @property
    def path(self) -> str:
        """The whole path."""
        return os.path.join(self.base, *self.names)  # noqa: PTH118 - paths stay as they were written


class Places:
    """Finds the place for an event."""

    def __init__(self, path: Template, base: str | None) -> None:
        """Find the folder that is not to be left.

        Args:
            path: The path, from the configuration.
            base: The folder; without it, a path that is a template stays in the folder that it begins with.

        Raises:
            ConfigError: There is no such folder, or a fixed path leads out of it.
        """
        self._path = path
        self._prefix = ""
        if not path.text or "\0" in path.text or base == "" or "\0" in (base or ""):
            raise ConfigError("'path' or 'base' is empty, or has a NUL: 'path' is the file to write to.")
        self.base = base if base is not None else self._own_base(path)
        self.fixed = self._fixed(base) if path.fixed else None
        """The one place for all events, if the path is no template."""

    def find(self, event: Event) -> str:
        """Return the path for an event, not yet checked."""
        return self._path.render(event)

    def check(self, path: str) -> Place:
        """Return the place that a rendered path names.

        Raises:
            InvalidData: It leads out of the folder, or nothing can be called so.
        """
        if not path.startswith(self._prefix):
            raise _refusal(path, f"it does not begin with {self._prefix!r}")
        names = tuple(_legal(name, path) for name in path[len(self._prefix) :].split("/"))
        place = Place(self.base, names)
        if len(os.fsencode(place.path)) > LONGEST_PATH:
            raise _refusal(path, f"it is longer than {LONGEST_PATH} bytes")
        return place

    def _own_base(self, path: Template) -> str:
        """Return the folder that a path begins with before anything is filled in."""
        if path.fixed:
            return os.path.dirname(path.text) or "."  # noqa: PTH120 - paths stay as they were written
        found = _TEMPLATE.search(path.text)
        assert found is not None
        folder, slash, _ = path.text[: found.start()].rpartition("/")
        if not folder:
            message = (
                f"'path' {path.text!r} begins with a template: give the folder that no event may lead out of"
                " as 'base'."
            )
            raise ConfigError(message)
        self._prefix = folder + slash
        return folder

    def _fixed(self, base: str | None) -> Place:
        text = self._path.text
        if base is None:
            folder, _, name = text.rpartition("/")
            if name in {"", ".", ".."}:
                message = f"'path' {text!r} is a folder: name a file in it."
                raise ConfigError(message)
            return Place(folder or ("/" if text.startswith("/") else "."), (name,), trusted=True)
        try:
            return self.check(text)
        except InvalidData as error:
            message = f"{error} 'path' is meant below 'base'."
            raise ConfigError(message) from None


def _legal(name: str, path: str) -> str:
    """Return a name as a file system takes it.

    A name that is too long is cut, and ends with a digest of the whole: two that differ stay different.
    """
    if name in {"", ".", ".."}:
        raise _refusal(path, f"{name!r} is no name in it")
    if _CONTROL.search(name):
        raise _refusal(path, "a control character is in it")
    if is_rotated(name):
        raise _refusal(path, f"{name!r} is a name for rotated files")
    try:
        encoded = name.encode()
    except UnicodeError:
        raise _refusal(path, "it cannot be written as UTF-8") from None
    if len(encoded) <= LONGEST_NAME:
        return name
    digest = "~" + sha256(encoded).hexdigest()[:16]
    return encoded[: LONGEST_NAME - len(digest)].decode(errors="ignore") + digest


def _refusal(path: str, cause: str) -> InvalidData:
    shown = path if len(path) <= LONGEST_NAME else f"{path[:LONGEST_NAME]}…"
    return InvalidData(
        f"The path {shown!r} is refused: {cause}. Let the template clean what it fills in, or mend the event."
    )
