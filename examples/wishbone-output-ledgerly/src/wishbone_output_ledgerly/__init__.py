"""Sends batches of entries to Ledgerly."""

from http import HTTPStatus
from typing import Annotated, Any

from msgspec import Meta
from urllib3 import PoolManager, exceptions

from wishbone import ActorConfig, Event
from wishbone.error import ConfigError, InvalidData
from wishbone.module import OutputModule

Url = Annotated[str, Meta(pattern="^https?://[^/]")]


class Ledgerly(OutputModule):
    """Sends batches of entries to Ledgerly.

    A payload that is not a list is a batch of one. While Ledgerly is busy or down, a batch is sent again for
    a minute, so an entry may arrive twice; after that the batch fails. A batch fails at once when it cannot
    be encoded as JSON, or when Ledgerly refuses it, for example because it has more than 100 entries.

        modules:
          input: {module: wishbone.input.generator, arguments: {payload: {amount: 7}, count: 3}}
          batch: {module: wishbone.flow.batch, arguments: {max_events: 100, max_seconds: 1}}
          ledgerly: {module: wishbone.output.ledgerly, arguments: {url: "http://a", token: !secret env:TOKEN}}
        routingtable: [input.outbox -> batch.inbox, batch.outbox -> ledgerly.inbox]

    Args:
        url: The address of Ledgerly, without `/v1/entries`.
        token: The access token.

    Queues:
        inbox: The batches to send.
    """

    def __init__(self, config: ActorConfig, url: Url, token: str) -> None:
        super().__init__(config)
        if not (token.isascii() and token.isprintable() and token.strip()):
            raise ConfigError("The token is empty, or has an invalid character, such as a newline.")
        self.url = url.rstrip("/") + "/v1/entries"
        self._ledgerly = PoolManager(headers={"Authorization": f"Bearer {token}"}, timeout=30, retries=False)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Send a batch; retry while Ledgerly is busy or down."""
        batch = event.data if isinstance(event.data, list) else [event.data]
        for pause in (1, 2, 4, 8, 16, 32):
            try:
                return self._post(batch)
            except (ConnectionError, exceptions.HTTPError) as error:
                self.logging.warning(f"A batch could not be sent: {error}", event)
                if not self.sleep(pause):
                    raise
        return self._post(batch)

    def postHook(self) -> None:
        """Close the connection."""
        self._ledgerly.clear()

    def _post(self, entries: list[Any]) -> None:
        status = self._ledgerly.request("POST", self.url, json={"entries": entries}).status
        if status != HTTPStatus.ACCEPTED:
            error = ConnectionError if status in {429, *range(500, 600)} else InvalidData
            message = f"Ledgerly did not take the batch: it answered {status}."
            raise error(message)
