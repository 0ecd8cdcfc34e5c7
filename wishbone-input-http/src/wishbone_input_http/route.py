"""Route: which requests go to which queue, as configured; Endpoint and Routes: as used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from wishbone.arguments import DecoderFactory
from wishbone.error import ConfigError
from wishbone_input_http.authentication import Authentication, Authenticator
from wishbone_input_http.body import BodyDecoder
from wishbone_input_http.response import HttpError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone_input_http.request import Request

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Route(Struct, frozen=True, forbid_unknown_fields=True):
    """Which requests go to a queue.

    Args:
        path: A path, or a prefix of paths that ends in `*`: `/hooks/*`.
        queue: The queue for the events.
        methods: The methods that are accepted.
        decoder: The codec that decodes bodies; the module's if it is not given.
        authentication: Who may send requests; the module's if it is not given.
        public: Whether everyone may send requests although the module has an `authentication`.
        split: Whether an array in a body is a batch: each of its items becomes an event.
    """

    path: Annotated[str, Meta(pattern="^/")] = "/*"
    queue: str = "outbox"
    methods: Annotated[tuple[str, ...], Meta(min_length=1)] = ("POST",)
    decoder: DecoderFactory | None = None
    authentication: Authentication | None = None
    public: bool = False
    split: bool = False


class Endpoint:
    """A route with its decoder and its authenticator."""

    __slots__ = ("authenticator", "body", "methods", "path", "queue")

    def __init__(
        self,
        route: Route,
        decoder: DecoderFactory,
        authentication: Authentication | None,
        max_body: int,
        max_events: int,
    ) -> None:
        """Check a route.

        Args:
            route: The route.
            decoder: The module's decoder.
            authentication: The module's authentication.
            max_body: Bytes that a body may have.
            max_events: The number of events that a body may have.

        Raises:
            ConfigError: The route is not valid.
        """
        unknown = set(route.methods).difference(METHODS)
        if unknown:
            message = (
                f"The route {route.path!r} has unknown 'methods': {', '.join(sorted(unknown))}."
                f" Use {', '.join(METHODS)}."
            )
            raise ConfigError(message)
        if "*" in route.path[:-1]:
            message = f"The route {route.path!r} has a '*' that is not at its end: move it there."
            raise ConfigError(message)
        if route.public and route.authentication is not None:
            message = f"The route {route.path!r} is public and has an authentication: remove one of them."
            raise ConfigError(message)
        self.path = route.path
        self.queue = route.queue
        self.methods = route.methods
        bounded = (route.decoder or decoder).with_defaults(max_expanded=max_body)
        self.body = BodyDecoder(bounded, route.split, max_body, max_events)
        effective = None if route.public else route.authentication or authentication
        self.authenticator = None if effective is None else Authenticator(effective)


class Routes:
    """Finds the endpoint of a request: the one with its path, or with the longest prefix of its path."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        """Build the tables.

        Raises:
            ConfigError: Two endpoints are for the same requests.
        """
        self._paths: dict[str, dict[str, Endpoint]] = {}
        self._prefixes: dict[str, dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            self._add(endpoint)
        self._longest_first = sorted(self._prefixes, key=len, reverse=True)

    def find(self, request: Request) -> Endpoint:
        """Return the endpoint of a request.

        Raises:
            HttpError: 404 for an unknown path, 405 for a method that is not accepted there.
        """
        endpoint = self._by_method(request.path).get(request.method)
        if endpoint is None:
            allowed = self.allowed_methods(request.path)
            raise HttpError(405, f"This path accepts only {allowed}.", {"Allow": allowed})
        return endpoint

    def allowed_methods(self, path: str) -> str:
        """Return the methods of a path, as the header `Allow` lists them (RFC 9110, section 10.2.1).

        Raises:
            HttpError: 404 for an unknown path.
        """
        return ", ".join([*self._by_method(path), "OPTIONS"])

    def _by_method(self, path: str) -> dict[str, Endpoint]:
        if path in self._paths:
            return self._paths[path]
        for prefix in self._longest_first:
            if path.startswith(prefix):
                return self._prefixes[prefix]
        raise HttpError(404, "No route has this path.")

    def _add(self, endpoint: Endpoint) -> None:
        table = self._prefixes if endpoint.path.endswith("*") else self._paths
        methods = table.setdefault(endpoint.path.removesuffix("*"), {})
        for method in endpoint.methods:
            if method in methods:
                message = f"Two routes have {method} {endpoint.path}: change one of them."
                raise ConfigError(message)
            methods[method] = endpoint
