"""PathTemplate: the path of an event's file, inside a folder that no payload can leave."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from wishbone.error import ConfigError, InvalidData
from wishbone_output_file.rotated_name import is_rotated

if TYPE_CHECKING:
    from wishbone.arguments import Template
    from wishbone.event import Event

MAX_NAME = 200
"""Bytes of a name in UTF-8: file systems take 255, and rotation adds some."""

MAX_PATH = 4000
"""Bytes of a whole path: Linux takes 4095."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TEMPLATE = re.compile(r"\{[{%#]")


class FilePath(NamedTuple):
    """The path of a file, in two parts."""

    base: str
    """A folder from the configuration; the path to it may go through links."""

    names: tuple[str, ...]
    """The folders below it, and the file's own name."""

    trusted: bool = False
    """Whether all of it is from the configuration. Otherwise nothing below the base may be a link."""

    @property
    def path(self) -> str:
        """The whole path."""
        return os.path.join(self.base, *self.names)  # noqa: PTH118 - paths stay as written


class PathTemplate:
    """Renders and checks the path of an event's file."""

    def __init__(self, path: Template, base: str | None) -> None:
        """Find the base folder.

        Args:
            path: The path, from the configuration.
            base: The folder; without it, a template's path stays in the folder that it begins with.

        Raises:
            ConfigError: There is no such folder, or a fixed path leads out of it.
        """
        self._path = path
        self._prefix = ""
        if not path.text or "\0" in path.text or base == "" or "\0" in (base or ""):
            raise ConfigError("'path' or 'base' is empty or contains a NUL. 'path' is the file to write to.")
        self.base = base if base is not None else self._find_base(path)
        self.fixed = self._fixed(base) if path.fixed else None
        """The path for all events, if it is not a template."""

    def render(self, event: Event) -> str:
        """Return the path for an event, not yet checked."""
        return self._path.render(event)

    def check(self, path: str) -> FilePath:
        """Return a rendered path as a path below the base.

        Raises:
            InvalidData: It leads out of the base, or is not a valid path.
        """
        if not path.startswith(self._prefix):
            raise _refusal(path, f"it does not begin with {self._prefix!r}")
        names = tuple(_check_name(name, path) for name in path[len(self._prefix) :].split("/"))
        found = FilePath(self.base, names)
        if len(os.fsencode(found.path)) > MAX_PATH:
            raise _refusal(path, f"it is longer than {MAX_PATH} bytes")
        return found

    def _find_base(self, path: Template) -> str:
        """Return the folder that a path begins with, before its first template."""
        if path.fixed:
            return os.path.dirname(path.text) or "."  # noqa: PTH120 - paths stay as written
        found = _TEMPLATE.search(path.text)
        assert found is not None
        folder, slash, _ = path.text[: found.start()].rpartition("/")
        if not folder:
            message = (
                f"'path' {path.text!r} begins with a template: give the folder that no event may leave as"
                " 'base'."
            )
            raise ConfigError(message)
        self._prefix = folder + slash
        return folder

    def _fixed(self, base: str | None) -> FilePath:
        text = self._path.text
        if base is None:
            folder, _, name = text.rpartition("/")
            if name in {"", ".", ".."}:
                message = f"'path' {text!r} is a folder: name a file in it."
                raise ConfigError(message)
            return FilePath(folder or ("/" if text.startswith("/") else "."), (name,), trusted=True)
        try:
            return self.check(text)
        except InvalidData as error:
            message = f"{error} 'path' is relative to 'base'."
            raise ConfigError(message) from None


def _check_name(name: str, path: str) -> str:
    """Return a name as file systems accept it: a long one is cut, and gets a digest to stay unique."""
    if name in {"", ".", ".."}:
        raise _refusal(path, f"{name!r} is not allowed in a path")
    if _CONTROL.search(name):
        raise _refusal(path, "it contains a control character")
    if is_rotated(name):
        raise _refusal(path, f"{name!r} is a name for rotated files")
    try:
        encoded = name.encode()
    except UnicodeError:
        raise _refusal(path, "it cannot be written as UTF-8") from None
    if len(encoded) <= MAX_NAME:
        return name
    digest = "~" + sha256(encoded).hexdigest()[:16]
    return encoded[: MAX_NAME - len(digest)].decode(errors="ignore") + digest


def _refusal(path: str, cause: str) -> InvalidData:
    shown = path if len(path) <= MAX_NAME else f"{path[:MAX_NAME]}…"
    return InvalidData(
        f"The path {shown!r} is refused: {cause}. Clean the value in the template, or correct the event."
    )
