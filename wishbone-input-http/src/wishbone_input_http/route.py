"""Route: which requests go to which queue; and Routes, which finds the one of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from wishbone.arguments import DecoderFactory
from wishbone.error import ConfigError
from wishbone_input_http.answer import Refused
from wishbone_input_http.authentication import Authentication, Doorkeeper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone_input_http.request import Request

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Route(Struct, frozen=True, forbid_unknown_fields=True):
    """Which requests go to a queue.

    Args:
        path: The path, or the beginning of paths with a `*` behind it: `/hooks/*`.
        queue: The queue that the events leave by.
        methods: The methods that are taken.
        decoder: What makes values of a body; what the module says if it is not given.
        authentication: Whom it lets in; whom the module does if it is not given.
        public: Whether it lets everybody in, whatever the module says.
        split: Whether an array in a body is a batch, of which each item is an event.
    """

    path: Annotated[str, Meta(pattern="^/")] = "/*"
    queue: str = "outbox"
    methods: Annotated[tuple[str, ...], Meta(min_length=1)] = ("POST",)
    decoder: DecoderFactory | None = None
    authentication: Authentication | None = None
    public: bool = False
    split: bool = False


class Endpoint:
    """A route, ready to serve."""

    __slots__ = ("decoder", "doorkeeper", "methods", "path", "queue", "split")

    def __init__(self, route: Route, decoder: DecoderFactory, authentication: Authentication | None) -> None:
        """Prepare it.

        Args:
            route: What the configuration says.
            decoder: The module's decoder.
            authentication: Whom the module lets in.

        Raises:
            ConfigError: It makes no sense.
        """
        unknown = set(route.methods).difference(METHODS)
        if unknown:
            message = f"The route {route.path!r} takes {sorted(unknown)}; it can take {', '.join(METHODS)}."
            raise ConfigError(message)
        if "*" in route.path[:-1]:
            message = f"The route {route.path!r} has a '*' that is not at its end, the only place for one."
            raise ConfigError(message)
        if route.public and route.authentication is not None:
            message = f"The route {route.path!r} is public and has an authentication: leave one out."
            raise ConfigError(message)
        self.path = route.path
        self.queue = route.queue
        self.methods = route.methods
        self.split = route.split
        self.decoder = route.decoder or decoder
        wanted = None if route.public else route.authentication or authentication
        self.doorkeeper = None if wanted is None else Doorkeeper(wanted)


class Routes:
    """Finds the endpoint of a request: that of the path itself, or of the longest beginning of it."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        """Put them in order.

        Raises:
            ConfigError: Two of them are for the same requests.
        """
        self._exact: dict[str, dict[str, Endpoint]] = {}
        self._beginnings: dict[str, dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            self._add(endpoint)
        self._longest_first = sorted(self._beginnings, key=len, reverse=True)

    def find(self, request: Request) -> Endpoint:
        """Return the endpoint of a request.

        Raises:
            Refused: 404 for a path that nobody serves, 405 for a method that is not taken there.
        """
        methods = self._methods(request.path)
        if methods is None:
            raise Refused(404, "Nothing is served at this path.")
        endpoint = methods.get(request.method)
        if endpoint is None:
            raise Refused(405, f"Only {allowed(methods)} can be used here.", {"Allow": allowed(methods)})
        return endpoint

    def allowed(self, path: str) -> str:
        """Return the methods that are taken at a path.

        Raises:
            Refused: 404 for a path that nobody serves.
        """
        methods = self._methods(path)
        if methods is None:
            raise Refused(404, "Nothing is served at this path.")
        return allowed(methods)

    def _methods(self, path: str) -> dict[str, Endpoint] | None:
        found = self._exact.get(path)
        if found is not None:
            return found
        beginning = next((start for start in self._longest_first if path.startswith(start)), None)
        return None if beginning is None else self._beginnings[beginning]

    def _add(self, endpoint: Endpoint) -> None:
        open_ended = endpoint.path.endswith("*")
        table = self._beginnings if open_ended else self._exact
        methods = table.setdefault(endpoint.path.removesuffix("*"), {})
        for method in endpoint.methods:
            if method in methods:
                message = f"Two routes take {method} {endpoint.path}: let them differ."
                raise ConfigError(message)
            methods[method] = endpoint


def allowed(methods: Iterable[str]) -> str:
    """Return methods as the header `Allow` has them (RFC 9110, section 10.2.1)."""
    return ", ".join([*methods, "OPTIONS"])
