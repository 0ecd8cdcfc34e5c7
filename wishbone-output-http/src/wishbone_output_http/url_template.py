"""UrlTemplate: a URL whose path and query are rendered from events."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self
from urllib.parse import quote

from wishbone.arguments import Template
from wishbone.error import ConfigError, InvalidData
from wishbone_network import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wishbone.event import Event

DEFAULT_PORTS = {"http": 80, "https": 443}

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(?::(?P<port>\d{1,5}))?(?P<rest>[/?].*)?",
    re.DOTALL,
)
_EXPRESSION = re.compile(r"(\{\{.*?\}\})", re.DOTALL)
_NOT_ALLOWED = re.compile(r"[^!-~]|\{|\}|#")


class Origin(NamedTuple):
    """The server of a URL: the same for every event."""

    scheme: str
    host: str
    port: int

    @property
    def address(self) -> Address:
        """Host and port."""
        return Address(self.host, self.port)

    @property
    def host_header(self) -> str:
        """The value of the header `Host`: without the port if it is the scheme's."""
        return str(self.address).removesuffix(f":{DEFAULT_PORTS[self.scheme]}")

    def __str__(self) -> str:
        """Return it as the beginning of a URL."""
        return f"{self.scheme}://{self.address}"


class UrlTemplate:
    """A URL with templates in its path and query.

    Payloads are data: rendered values are percent-encoded, so that they cannot end the part of the URL that
    they are in, and a segment of the path cannot become empty, `.`, `..`, or several segments. Scheme, host
    and port are the same for every event: payloads cannot select the server.
    """

    __slots__ = ("_query", "_segments", "origin", "text")
    argument_schema: ClassVar[Mapping[str, object]] = {"type": "string"}

    def __init__(self, text: str, functions: Mapping[str, Callable[..., object]] | None = None) -> None:
        """Parse a URL.

        Args:
            text: The URL, such as `https://example.org/users/{{ data.user }}?at={{ timestamp }}`.
            functions: The functions that templates can call, by name.

        Raises:
            ConfigError: It is not valid, or has a template or a character where none is allowed.
        """
        found = _URL.fullmatch(text)
        if found is None:
            raise _invalid(
                text,
                "write 'http://host:port/path', or 'https'. Templates ('{{ … }}') are allowed in path and"
                " query only, and credentials have arguments of their own.",
            )
        try:
            found["host"].encode("idna")
        except UnicodeError as error:
            raise _invalid(text, f"{found['host']!r} is not a valid host name ({error}).") from None
        port = int(found["port"] or DEFAULT_PORTS[found["scheme"]])
        if not 0 < port < 1 << 16:
            raise _invalid(text, f"a port is a number from 1 to 65535, not {port}.")
        self.text = text
        self.origin = Origin(found["scheme"], found["host"].strip("[]"), port)
        self._segments: list[list[str | Template]] = [[]]
        self._query: list[str | Template] = []
        rest = found["rest"] or "/"
        self._parse(rest if rest.startswith("/") else f"/{rest}", functions or {})

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> Self:
        """Convert the value of an argument.

        Raises:
            TypeError: It is not a text.
            ConfigError: It is not a valid URL.
        """
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            message = f"Expected a URL (a text), got `{type(value).__name__}`"
            raise TypeError(message)
        return cls(value, functions)

    def render_target(self, event: Event) -> str:
        """Return path and query for an event, as in the first line of a request.

        Raises:
            InvalidData: A field used in a template is missing, or its value would change the path.
        """
        path = "/".join([self._render_segment(pieces, event) for pieces in self._segments])
        return path + "".join([_encode(_render(piece, event), piece) for piece in self._query])

    def __repr__(self) -> str:
        """Show the text without its query."""
        return f"UrlTemplate({redact_url(self.text)!r})"

    def _parse(self, rest: str, functions: Mapping[str, Callable[..., object]]) -> None:
        """Parse path and query. Slashes and question marks within templates do not separate anything."""
        for piece in _EXPRESSION.split(rest):
            if piece.startswith("{{"):
                (self._query or self._segments[-1]).append(Template(piece, functions))
                continue
            self._check(piece)
            if self._query:
                self._query.append(piece)
                continue
            path, mark, query = piece.partition("?")
            same, *more = path.split("/")
            self._segments[-1].append(same)
            self._segments.extend([segment] for segment in more)
            if mark:
                self._query.append(f"?{query}")

    def _check(self, piece: str) -> None:
        found = _NOT_ALLOWED.search(piece)
        if found:
            raise _invalid(
                self.text,
                f"{found[0]!r} is not allowed in it. Percent-encode all but visible ASCII characters, remove"
                " a fragment ('#'), and write templates as '{{ … }}'.",
            )

    def _render_segment(self, pieces: list[str | Template], event: Event) -> str:
        if len(pieces) == 1 and isinstance(pieces[0], str):
            return pieces[0]
        values = [_render(piece, event) for piece in pieces]
        segment = "".join(map(_encode, values, pieces))
        # Many servers decode slashes before they split the path.
        slash = any("/" in value or "\\" in value for value in values)
        if slash or segment.lower().replace("%2e", ".") in ("", ".", ".."):
            message = (
                f"The URL {redact_url(self.text)!r} cannot be rendered: a segment of its path would be empty,"
                " '.' or '..', or have a slash. Give each segment a template of its own."
            )
            raise InvalidData(message)
        return segment


def _render(piece: str | Template, event: Event) -> str:
    return piece if isinstance(piece, str) else piece.render(event)


def _encode(value: str, piece: str | Template) -> str:
    return value if isinstance(piece, str) else quote(value, safe="", errors="surrogatepass")


def _invalid(url: str, cause: str) -> ConfigError:
    return ConfigError(f"{redact_url(url)!r} is not a valid URL: {cause}")


def redact_url(url: str) -> str:
    """Return a URL without what may be secret: credentials and query."""
    return re.sub(r"//[^/?#]*@", "//…@", url).partition("?")[0]
