"""Address: a URL whose path and query an event may fill in, and nothing else of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self
from urllib.parse import quote

from wishbone.arguments import Template
from wishbone.error import ConfigError, InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wishbone.event import Event

DEFAULT_PORTS = {"http": 80, "https": 443}

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(?::(?P<port>\d{1,5}))?(?P<rest>[/?].*)?",
    re.DOTALL,
)
_PLACE = re.compile(r"(\{\{.*?\}\})", re.DOTALL)
_MISPLACED = re.compile(r"[^!-~]|\{|\}|#")


class Origin(NamedTuple):
    """Who is spoken to: the same for every event."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        """Show it as a URL has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Address:
    """A URL with places in its path and query that each event fills in.

    A payload is data: what an event fills in is percent-encoded, so that it cannot end the part that it
    stands in, and a part of the path cannot become empty, `.`, `..`, or several parts. Scheme, host and
    port are the same for every event: no payload decides who is spoken to.
    """

    __slots__ = ("_path", "_query", "origin", "text")
    argument_schema: ClassVar[Mapping[str, object]] = {"type": "string"}

    def __init__(self, text: str, functions: Mapping[str, Callable[..., object]] | None = None) -> None:
        """Read a URL.

        Args:
            text: The URL, such as `https://example.org/users/{{ data.user }}?at={{ timestamp }}`.
            functions: What its places may call, by name.

        Raises:
            ConfigError: It is no URL, or has a place or a character where none may be.
        """
        found = _URL.fullmatch(text)
        if found is None:
            message = (
                f"{_shown(text)!r} is no URL: write 'http://host:port/path', or 'https'. Places"
                " ('{{ … }}') may stand in the path and the query only, and credentials stand in arguments"
                " of their own."
            )
            raise ConfigError(message)
        try:
            found["host"].encode("idna")
        except UnicodeError as error:
            message = f"{_shown(text)!r} is no URL: {found['host']!r} is no name of a host ({error})."
            raise ConfigError(message) from None
        port = int(found["port"] or DEFAULT_PORTS[found["scheme"]])
        if not 0 < port < 1 << 16:
            message = f"{_shown(text)!r} is no URL: a port is a number from 1 to 65535, and not {port}."
            raise ConfigError(message)
        self.text = text
        self.origin = Origin(found["scheme"], found["host"].strip("[]"), port)
        self._path: list[list[str | Template]] = [[]]
        self._query: list[str | Template] = []
        rest = found["rest"] or "/"
        self._read(rest if rest.startswith("/") else f"/{rest}", functions or {})

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> Self:
        """Turn what stands in a configuration into an address.

        Raises:
            TypeError: It is no text.
            ConfigError: It is no URL.
        """
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            message = f"Expected a URL (a text), got `{type(value).__name__}`"
            raise TypeError(message)
        return cls(value, functions)

    def target(self, event: Event) -> str:
        """Return path and query as an event fills them in, as the first line of a request has them.

        Raises:
            InvalidData: The event has not what a place names, or what it has would change the path.
        """
        path = "/".join([self._part(pieces, event) for pieces in self._path])
        if not self._query:
            return path
        return path + "".join([_encode(_render(piece, event), piece) for piece in self._query])

    def __repr__(self) -> str:
        """Show the text, but its query."""
        return f"Address({_shown(self.text)!r})"

    def _read(self, rest: str, functions: Mapping[str, Callable[..., object]]) -> None:
        """Read path and query: a slash or a question mark within a place belongs to the place."""
        for piece in _PLACE.split(rest):
            if piece.startswith("{{"):
                (self._query or self._path[-1]).append(Template(piece, functions))
                continue
            self._check(piece)
            if self._query:
                self._query.append(piece)
                continue
            path, mark, query = piece.partition("?")
            same, *more = path.split("/")
            self._path[-1].append(same)
            self._path.extend([part] for part in more)
            if mark:
                self._query.append(f"?{query}")

    def _check(self, piece: str) -> None:
        misplaced = _MISPLACED.search(piece)
        if misplaced:
            message = (
                f"The URL {_shown(self.text)!r} cannot be read: {misplaced[0]!r} cannot stand in it."
                " Percent-encode what is no visible ASCII, leave out what begins with '#', and write places"
                " as '{{ … }}'."
            )
            raise ConfigError(message)

    def _part(self, pieces: list[str | Template], event: Event) -> str:
        """Return one part of the path."""
        if len(pieces) == 1 and isinstance(pieces[0], str):
            return pieces[0]
        values = [_render(piece, event) for piece in pieces]
        part = "".join(map(_encode, values, pieces))
        # Many servers decode a slash before they look where a part of the path ends.
        slash = any("/" in value or "\\" in value for value in values)
        if slash or part.lower().replace("%2e", ".") in ("", ".", ".."):
            message = (
                f"The URL {_shown(self.text)!r} cannot be filled in: a part of its path would be empty,"
                " '.' or '..', or have a slash in it. Give each part of the path a place of its own."
            )
            raise InvalidData(message)
        return part


def _render(piece: str | Template, event: Event) -> str:
    return piece if isinstance(piece, str) else piece.render(event)


def _encode(value: str, piece: str | Template) -> str:
    return value if isinstance(piece, str) else quote(value, safe="", errors="surrogatepass")


def _shown(url: str) -> str:
    """Return a URL without what may be a secret in it: credentials, and the query."""
    return re.sub(r"//[^/?#]*@", "//…@", url).partition("?")[0]
