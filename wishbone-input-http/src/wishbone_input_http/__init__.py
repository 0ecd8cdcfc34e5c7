"""Makes events of what is posted to it over HTTP, and answers when they are acknowledged."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Literal

from gevent import socket
from msgspec import Meta

from wishbone import clock
from wishbone.arguments import DecoderFactory
from wishbone.error import ConfigError
from wishbone.event import Event, Metric
from wishbone.module import InputModule
from wishbone_input_http.authentication import Authentication, Signature
from wishbone_input_http.connection import Limits
from wishbone_input_http.delivery import Delivery
from wishbone_input_http.descriptors import allow
from wishbone_input_http.listener import listen, port_of
from wishbone_input_http.route import Endpoint, Route, Routes
from wishbone_input_http.sender import Senders
from wishbone_input_http.server import Server
from wishbone_input_http.service import Service
from wishbone_input_http.tls import Certificates

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

__all__ = ["Authentication", "Http", "Route", "Signature"]

UNTOLD = frozenset({"authorization", "proxy-authorization", "cookie"})
"""Headers that have secrets, and are not noted in events."""

RENEW_SECONDS = 60.0
"""Seconds between two looks whether certificates were renewed."""

_Text = Annotated[str, Meta(min_length=1)]
_Seconds = Annotated[float, Meta(gt=0)]
_Header = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
_Count = Annotated[int, Meta(ge=1)]


class Http(InputModule, replays=lambda http: http.answers_late):
    """Makes events of what is posted to it over HTTP, and answers when they are acknowledged.

    It is a server for webhooks and bulk posts. A request may have many events, as its decoder finds them
    in the body. 200 is answered when all of them are acknowledged, so a sender that repeats what was not
    answered with 200 loses nothing; what was answered otherwise may come twice.

        modules:
          hooks:
            module: wishbone.input.http
            arguments:
              port: 8080
              headers: [X-GitHub-Event, X-GitHub-Delivery]
              routes:
                - path: /github
                  queue: github
                  authentication: {signature: {secrets: ["a secret"]}}
                - path: /bulk/*
                  queue: bulk
                  authentication: {bearer: ["a token"]}
          stdout:
            module: wishbone.output.stdout
          file:
            module: wishbone.output.stdout
        routingtable:
          - hooks.github -> stdout.inbox
          - hooks.bulk -> file.inbox

    A route is `{path, queue, methods, decoder, authentication, public, split}`: requests of these methods
    (`[POST]`) to this path, or to all that begin like it (`/bulk/*`), leave by this queue (`outbox`). The
    path that is exactly that of the request goes first, then the longest beginning. With `split` an
    array in a body is a batch, of which each item is an event. `public` lets everybody in where the
    module has an `authentication`.

    An authentication is `{basic: {user: password}, bearer: [token], signature: {...}}`: whoever fulfils one
    of those given is let in. All is compared in constant time. A signature is an HMAC of the body as it
    was sent: `{secrets, style, header, prefix, algorithm, encoding, tolerance}`. `style` is `github`
    (the default), `stripe`, which signs the time too and is refused after `tolerance` seconds (300), or
    `plain`: a `header`, a `prefix` in it, an `algorithm` (`sha256`, `sha384`, `sha512`, `sha1`) and an
    `encoding` (`hex`, `base64`). Several `secrets` are for while one is being replaced.

    Answers are JSON: `{"events": 3}`, or `{"error": "..."}` with a reason. 200: all events are
    acknowledged; 202: they are taken (`answer: at once`). 400: a body or a request that cannot be read,
    of which nothing is taken. 401 and 403: not let in. 404, 405, 408, 411 to 431: as usual. 500: an
    event failed. 503 with `Retry-After`: a queue is full, events did not settle in time, or the module
    stops. When a queue is full in the middle of a batch the answer is 503 too, and the events that were
    taken go on: they come twice when the sender repeats the batch.

    With a `cert_file` it speaks TLS. Files that are renewed are read again within a minute, for connections
    to come; where they cannot be used, those read before are used on, and an error is logged.

    `tmp.<name of the module>` of an event has `method`, `path`, `query` (by name; the last of several),
    `peer` (the sender's address) and, if any are chosen, `headers` (by name in lower case).

    Args:
        host: The address to listen at, or a name for several; `0.0.0.0` and `::` are all of IPv4 and of IPv6.
        port: The port; 0 for one that is free, which the log tells.
        routes: Which requests leave by which queue; by default POST to any path, by `outbox`.
        decoder: What makes values of a body: by default JSON documents, one or many.
        authentication: Whom routes let in that have none of their own; by default everybody.
        answer: `acknowledged` to answer when all events of a request are, `at once` to answer before.
        headers: The headers to note in events.
        health: A path at which GET is answered with 200 while requests are taken, such as `/healthz`.
        access_log: Whether each request is logged (info), and not only those that are refused.
        trusted_proxies: Addresses and networks whose `X-Forwarded-For` is believed.
        reuse_port: Whether other processes may listen at the port too, to share the connections
            (SO_REUSEPORT): for several instances of one server.
        cert_file: A certificate (PEM), to speak TLS.
        key_file: Its key, if it is not in the same file.
        ca_file: The authorities whose certificates clients must have.
        max_body: Bytes that a body may have, as it comes and expanded.
        max_headers: Bytes that a request line and its headers may have together.
        max_connections: How many connections are served at a time. For a further one the one is closed that
            was idle for the longest time, a second at least; where none is, it waits. The process's limit of
            open files is raised for them.
        header_timeout: Seconds in which the headers must come.
        body_timeout: Seconds in which the body must come.
        idle_timeout: Seconds that a connection is kept open for another request.
        queue_timeout: Seconds that an event waits for room in a full queue before 503 is answered.
        acknowledge_timeout: Seconds that a request waits for its events before 503 is answered.
        retry_after: Seconds after which a sender is told to try again.

    Queues:
        outbox: An event for each value of a body, by a route that names no other queue.
        <queue of a route>: The same, by the routes that name it.
        metrics: Beside the figures of the queues: `module.<name>.answered.<status>` and
            `module.<name>.connections`.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        host: _Text = "127.0.0.1",
        port: Annotated[int, Meta(ge=0, le=65535)] = 8080,
        routes: tuple[Route, ...] = (),
        decoder: DecoderFactory | None = None,
        authentication: Authentication | None = None,
        answer: Literal["acknowledged", "at once"] = "acknowledged",
        headers: tuple[_Header, ...] = (),
        health: Annotated[str, Meta(pattern="^/")] | None = None,
        access_log: bool = False,
        trusted_proxies: tuple[str, ...] = (),
        reuse_port: bool = False,
        cert_file: _Text | None = None,
        key_file: _Text | None = None,
        ca_file: _Text | None = None,
        max_body: _Count = 1 << 20,
        max_headers: Annotated[int, Meta(ge=256)] = 16384,
        max_connections: Annotated[int, Meta(ge=1, le=1 << 20)] = 1000,
        header_timeout: _Seconds = 10,
        body_timeout: _Seconds = 60,
        idle_timeout: _Seconds = 60,
        queue_timeout: Annotated[float, Meta(ge=0)] = 1,
        acknowledge_timeout: _Seconds = 30,
        retry_after: Annotated[int, Meta(ge=0)] = 5,
    ) -> None:
        """Bring events out by the queues that the routes name."""
        super().__init__(config)
        self.host = host
        self.port = port
        self.reuse_port = reuse_port
        self.max_connections = max_connections
        if cert_file is None and (key_file or ca_file):
            raise self._wrong("'key_file' and 'ca_file' need the 'cert_file' that they belong to.")
        told = UNTOLD.intersection(name.lower() for name in headers)
        if told:
            cause = f"'headers' has {min(told)!r}, which has secrets: leave it out."
            raise self._wrong(cause)
        self._certificates = None if cert_file is None else Certificates(cert_file, key_file, ca_file)
        standard = decoder or DecoderFactory("json", framing="documents", max_size=max_body)
        try:
            endpoints = [Endpoint(route, standard, authentication) for route in routes or (Route(),)]
            table = Routes(endpoints)
            senders = Senders(trusted_proxies)
        except ConfigError as error:
            raise self._wrong(str(error)) from None
        for queue in dict.fromkeys(endpoint.queue for endpoint in endpoints):
            self.pool.createQueue(queue)
        self._open = [endpoint.path for endpoint in endpoints if endpoint.doorkeeper is None]
        delivery = Delivery(self, queue_timeout, acknowledge_timeout, retry_after)
        wait = self.answers_late = answer == "acknowledged"  # the sender of a failed event gets 5xx
        service = Service(self, table, delivery, senders, headers, max_body, health, wait, access_log)
        limits = Limits(max_headers, max_body, header_timeout, body_timeout, idle_timeout)
        self.answered = service.answered
        self._server = Server(service, limits)

    def preHook(self) -> None:
        """Take the address.

        Raises:
            ConfigError: It cannot be used, or the certificates cannot.
        """
        if self._certificates is not None:
            self._server.context = self._certificates.load()
            self.sendToBackground(self.renew, self._certificates)
        listeners = listen(self.host, self.port, reuse_port=self.reuse_port)
        self.port = port_of(listeners[0])
        self._server.listen(listeners, self._allow_connections())
        self._announce("http" if self._certificates is None else "https", listeners)
        self.sendToBackground(self.serve)
        self.sendToBackground(self.measure)

    def serve(self) -> None:
        """Serve until the module is to stop, and let what is in flight have its answer."""
        self._server.start()
        while self.sleep(3600):
            pass
        self._server.drain()

    def renew(self, certificates: Certificates) -> None:
        """Read the certificates again when somebody has renewed them, for connections to come."""
        while self.sleep(RENEW_SECONDS):
            if certificates.renewed:
                try:
                    self._server.context = certificates.load()
                except ConfigError as error:
                    self.logging.error(f"{error} Those read before are used on.")
                else:
                    self.logging.info("The certificates were renewed.")

    def measure(self) -> None:
        """Submit, every `frequency` seconds, how often which status was answered, and who is there."""
        source = socket.gethostname()
        while self.sleep(self.config.frequency):
            if not self.pool.queue.metrics.connected:
                continue
            figures = {f"answered.{status}": count for status, count in sorted(self.answered.items())}
            figures["connections"] = len(self._server.connections)
            for name, value in figures.items():
                metric = Metric(clock.time(), "wishbone", source, f"module.{self.name}.{name}", value)
                self.submit(Event(metric), "metrics")

    def postHook(self) -> None:
        """Close what is open."""
        self._server.close()
        self._server.kill()

    def _allow_connections(self) -> int:
        possible = allow(self.max_connections)
        if possible < self.max_connections:
            self.logging.warning(
                f"The system lets this process have {possible} connections open and not"
                f" {self.max_connections}: raise its limit of open files (ulimit -n)."
            )
        return possible

    def _announce(self, scheme: str, listeners: list[socket.socket]) -> None:
        host = f"[{self.host}]" if ":" in self.host else self.host
        self.logging.info(f"Listens at {scheme}://{host}:{self.port}.")
        alone = all(ip_address(listener.getsockname()[0]).is_loopback for listener in listeners)
        if self._open and not alone:
            self.logging.warning(
                f"Everybody who reaches {host} may post to {', '.join(self._open)}: set 'authentication'."
            )

    def _wrong(self, cause: str) -> ConfigError:
        return ConfigError(f"The arguments of module {self.name!r} are wrong. {cause}")
