"""Sends events to an HTTP server, one by one or in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from wishbone.arguments import DecoderFactory, EncoderFactory, Template
from wishbone.error import ConfigError, InvalidData
from wishbone.module import OutputModule
from wishbone_output_http.address import Address  # noqa: TC001 - read when a pipeline is built
from wishbone_output_http.authentication import authorization
from wishbone_output_http.batch import Batch, Batches, Limits, Place
from wishbone_output_http.body import BodyKind, Format
from wishbone_output_http.breaker import Breaker, Pauses
from wishbone_output_http.client import Answer, Client, Request
from wishbone_output_http.content import content_headers
from wishbone_output_http.delivery import Delivery, Patience
from wishbone_output_http.header import Headers
from wishbone_output_http.proxy import proxy_options
from wishbone_output_http.tls import Certificates
from wishbone_output_http.verdict import DIVISIBLE, Verdict, complaint, decode, describe, judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Http"]

Method = Literal["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]

BODILESS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS"})
"""Methods whose requests have no body, unless one is asked for."""

MOST_WAITING = 10_000
"""Events that may wait for their requests: a greenlet waits for each, of about 11 KB."""

RENEW_SECONDS = 60.0
"""Seconds between two looks whether certificates were renewed."""

KEPT_BYTES = 1024
"""Bytes of the answer to a request that failed that are kept, to show what it was."""


class Http(OutputModule):
    """Sends events to an HTTP server, one by one or in batches.

    A request that is answered with 2xx is delivered. One that is answered with 5xx, 408, 425 or 429 is
    sent again after a growing pause, or when the server's Retry-After asks for it, and so is one that
    is not answered, because the server cannot be reached, takes too long, hangs up or speaks no HTTP.
    Any other answer fails its events at once; redirects are not followed. When several requests fail in
    a row, a circuit breaker keeps all of them back, and tries with one whether the server works again.
    What is before the module waits meanwhile.

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
    fails, too, when it has not what a template names, when its payload cannot be encoded, and when its
    answer cannot be decoded, although it was delivered then.

    What an event fills in in the URL is percent-encoded, and can change neither the server nor the parts
    of the path. With `batch_size` events that go to the same URL with the same headers are sent
    together, and each succeeds or fails as the server answers. A batch that is answered with 400, 413
    or 422 is divided, so that only the events that are refused by themselves fail. While the module
    fills a batch, it takes `batch_seconds` longer to stop.

    Certificates that are renewed are read again within a minute, for connections to come.

    The answer is in `tmp.<name of the module>`: `status`, and with `decoder` what that makes of the body as
    `response` (a list, if it makes several values). For an event that failed, `response` is the
    beginning of the body as text.

    Args:
        url: Where to send. Places may stand in the path and the query.
        method: The method of the requests.
        headers: Headers by name. They win over those that the module makes itself.
        encoder: What makes the body of the payload. Requests other than PATCH, POST and PUT have none.
        body: What to send instead of the encoded payload, with any method.
        format: How a batch is put together: one behind the other as `lines`, or as a JSON `array`.
        batch_size: How many events a request may carry; times `concurrency` at most 10,000.
        batch_bytes: A batch of so many bytes is sent without waiting for more events.
        batch_seconds: Seconds after its first event that a batch is sent at the latest.
        concurrency: How many requests may be on their way at once. Order is kept only with 1.
        decoder: What makes the body of an answer a value to keep, such as `json`; it is not kept otherwise.
        max_answer: Bytes of an answer's body that are read.
        connect_timeout: Seconds that connecting may take.
        read_timeout: Seconds of silence before the connection counts as lost.
        timeout: Seconds that a request and its answer may take together.
        retries: How often a request is sent again before its events fail; none of it is without end.
        pause: Seconds before it is sent again for the first time; they double with each.
        longest_pause: Seconds that the pauses grow to.
        longest_retry_after: The most seconds that the server may ask for.
        breaker_failures: After how many failures in a row all requests are held back; 0 for never.
        breaker_wait: Whether events wait while requests are held back; they fail otherwise.
        username: The name for basic authentication.
        password: Its password.
        token: A bearer token.
        ca_file: The certificates (PEM) that vouch for the server; those of the system, if not given.
        cert_file: The certificate (PEM) to show to the server.
        key_file: Its key (PEM), where it is not in the same file.
        server_name: The name in the server's certificate; the one in the URL, if it is not given.
        verify: Whether the server's certificate must be valid and be for that name.
        proxy: A proxy to go through, such as `http://user:password@proxy:3128`. The environment's
            variables for proxies are not looked at.

    Queues:
        inbox: The events to send.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        url: Address,
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
        retries: Annotated[int, Meta(ge=0)] | None = 10,
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
        server_name: str | None = None,
        verify: bool = True,
        proxy: str | None = None,
    ) -> None:
        """Take events from `inbox`."""
        super().__init__(config)
        self.url = url
        self.method = method
        self.decoder = decoder
        self.timeouts = (connect_timeout, read_timeout, timeout)
        self.concurrency = concurrency
        self.max_answer = max_answer
        self.server_name = server_name
        self.verify = verify
        self.certificates = Certificates(ca_file, cert_file, key_file)
        self.bodiless = body is None and method in BODILESS
        self.kind = BodyKind(encoder, body, format, batch_size > 1)
        self._check(batch_size * concurrency)
        try:
            content = {} if self.bodiless else content_headers(self.kind)
            given = {**content, **authorization(username, password, token)}
            self._headers = Headers(headers or {}, given)
            self._proxy = proxy_options(proxy)
        except ConfigError as error:
            raise ConfigError(self._complaint(str(error))) from None
        pauses = Pauses(pause, longest_pause)
        self._patience = Patience(retries, pauses, longest_retry_after)
        self._breaker = Breaker(self, str(url.origin), breaker_failures, pauses, wait=breaker_wait)
        limits = Limits(batch_size, batch_bytes, batch_seconds)
        self._batches = Batches(limits, concurrency, self.kind, self._send_batch)
        self._client: Client | None = None
        self._delivery: Delivery
        self.pool.createQueue("inbox")
        consume = self.consume if batch_size == 1 else self.consume_in_batch
        self.registerConsumer(consume, "inbox", batch_size * concurrency)

    def preHook(self) -> None:
        """Read the certificates. The first event opens the connection: the server may start later."""
        self._client = self._make_client()
        self._delivery = Delivery(self, self._client, self._breaker, self._patience)
        if any(self.certificates):
            self.sendToBackground(self.renew, self._client, self.certificates.changed())

    def renew(self, client: Client, read: list[int | None]) -> None:
        """Read the certificates again when somebody has renewed them, for connections to come.

        Args:
            client: What connects.
            read: When each file was changed that it uses.
        """
        while self.sleep(RENEW_SECONDS):
            if (changed := self.certificates.changed()) != read:
                read = changed
                try:
                    client.secure(self.certificates.make_context(verify=self.verify))
                except ConfigError as error:
                    self.logging.error(f"{error} Those read before are used on.")
                else:
                    self.logging.info("The certificates were renewed.")

    def consume(self, event: Event) -> None:
        """Send the event, and wait for the server as long as it is away."""
        place = self._place(event)
        body = b"" if self.bodiless else self.kind.make([event])
        self._conclude(event, self._send(place, body))

    def consume_in_batch(self, event: Event) -> None:
        """Send the event together with others: each has a consumer that waits for their batch."""
        self._conclude(event, self._batches.deliver(event, self._place(event)))

    def postHook(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()

    def _place(self, event: Event) -> Place:
        return Place(self.url.target(event), self._headers.render(event))

    def _send(self, place: Place, body: bytes) -> Answer:
        return self._delivery.send(Request(self.method, place.target, place.headers, body))

    def _send_batch(self, batch: Batch) -> list[Answer | Exception]:
        return self._send_events(batch.place, batch.events, batch.body.finish())

    def _send_events(self, place: Place, events: Sequence[Event], body: bytes) -> list[Answer | Exception]:
        """Send events as one request, and in two halves if it is refused for what is in it."""
        try:
            answer = self._send(place, body)
        except ConnectionError as error:
            return [error] * len(events)
        if len(events) == 1 or answer.status not in DIVISIBLE:
            return [answer] * len(events)
        self.logging.notice(
            f"{self.url.origin} answered {describe(answer)} to a batch of {len(events)}: it is divided."
        )
        middle = len(events) // 2
        return [
            outcome
            for half in (events[:middle], events[middle:])
            for outcome in self._send_events(place, half, self.kind.make(half))
        ]

    def _conclude(self, event: Event, answer: Answer) -> None:
        """Note the answer in the event.

        Raises:
            InvalidData: The server refused the event, or the answer cannot be decoded.
        """
        note: dict[str, Any] = {"status": answer.status}
        event.tmp[self.name] = note
        if judge(answer) is Verdict.DELIVERED:
            if self.decoder is not None:
                note["response"] = decode(answer, self.decoder())
            return
        note["response"] = answer.body[:KEPT_BYTES].decode("utf-8", "replace")
        raise InvalidData(complaint(answer, self.url.origin))

    def _check(self, waiting: int) -> None:
        """Refuse arguments that do not go together.

        Args:
            waiting: How many events would wait at most.

        Raises:
            ConfigError: Some do not.
        """
        for cause in self._mistakes(waiting):
            raise ConfigError(self._complaint(cause))

    def _mistakes(self, waiting: int) -> Iterator[str]:
        if self.url.origin.scheme != "https":
            given = self.certificates._asdict().items()
            yield from (
                f"{name!r} is for TLS: the URL begins with 'https' then." for name, file in given if file
            )
        if self.certificates.key_file is not None and self.certificates.cert_file is None:
            yield "'key_file' needs the 'cert_file' that it belongs to."
        if waiting > MOST_WAITING:
            yield f"'batch_size' times 'concurrency' is {waiting}: {MOST_WAITING} is the most, lower one."
        if self.bodiless and self.kind.batch:
            yield f"A {self.method} request has no body that a batch could be in: leave 'batch_size' out."
        encoder = self.kind.encoder.name
        if self.kind.format == "array" and self.kind.template is None and encoder != "json":
            yield f"An array is JSON, which {encoder!r} does not make: use the encoder 'json'."

    def _complaint(self, cause: str) -> str:
        return f"The arguments of module {self.name!r} are wrong. {cause}"

    def _make_client(self) -> Client:
        connect_timeout, read_timeout, timeout = self.timeouts
        options: dict[str, Any] = {
            "connection_timeout": connect_timeout,
            "network_timeout": read_timeout,
            "concurrency": self.concurrency,
            **self._proxy,
        }
        origin = self.url.origin
        if origin.scheme == "https":
            context = self.certificates.make_context(verify=self.verify)
            options["ssl_context_factory"] = lambda cafile: context  # noqa: ARG005 - it has its own
            options["ssl_options"] = {"server_hostname": self.server_name or origin.host}
            options["insecure"] = not self.verify
        return Client(origin.host, origin.port, timeout=timeout, max_answer=self.max_answer, **options)
