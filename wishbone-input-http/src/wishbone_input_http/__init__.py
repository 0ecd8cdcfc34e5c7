"""Receives events over HTTP, and answers when they are acknowledged."""

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
from wishbone_input_http.forwarded_for import ForwardedFor
from wishbone_input_http.handler import Handler
from wishbone_input_http.http_connection import Limits
from wishbone_input_http.route import Endpoint, Route, Routes
from wishbone_input_http.server import Server
from wishbone_input_http.submitter import RequestSubmitter
from wishbone_network import (
    Address,
    MinimumVersion,
    bound_address,
    listen_tcp,
    server_tls,
    wrong_arguments,
)

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

__all__ = ["Authentication", "Http", "Route", "Signature"]

REDACTED = frozenset({"authorization", "proxy-authorization", "cookie"})
"""Headers that contain secrets, and are never stored in events."""

_Text = Annotated[str, Meta(min_length=1)]
_Seconds = Annotated[float, Meta(gt=0)]
_Header = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
_Count = Annotated[int, Meta(ge=1)]


class Http(InputModule, replays=lambda http: http.answers_late):
    """Receives events over HTTP, and answers when they are acknowledged.

    A server for webhooks and bulk posts. The decoder may find several events in the body of one request. The
    response is 200 when all of them are acknowledged, so a client that repeats each request without a 200
    loses nothing; some of its events may then come twice.

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

    A route is `{path, queue, methods, decoder, authentication, public, split}`: the events of requests with
    one of these methods (`[POST]`) to this path, or to all paths with this prefix (`/bulk/*`), go to this
    queue (`outbox`). A route with exactly the path of the request is preferred, then the one with the longest
    prefix. With `split`, an array in a body is a batch: each of its items becomes an event. With `public`,
    everyone may send requests although the module has an `authentication`.

    An authentication is `{basic: {user: password}, bearer: [token], signature: {...}}`; a client must pass
    one of those given. All are compared in constant time. A signature is an HMAC of the body before
    decompression: `{secrets, style, header, prefix, algorithm, encoding, tolerance}`. `style` is `github`
    (the default), `stripe`, which also signs the time and is refused after `tolerance` seconds (300), or
    `plain`: a `header`, a `prefix` in it, an `algorithm` (`sha256`, `sha384`, `sha512`, `sha1`) and an
    `encoding` (`hex`, `base64`). With several `secrets`, one can be replaced while clients still use the
    other.

    Responses are JSON: `{"events": 3}`, or `{"error": "..."}` with the reason. 200: all events are
    acknowledged. 202: the events are submitted (`answer: at once`). 400: the request or its body is not
    valid; none of its events was submitted. 401 and 403: not authenticated. 404, 405, 408, 411 to 431: as
    usual. 500: an event failed. 503 with `Retry-After`: a queue is full, events were not acknowledged in
    time, or the module stops. If a queue fills up in the middle of a batch, the response is 503 too, and says
    how many events were submitted: they come twice when the client repeats the batch.

    With a `cert_file`, the server speaks TLS. Renewed files are used for new connections within a minute. If
    they cannot be used, an error is logged and the previous ones stay in use.

    `tmp.<name of the module>` of an event has `method`, `path`, `query` (by name; the last value of a
    repeated one), `peer` (the client's address) and, if any are chosen, `headers` (by name in lower case).

    Args:
        host: The address to listen on, or a name of several; `0.0.0.0` and `::` are all of IPv4 and of IPv6.
        port: The port; 0 for a free one, which is logged.
        routes: Which requests go to which queue; by default POST requests to any path, to `outbox`.
        decoder: The codec that decodes bodies; by default JSON, one document or several.
        authentication: Who may send requests to routes without an authentication; by default everyone.
        answer: `acknowledged` to answer when all events of a request are; `at once` to answer before.
        headers: The headers to store in events.
        health: A path at which GET is answered with 200 while requests are accepted, such as `/healthz`.
        access_log: Whether to log every request (info), not only those that are refused or fail.
        trusted_proxies: Addresses and networks of proxies whose `X-Forwarded-For` or, without it, `Forwarded`
            is believed.
        reuse_port: Whether other processes may listen on the port too and share its connections
            (SO_REUSEPORT): for several instances of one server.
        cert_file: A certificate (PEM), to speak TLS.
        key_file: Its key (PEM), if it is not in the same file.
        key_password: The password of the key, if the key is encrypted.
        ca_file: The authorities (PEM) whose certificates clients must show.
        tls_minimum: The lowest version of TLS that is accepted.
        max_body: Bytes that a body may have, as received and decompressed. A decoder that decompresses may
            have a limit of its own, `max_expanded`.
        max_events: The number of events that a request may have.
        max_headers: Bytes that the request line and the headers may have together.
        max_connections: The number of connections that are served at the same time. At the limit, the
            connection that has been idle longest, for a second or more, is closed for a new one; without an
            idle one, the new one waits. One address may have nine tenths of them, so that health checks and
            others always get one. The process's limit of open files is raised for them.
        header_timeout: Seconds for the headers to arrive.
        body_timeout: Seconds for the body to arrive.
        idle_timeout: Seconds that a connection stays open without a request.
        queue_timeout: Seconds that an event waits for room in a full queue, before the response is 503.
        acknowledge_timeout: Seconds that a request waits for its events, before the response is 503.
        retry_after: Seconds after which clients should try again, in `Retry-After`.

    Queues:
        outbox: An event for each value of a body, from routes that name no other queue.
        <queue of a route>: The same, from the routes that name it.
        metrics: Also `module.<name>.answered.<status>` and `module.<name>.connections`.
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
        key_password: _Text | None = None,
        ca_file: _Text | None = None,
        tls_minimum: MinimumVersion = "1.2",
        max_body: _Count = 1 << 20,
        max_events: _Count = 10_000,
        max_headers: Annotated[int, Meta(ge=256)] = 16384,
        max_connections: Annotated[int, Meta(ge=1, le=1 << 20)] = 1000,
        header_timeout: _Seconds = 10,
        body_timeout: _Seconds = 60,
        idle_timeout: _Seconds = 60,
        queue_timeout: Annotated[float, Meta(ge=0)] = 1,
        acknowledge_timeout: _Seconds = 30,
        retry_after: Annotated[int, Meta(ge=0)] = 5,
    ) -> None:
        super().__init__(config)
        self.host = host
        self.port = port
        self.reuse_port = reuse_port
        self.answers_late = answer == "acknowledged"  # so that a client repeats failed events
        self._tls = server_tls(
            self,
            cert_file=cert_file,
            key_file=key_file,
            key_password=key_password,
            ca_file=ca_file,
            tls_minimum=tls_minimum,
            alpn=["http/1.1"],
        )
        default_decoder = decoder or DecoderFactory("json", framing="documents", max_size=max_body)
        try:
            _check_headers(headers)
            endpoints = [
                Endpoint(route, default_decoder, authentication, max_body, max_events)
                for route in routes or (Route(),)
            ]
            table = Routes(endpoints)
            forwarded_for = ForwardedFor(trusted_proxies)
        except ConfigError as error:
            raise wrong_arguments(self.name, str(error)) from None
        for queue in dict.fromkeys(endpoint.queue for endpoint in endpoints):
            self.pool.createQueue(queue)
        self._public_paths = [endpoint.path for endpoint in endpoints if endpoint.authenticator is None]
        handler = Handler(
            actor=self,
            routes=table,
            submitter=RequestSubmitter(self, queue_timeout, acknowledge_timeout, retry_after),
            forwarded_for=forwarded_for,
            headers=headers,
            health=health,
            wait=self.answers_late,
            access_log=access_log,
        )
        self.answered = handler.answered
        limits = Limits(max_headers, max_body, header_timeout, body_timeout, idle_timeout)
        self._server = Server(handler, limits, max_connections, self._tls)

    def preHook(self) -> None:
        """Listen.

        Raises:
            ConfigError: The address or the certificates cannot be used.
        """
        if self._tls is not None:
            self._tls.load()
            self.sendToBackground(self._tls.watch)
        listeners = listen_tcp(self.host, self.port, reuse_port=self.reuse_port)
        self.port = bound_address(listeners[0]).port
        self._server.start(listeners)
        self._announce(listeners)
        self.sendToBackground(self.measure)

    def measure(self) -> None:
        """Submit, every `frequency` seconds, the number of responses by status, and of connections."""
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
        """Close the listeners and all connections."""
        self._server.close()

    def _announce(self, listeners: list[socket.socket]) -> None:
        scheme = "http" if self._tls is None else "https"
        self.logging.info(f"Listening on {scheme}://{Address(self.host, self.port)}.")
        local = all(ip_address(bound_address(listener).host).is_loopback for listener in listeners)
        if self._public_paths and not local:
            self.logging.warning(
                f"Everyone who reaches {self.host} may post to {', '.join(self._public_paths)}:"
                " set 'authentication'."
            )


def _check_headers(headers: tuple[str, ...]) -> None:
    secret = REDACTED.intersection(name.lower() for name in headers)
    if secret:
        message = f"'headers' has {min(secret)!r}, which contains secrets: remove it."
        raise ConfigError(message)
