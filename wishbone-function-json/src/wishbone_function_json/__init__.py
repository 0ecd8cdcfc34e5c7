"""Decodes the JSON text in a field of an event, or encodes a field as JSON text."""

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
    """Decodes the JSON text in a field of an event, or encodes a field as JSON text.

    Use it for JSON inside an event, such as a field of a log record. If the whole stream is JSON, use
    `decoder: json` at the input and `encoder: json` at the output instead.

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

    `decode` takes one JSON document (RFC 8259) as text or bytes. `encode` takes any value that JSON can
    represent and writes it on one line: bytes as base64, times as in RFC 3339.

    An event fails, and stays unchanged, when the key is missing, when its text is not valid JSON, when JSON
    cannot represent its value, and when `into` cannot be set.

    Args:
        direction: `decode` turns JSON text into a value, `encode` turns a value into JSON text.
        key: The key to read.
        into: The key to write the result to; the key that was read by default.

    Queues:
        inbox: The events to change.
        outbox: The changed events.
    """

    def __init__(
        self,
        config: ActorConfig,
        direction: Literal["decode", "encode"],
        key: EventKey = EventKey("data"),  # noqa: B008 - it never changes
        into: EventKey | None = None,
    ) -> None:
        super().__init__(config)
        self.key = key
        self.into = into or key
        self._convert = _decode if direction == "decode" else _encode
        self._outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Convert the value of the key, and pass the event on."""
        value = event.get(self.key)
        try:
            converted = self._convert(value)
        except InvalidData as error:
            message = f"The value of {self.key!r} cannot be converted. {error}"
            raise InvalidData(message) from error
        event.set(converted, self.into)
        self.submit(event, self._outbox)


def _decode(document: object) -> object:
    if not isinstance(document, str | bytes):
        message = (
            f"It is of type {type(document).__name__}, not text: decode it only once, or use another key."
        )
        raise InvalidData(message)
    return from_json(document)


def _encode(value: object) -> str:
    return to_json(value).decode()
