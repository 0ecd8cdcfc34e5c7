"""Sends events to an HTTP server, one by one or in batches."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from wishbone import clock
from wishbone.actor import yield_if_due
from wishbone.arguments import DecoderFactory, EncoderFactory, Template
from wishbone.diagnostics.outage import Outage
from wishbone.error import ConfigError, InvalidData
from wishbone.module import OutputModule
from wishbone_network import Backoff, MinimumVersion, client_tls, wrong_arguments
from wishbone_output_http.authentication import authorization_headers
from wishbone_output_http.batch import Batches, Part, RequestKey
from wishbone_output_http.body import BodyFormat, Format
from wishbone_output_http.circuit_breaker import CircuitBreaker
from wishbone_output_http.client import HttpClient, Request, Timeouts
from wishbone_output_http.headers import HeaderTemplates
from wishbone_output_http.outcome import (
    DIVISIBLE,
    Outcome,
    classify,
    decode_body,
    describe_refusal,
    describe_response,
)
from wishbone_output_http.proxy import parse_proxy
from wishbone_output_http.response import SERVER_ERROR
from wishbone_output_http.sender import RetryPolicy, Sender
from wishbone_output_http.url_template import UrlTemplate  # noqa: TC001 - read when a pipeline is built

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig, EventBatch
    from wishbone.event import Event
    from wishbone_output_http.response import Response

__all__ = ["Http"]

Method = Literal["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]

BODILESS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS"})
"""Methods whose requests have no body without the argument `body`."""

DIVIDED_AFTER = 3
"""Answers of 5xx after which a batch is divided: one of its events may be the cause."""

KEPT_BYTES = 1024
"""Bytes of the response to a failed request that are stored in its events."""


class Http(OutputModule):
    """Sends events to an HTTP server, one by one or in batches.

    A request that is answered with 2xx is delivered. One that is answered with 5xx, 408, 425 or 429 is
    retried after a growing delay, or when the server's Retry-After asks for it; so is one without an answer,
    because the server cannot be reached, takes too long, closes the connection or does not speak HTTP. Any
    other answer fails the events at once; redirects are not followed. When several requests fail in a row, a
    circuit breaker holds all of them back, and sends one to see whether the server works again. Meanwhile the
    modules before this one wait.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada, level: warning}, count: 3}
          http:
            module: wishbone.output.http
            arguments:
              url: "http://127.0.0.1:8080/users/{{ data.user }}?level={{ data.level }}"
              headers: {X-Level: "{{ data.level }}"}
              batch_size: 100
        routingtable:
          - input.outbox -> http.inbox

    Delivery is at least once: a request whose answer was lost is sent again, whatever its method. An event
    also fails when a field used in a template is missing, when its payload cannot be encoded, and when the
    answer cannot be decoded, although it was delivered then. The status of the first answer counts, also
    when its body is cut off.

    Values that an event fills into the URL are percent-encoded: they can change neither the server nor the
    number of segments of the path. With `batch_size`, events for the same URL with the same headers are sent
    together, and each succeeds or fails as the server answers. A batch that is answered with 400, 413 or 422
    is divided, so that only the events that are refused by themselves fail.

    A batch that is answered with 5xx three times is divided too, and is retried after the other events that
    were collected with it, so that an event that the server cannot process does not hold them.

    A stop sends the events that are being collected at once. Renewed certificates are used for new
    connections.

    The answer is in `tmp.<name of the module>`: `status`, and with a `decoder` its decoded body as `response`
    (a list, if the body has several values). For a failed event, `response` is the beginning of the body as
    text.

    Args:
        url: The URL. Its path and query may have templates.
        method: The method of the requests.
        headers: Headers by name; their values may be templates. They replace the module's own.
        encoder: The codec that encodes payloads. Requests other than PATCH, POST and PUT have no body.
        body: A template to send instead of the encoded payload, with any method.
        format: How the events of a batch are put together: one after the other (`lines`), or as a JSON
            `array`.
        batch_size: The number of events that a request may have.
        batch_bytes: A batch of this size in bytes is sent without waiting for more events.
        batch_seconds: Seconds to wait for more events, from the first event of a batch on.
        concurrency: The number of requests in flight at the same time. Order is kept only with 1.
        decoder: The codec that decodes the body of an answer, such as `json`; by default it is not stored.
        max_answer: Bytes of an answer's body to read.
        connect_timeout: Seconds for connecting.
        read_timeout: Seconds without data, after which a connection is lost.
        timeout: Seconds for a request and its answer.
        retries: The number of retries, after which events fail; by default there is no limit.
        retry_for: Seconds for which events are retried before they fail; by default there is no limit.
        pause: Delay before the first retry, in seconds; doubles each time.
        longest_pause: The longest delay, in seconds.
        longest_retry_after: The longest delay that the server can ask for, in seconds.
        breaker_failures: The number of failures in a row after which all requests are held back; 0 for never.
        breaker_wait: Whether events wait while requests are held back; otherwise they fail.
        username: The user name for basic authentication.
        password: Its password.
        token: A bearer token.
        ca_file: The authorities (PEM) that are trusted; by default those of the system.
        cert_file: The certificate (PEM) to show to the server.
        key_file: Its key (PEM), if it is not in the same file.
        key_password: The password of the key, if the key is encrypted.
        server_name: The name in the server's certificate, if it is not the host of the URL.
        tls_minimum: The lowest version of TLS that is accepted.
        verify: Whether to verify the server's certificate and its name.
        proxy: A proxy to use, such as `http://user:password@proxy:3128`. Environment variables for proxies
            are ignored.

    Queues:
        inbox: The events to send.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        url: UrlTemplate,
        method: Method = "POST",
        headers: dict[str, Template] | None = None,
        encoder: EncoderFactory = EncoderFactory("json"),  # noqa: B008 - it never changes
        body: Template | None = None,
        format: Format = "lines",  # noqa: A002 - what a user calls it
        batch_size: Annotated[int, Meta(ge=1, le=10_000)] = 1,
        batch_bytes: Annotated[int, Meta(ge=1)] = 1 << 20,
        batch_seconds: Annotated[float, Meta(gt=0)] = 1,
        concurrency: Annotated[int, Meta(ge=1, le=1_000)] = 1,
        decoder: DecoderFactory | None = None,
        max_answer: Annotated[int, Meta(ge=0)] = 1 << 20,
        connect_timeout: Annotated[float, Meta(gt=0)] = 10,
        read_timeout: Annotated[float, Meta(gt=0)] = 30,
        timeout: Annotated[float, Meta(gt=0)] = 60,
        retries: Annotated[int, Meta(ge=0)] | None = None,
        retry_for: Annotated[float, Meta(ge=0)] | None = None,
        pause: Annotated[float, Meta(gt=0)] = 0.5,
        longest_pause: Annotated[float, Meta(gt=0)] = 60,
        longest_retry_after: Annotated[float, Meta(ge=0)] = 600,
        breaker_failures: Annotated[int, Meta(ge=0)] = 5,
        breaker_wait: bool = True,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        ca_file: str | None = None,
        cert_file: str | None = None,
        key_file: str | None = None,
        key_password: str | None = None,
        server_name: str | None = None,
        tls_minimum: MinimumVersion = "1.2",
        verify: bool = True,
        proxy: str | None = None,
    ) -> None:
        super().__init__(config)
        self.url = url
        self.method = method
        self.decoder = decoder
        self.batch_size = batch_size
        self.batch_bytes = batch_bytes
        self.batch_seconds = batch_seconds
        without_encoder = body is not None or method in BODILESS
        self._format = BodyFormat(None if without_encoder else encoder, body, format, batch_size > 1)
        self._tls = client_tls(
            self,
            enabled=url.origin.scheme == "https",
            cure="use a URL that begins with 'https'",
            ca_file=ca_file,
            cert_file=cert_file,
            key_file=key_file,
            key_password=key_password,
            server_name=server_name,
            tls_minimum=tls_minimum,
            verify=verify,
        )
        try:
            self._check_format()
            via = None if proxy is None else parse_proxy(proxy)
            defaults = {
                "Host": url.origin.host_header,
                "User-Agent": "wishbone",
                **self._format.content_headers(),
                **authorization_headers(username, password, token),
                **(via.headers if via is not None and self._tls is None else {}),
            }
            self._headers = HeaderTemplates(headers or {}, defaults)
        except ConfigError as error:
            raise wrong_arguments(self.name, str(error)) from None
        self._target_prefix = str(url.origin) if via is not None and self._tls is None else ""
        backoff = Backoff(pause, longest_pause)
        timeouts = Timeouts(connect_timeout, read_timeout, timeout)
        self._client = HttpClient(url.origin, timeouts, max_answer, self._tls, via)
        self._breaker = CircuitBreaker(self, str(url.origin), breaker_failures, backoff, wait=breaker_wait)
        policy = RetryPolicy(retries, Outage(self.logging, retry_for), backoff, longest_retry_after)
        secrets = [secret for secret in (password, token) if secret]
        self._sender = Sender(self, self._client, self._breaker, policy, secrets)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox", concurrency, batch=batch_size)

    def preHook(self) -> None:
        """Read the certificates. The first event opens a connection: the server may start later."""
        if self._tls is not None:
            self._tls.load()

    def consume(self, events: EventBatch) -> None:
        """Send events in batches, and retry until the server accepts or refuses them."""
        batches = Batches(self._format, self.batch_bytes)
        deadline = clock.monotonic() + self.batch_seconds
        added = 0
        while added < len(events):
            for event in events[added:]:
                self._add(event, batches)
                yield_if_due()
            added = len(events)
            if not batches.full and added < self.batch_size:
                events.wait_for_more(deadline - clock.monotonic())
        now = clock.monotonic()
        parts = deque(Part(batch.key, batch.events, batch.body.finish(), now) for batch in batches.all)
        while parts:
            self._send(events, parts)

    def postHook(self) -> None:
        """Close the connections."""
        self._client.close()

    def _add(self, event: Event, batches: Batches) -> None:
        try:
            target = self._target_prefix + self.url.render_target(event)
            key = RequestKey(target, tuple(self._headers.render(event).items()))
            batches.add(event, key)
        except Exception as error:  # noqa: BLE001 - it is an error of this event alone
            self.fail(event, error)

    def _send(self, batch: EventBatch, parts: deque[Part]) -> None:
        """Send the first part once: settle it, divide it, or leave it among the parts, to be sent again."""
        part = parts.popleft()
        response = None
        try:
            response, failure = self._sender.send(Request(self.method, *part.key, part.body))
            if failure:
                part = part._replace(failures=part.failures + 1)
                self._sender.wait(part.failures, part.since, response, failure)
        except ConnectionError as error:
            for event in part.events:
                self._store(event, getattr(error, "response", None))
                self.fail(event, error)
            return
        if failure:
            self._retry(part, response, parts)
        elif response is not None:
            self._finish(batch, part, response, parts)

    def _retry(self, part: Part, response: Response | None, parts: deque[Part]) -> None:
        """Leave a part to be sent next; after several answers of 5xx, in halves and after the other parts."""
        if response is None or response.status not in SERVER_ERROR or part.failures < DIVIDED_AFTER:
            parts.appendleft(part)
        elif len(part.events) == 1:
            parts.append(part)
        else:
            parts.extend(part.divide(self._format))

    def _finish(self, batch: EventBatch, part: Part, response: Response, parts: deque[Part]) -> None:
        """Settle the events of a part, or divide it if it is refused for what is in it."""
        if len(part.events) > 1 and response.status in DIVISIBLE:
            self.logging.notice(
                f"{self.url.origin} answered {response.status_text} to a batch of {len(part.events)}:"
                " dividing it."
            )
            parts.extendleft(reversed(part.divide(self._format)))
            return
        for event in part.events:
            self._settle(event, response)
            if parts:  # it must not wait for them
                batch.succeed(event)

    def _settle(self, event: Event, response: Response) -> None:
        """Store the response in an event, and fail the event if it was refused."""
        self._store(event, response)
        if classify(response) is not Outcome.DELIVERED:
            answered = f"{self.url.origin} answered {describe_response(response, self._sender.secrets)}"
            self.fail(event, InvalidData(f"{answered}: {describe_refusal(response)}."))
        elif self.decoder is not None:
            try:
                event.tmp[self.name]["response"] = decode_body(response, self.decoder())
            except InvalidData as error:
                self.fail(event, error)

    def _store(self, event: Event, response: Response | None) -> None:
        if response is None:
            return
        details: dict[str, Any] = {"status": response.status}
        if classify(response) is not Outcome.DELIVERED:
            details["response"] = response.body[:KEPT_BYTES].decode("utf-8", "replace")
        event.tmp[self.name] = details

    def _check_format(self) -> None:
        """Check that method, encoder and format fit together.

        Raises:
            ConfigError: They do not.
        """
        encoder = self._format.encoder
        if encoder is None and self._format.template is None and self._format.batch:
            message = f"A {self.method} request has no body for a batch: remove 'batch_size'."
            raise ConfigError(message)
        if self._format.format == "array" and encoder is not None and encoder.name != "json":
            message = f"An array is JSON, which {encoder.name!r} does not encode: use the encoder 'json'."
            raise ConfigError(message)
