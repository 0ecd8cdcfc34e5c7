"""Body: the content of a request, encoded from one event or several; and BodyFormat: how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from wishbone.actor import yield_if_due

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.arguments import EncoderFactory, Template
    from wishbone.event import Event

Format = Literal["lines", "array"]

_JSON = "application/json"


class BodyFormat(NamedTuple):
    """How bodies are encoded: with an encoder or a template, or not at all if there is neither."""

    encoder: EncoderFactory | None
    template: Template | None
    format: Format
    batch: bool
    """Whether a body may have several events."""

    def encode(self, events: Iterable[Event]) -> bytes:
        """Return the body of some events.

        Raises:
            InvalidData: One of them cannot be encoded.
        """
        body = Body(self)
        for event in events:
            body.add(event)
            yield_if_due()
        return body.finish()

    def content_headers(self) -> dict[str, str]:
        """Return the headers that describe the bodies."""
        if self.template is not None:
            return {"Content-Type": _JSON if self.format == "array" else "text/plain; charset=utf-8"}
        if self.encoder is None:
            return {}
        encoder = self.encoder()
        json_lines = encoder.content_type == _JSON and self.batch and self.format == "lines"
        headers = {"Content-Type": "application/x-ndjson" if json_lines else encoder.content_type}
        if encoder.content_coding:
            headers["Content-Encoding"] = encoder.content_coding
        return headers


class Body:
    """The body of one request, to which events are added."""

    def __init__(self, body_format: BodyFormat) -> None:
        self._format = body_format
        self._encoder = None if body_format.encoder is None else body_format.encoder()
        self._parts: list[bytes] = []
        self.size = 0

    def add(self, event: Event) -> None:
        """Encode an event.

        Raises:
            InvalidData: It cannot be encoded, or a field used in the template is missing.
        """
        if self._encoder is not None:
            part = self._encoder.encode(event.data)
        elif self._format.template is not None:
            part = self._format.template.render(event).encode("utf-8", "backslashreplace")
        else:
            return
        self._parts.append(part)
        self.size += len(part)

    def finish(self) -> bytes:
        """Return the whole body."""
        if self._format.format == "array":
            return b"[%b]" % b",".join(part.rstrip(b"\n") for part in self._parts)
        if self._encoder is not None:
            return b"".join([*self._parts, self._encoder.flush()])
        if self._format.batch:
            return b"".join(part if part.endswith(b"\n") else part + b"\n" for part in self._parts)
        return b"".join(self._parts)
