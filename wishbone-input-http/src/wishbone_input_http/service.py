"""Service: what becomes of a request: who may send it, which events it makes, what it is answered."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from wishbone_input_http.answer import Answer, Refused
from wishbone_input_http.body import check_coding, read_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.actor import Actor
    from wishbone_input_http.delivery import Delivery
    from wishbone_input_http.request import Request
    from wishbone_input_http.route import Endpoint, Routes
    from wishbone_input_http.sender import Senders

MAX_QUERY_FIELDS = 100
"""How many fields a query may have: reading them takes time."""


class Service:
    """Answers requests."""

    def __init__(  # noqa: PLR0917 - it is put together in one place
        self,
        actor: Actor,
        routes: Routes,
        delivery: Delivery,
        senders: Senders,
        headers: Iterable[str],
        max_body: int,
        health: str | None,
        wait: bool,
        log_all: bool,
    ) -> None:
        """Prepare it.

        Args:
            actor: The module.
            routes: Where requests go.
            delivery: Brings events out.
            senders: Knows whom a request is from.
            headers: The headers to note in events, by name.
            max_body: Bytes that a body may have once expanded.
            health: The path at which a load balancer may ask whether requests are taken.
            wait: Whether an answer waits for the acknowledgement of the events.
            log_all: Whether answers are logged that refuse nothing.
        """
        self.actor = actor
        self.routes = routes
        self.delivery = delivery
        self.senders = senders
        self.headers = [(name.lower(), name.lower().encode("latin-1")) for name in headers]
        self.max_body = max_body
        self.health = health
        self.wait = wait
        self.log_all = log_all
        self.answered: Counter[int] = Counter()

    def admit(self, request: Request) -> Endpoint | None:
        """Decide by its head whether a request is taken.

        Returns:
            Where it goes, or None for a question that makes no event.

        Raises:
            Refused: It is not.
        """
        if request.flaw is not None:
            raise request.flaw
        if not self.actor.loop():
            raise self.stopping()
        if request.path == self.health and request.method in {"GET", "HEAD"}:
            return None
        if request.method == "OPTIONS":
            return None
        endpoint = self.routes.find(request)
        check_coding(request)
        if endpoint.doorkeeper is not None:
            endpoint.doorkeeper.check_head(request)
        return endpoint

    def answer(self, request: Request, peer: str) -> Answer:
        """Make events of a request, and tell what became of them.

        Args:
            request: It is complete.
            peer: The address at the other end of the connection.

        Raises:
            Refused: It is not taken, or its events did not arrive.
        """
        endpoint = self.admit(request)
        if endpoint is None:
            return self._inform(request)
        if endpoint.doorkeeper is not None:
            endpoint.doorkeeper.check(request)
        values = read_values(request, endpoint.decoder, self.max_body, split=endpoint.split)
        queue = self.actor.pool.getQueue(endpoint.queue)
        notes = self._notes(request, peer)
        if self.wait:
            self.delivery.deliver(values, notes, queue)
            return Answer(200, b'{"events":%d}' % len(values))
        self.delivery.submit(values, notes, queue)
        return Answer(202, b'{"events":%d}' % len(values))

    def stopping(self) -> Refused:
        """Return the refusal of a server that stops."""
        return Refused(503, "The server is being stopped.", self.delivery.again, close=True)

    def record(self, request: Request | None, peer: str, status: int, reason: str = "") -> None:
        """Count an answer, and log it: with the path, which has no secret, and without the query.

        Args:
            request: The request, if it could be read.
            peer: The address at the other end of the connection.
            status: What was answered.
            reason: Why, if it was refused.
        """
        self.answered[status] += 1
        if reason or self.log_all:
            asked = "A request"
            if request is not None and request.path:
                asked = f"{request.method} {request.path!r}"
            self.actor.logging.info(f"{asked} from {peer}: {status}{reason and ', '}{reason}")

    def _inform(self, request: Request) -> Answer:
        if request.method == "OPTIONS":
            return Answer(204, b"", {"Allow": self.routes.allowed(request.path)})
        return Answer(200, b'{"status":"accepting"}')

    def _notes(self, request: Request, peer: str) -> dict[str, Any]:
        notes: dict[str, Any] = {
            "method": request.method,
            "path": request.path,
            "query": _read_query(request.query) if request.query else {},
            "peer": self.senders.address(request, peer),
        }
        if self.headers:
            known = request.headers
            notes["headers"] = {
                name: known[key].decode("latin-1") for name, key in self.headers if key in known
            }
        return notes


def _read_query(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS))
    except ValueError:
        raise Refused(400, f"The query has more than {MAX_QUERY_FIELDS} fields.") from None
