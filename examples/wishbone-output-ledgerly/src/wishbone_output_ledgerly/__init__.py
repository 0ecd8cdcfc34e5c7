"""Sends entries to Ledgerly in batches."""

import re
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Annotated
from urllib.parse import urlsplit

from gevent import event as gevent_event
from msgspec import Meta, Raw, json

from wishbone import ActorConfig, Event
from wishbone.error import ConfigError, InvalidData
from wishbone.module import OutputModule


class Ledgerly(OutputModule):
    """Sends entries to Ledgerly in batches.

    An event is done when Ledgerly has answered its batch with 202. After 429, 5xx or no answer the batch is
    sent again, so it may arrive twice; after any other answer its events fail. What is no JSON fails, too.
    While a batch is not full, the module takes `seconds` longer to stop.

        modules:
          input: {module: wishbone.input.generator, arguments: {payload: {account: 7}, count: 3}}
          ledgerly:
            module: wishbone.output.ledgerly
            arguments: {url: "http://127.0.0.1:8080", token: a-token}
        routingtable: [input.outbox -> ledgerly.inbox]

    Args:
        url: Where Ledgerly is, to which `/v1/entries` is added.
        token: The bearer token; it appears in no log.
        batch_size: How many entries a request has at most.
        seconds: How long the first entry of a batch waits for others.
        pause: Seconds before a batch is sent again.

    Queues:
        inbox: The events; the payload of each is an entry.
    """

    def __init__(
        self,
        config: ActorConfig,
        *,
        url: Annotated[str, Meta(pattern=r"^https?://([\w.-]+|\[[\w:]+\])(:\d+)?(/[^\s?#]*)?\Z")],
        token: str,
        batch_size: Annotated[int, Meta(ge=1, le=100)] = 100,
        seconds: Annotated[float, Meta(gt=0, le=5)] = 1,  # there are ten to stop
        pause: Annotated[float, Meta(gt=0)] = 1,
    ) -> None:
        """Take events from `inbox`, as many at once as a batch has."""
        super().__init__(config)
        if not re.fullmatch("[!-~]+", token):  # a pattern of the argument would show what it refuses
            raise ConfigError("The token has characters that no token has: look for a space or a newline.")
        self.url, self.token, self.batch_size = urlsplit(url), token, batch_size
        self.seconds, self.pause = seconds, pause
        self._begin_batch()
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox", concurrency=batch_size)

    def consume(self, event: Event) -> None:
        """Join the batch, and wait until it is taken. The first event of a batch sends it."""
        entry = Raw(json.encode(event.data))
        entries, full, taken = self._entries, self._full, self._taken
        entries.append(entry)
        if len(entries) == self.batch_size:
            full.set()
        if len(entries) > 1:
            taken.get()
            return
        full.wait(self.seconds)
        self._begin_batch()
        try:
            self._send(entries)
        except Exception as error:
            taken.set_exception(error)
            raise
        taken.set()

    def _begin_batch(self) -> None:
        self._entries: list[Raw] = []
        self._full = gevent_event.Event()
        self._taken: gevent_event.AsyncResult[None] = gevent_event.AsyncResult()

    def _send(self, entries: list[Raw]) -> None:
        while True:
            try:
                return self._post(json.encode({"entries": entries}))
            except (OSError, HTTPException) as error:
                self.logging.warning(f"Ledgerly is busy or away: {error}. Tries again.")
                if not self.sleep(self.pause):
                    raise

    def _post(self, body: bytes) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connect = HTTPSConnection if self.url.scheme == "https" else HTTPConnection
        with closing(connect(self.url.netloc, timeout=30)) as connection:
            connection.request("POST", self.url.path.rstrip("/") + "/v1/entries", body, headers)
            answer = connection.getresponse()
            if answer.status == HTTPStatus.ACCEPTED:
                return
            said = answer.read(200).decode(errors="replace").replace(self.token, "***")
        message = f"Ledgerly answered {answer.status} {answer.reason}: {said}"
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ConnectionError(message)
        raise InvalidData(message)
