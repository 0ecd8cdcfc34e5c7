"""Turns the JSON text inside a field of an event into values, or values into JSON text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from wishbone.arguments import EventKey
from wishbone.codecs.json import from_json, to_json
from wishbone.error import InvalidData
from wishbone.module import FunctionModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Json"]


class Json(FunctionModule):
    """Turns the JSON text inside a field of an event into values, or values into JSON text.

    It is for JSON within an event: in a field of a log record, in a message of a broker. Where the
    whole stream is JSON, the input's `decoder: json` and the output's `encoder: json` do it.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {raw: '{"user": "ada"}'}, count: 3}
          json:
            module: wishbone.function.json
            arguments: {direction: decode, key: data.raw, into: data.record}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> json.inbox
          - json.outbox -> stdout.inbox

    `decode` takes one JSON document (RFC 8259) as text or bytes. `encode` takes any value that JSON has
    something for, and writes it on one line: bytes as base64, times as RFC 3339 has them.

    An event fails, and stays as it came, when the key is not there, when what stands there is no JSON or
    cannot be written as JSON, and when `into` cannot be set.

    Args:
        direction: `decode` makes values of a text, `encode` makes a text of values.
        key: Where to find the text, or the value.
        into: Where to put what was made, in the place of what stands there; the same key, if it is not given.

    Queues:
        inbox: The events to change.
        outbox: The same, changed.
    """

    def __init__(
        self,
        config: ActorConfig,
        direction: Literal["decode", "encode"],
        key: EventKey = EventKey("data"),  # noqa: B008 - it cannot change
        into: EventKey | None = None,
    ) -> None:
        """Take events from `inbox`, and bring them out by `outbox`."""
        super().__init__(config)
        self.key = key
        self.into = into or key
        self._convert = _decode if direction == "decode" else _encode
        self._outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Convert what stands at the key, and pass the event on."""
        value = event.get(self.key)
        try:
            converted = self._convert(value)
        except InvalidData as error:
            message = f"What stands at {self.key!r} cannot be converted. {error}"
            raise InvalidData(message) from error
        event.set(converted, self.into)
        self.submit(event, self._outbox)


def _decode(document: object) -> object:
    if not isinstance(document, str | bytes):
        message = f"It is no text but of type {type(document).__name__}: decode it once, or name another key."
        raise InvalidData(message)
    return from_json(document)


def _encode(value: object) -> str:
    return to_json(value).decode()
