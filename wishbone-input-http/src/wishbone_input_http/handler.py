"""Handler: authenticates a request, makes its events and the response."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from wishbone_input_http.response import HttpError, Response

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone_input_http.forwarded_for import ForwardedFor
    from wishbone_input_http.request import Request
    from wishbone_input_http.route import Endpoint, Routes
    from wishbone_input_http.submitter import RequestSubmitter

MAX_QUERY_FIELDS = 100
"""The number of fields that a query may have: parsing them takes time."""

SHOWN_CHARACTERS = 300
"""Characters of a path, and of a reason, that are logged."""


@dataclass(kw_only=True)
class Handler:
    """Answers requests. `headers`, `health` and `access_log` are arguments of the module."""

    actor: Actor
    routes: Routes
    submitter: RequestSubmitter
    forwarded_for: ForwardedFor
    headers: tuple[str, ...]
    health: str | None
    wait: bool
    access_log: bool
    answered: Counter[int] = field(default_factory=Counter)

    def admit(self, request: Request) -> Endpoint | None:
        """Decide by the head of a request whether its body is read.

        Returns:
            The endpoint, or None for a request that makes no events.

        Raises:
            HttpError: The request is refused.
        """
        if request.error is not None:
            raise request.error
        if not self.actor.loop():
            raise self.stopping()
        if request.path == self.health and request.method in {"GET", "HEAD"}:
            return None
        if request.method == "OPTIONS":
            return None
        endpoint = self.routes.find(request)
        endpoint.body.check_coding(request)
        if endpoint.authenticator is not None:
            endpoint.authenticator.check_head(request)
        return endpoint

    def answer(self, request: Request, peer: str) -> Response:
        """Make the events of a complete request, and return the response.

        Args:
            request: The request.
            peer: The address of the connection's peer.

        Raises:
            HttpError: The request is refused, or its events were not acknowledged.
        """
        endpoint = self.admit(request)
        if endpoint is None:
            return self._answer_without_events(request)
        if endpoint.authenticator is not None:
            endpoint.authenticator.check(request)
        values = endpoint.body.decode(request)
        queue = self.actor.pool.getQueue(endpoint.queue)
        details = self._describe(request, peer)
        if self.wait:
            self.submitter.submit_and_wait(values, details, queue)
        else:
            self.submitter.submit(values, details, queue)
        return Response(200 if self.wait else 202, b'{"events":%d}' % len(values))

    def stopping(self) -> HttpError:
        """Return the error for requests while the module stops."""
        return HttpError(503, "The server is stopping.", self.submitter.retry_headers, close=True)

    def record(self, request: Request | None, peer: str, status: int, reason: str = "") -> None:
        """Count a response, and log it with the path, which is not secret, but without the query.

        Args:
            request: The request, if it could be parsed.
            peer: The address of the connection's peer.
            status: The status of the response.
            reason: Why the request was refused, or failed.
        """
        self.answered[status] += 1
        if reason or self.access_log:
            name = "A request"
            if request is not None and request.path:
                name = f"{request.method} {request.path[:SHOWN_CHARACTERS]!r}"
            why = f", {reason[:SHOWN_CHARACTERS]}" if reason else ""
            self.actor.logging.info(f"{name} from {peer}: {status}{why}")

    def _answer_without_events(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(204, headers={"Allow": self.routes.allowed_methods(request.path)})
        return Response(200, b'{"status":"accepting"}')

    def _describe(self, request: Request, peer: str) -> dict[str, Any]:
        """Return what `tmp.<module>` of an event says about its request."""
        details: dict[str, Any] = {
            "method": request.method,
            "path": request.path,
            "query": _parse_query(request.query) if request.query else {},
            "peer": self.forwarded_for.find(request, peer),
        }
        if self.headers:
            names = (name.lower() for name in self.headers)
            found = {name: request.headers.get(name.encode()) for name in names}
            details["headers"] = {
                n: value.decode("latin-1") for n, value in found.items() if value is not None
            }
        return details


def _parse_query(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS))
    except ValueError:
        raise HttpError(400, f"The query has more than {MAX_QUERY_FIELDS} fields.") from None
