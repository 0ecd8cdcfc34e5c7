"""Body: what a request carries, made of one event or of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.arguments import EncoderFactory, Template
    from wishbone.event import Event

Format = Literal["lines", "array"]


class Body:
    """The body of one request, while it is made."""

    def __init__(self, kind: BodyKind) -> None:
        """Begin without events.

        Args:
            kind: How it is made.
        """
        self._kind = kind
        self._encoder = kind.encoder() if kind.template is None else None
        self._parts: list[bytes] = []
        self.size = 0

    def add(self, event: Event) -> None:
        """Add an event at the end.

        Raises:
            InvalidData: Its payload cannot be encoded, or it has not what the template names.
        """
        if self._encoder is not None:
            part = self._encoder.encode(event.data)
        else:
            assert self._kind.template is not None
            part = self._kind.template.render(event).encode("utf-8", "backslashreplace")
        self._parts.append(part)
        self.size += len(part)

    def finish(self) -> bytes:
        """Return the whole."""
        kind = self._kind
        if kind.format == "array":
            return b"[%b]" % b",".join(part.rstrip(b"\n") for part in self._parts)
        if self._encoder is not None:
            return b"".join([*self._parts, self._encoder.flush()])
        if kind.batch:
            return b"".join(part if part.endswith(b"\n") else part + b"\n" for part in self._parts)
        return b"".join(self._parts)


class BodyKind(NamedTuple):
    """How bodies are made."""

    encoder: EncoderFactory
    template: Template | None
    """What to send instead of the encoded payload."""

    format: Format
    """How the events of a batch are put together."""

    batch: bool
    """Whether a body may be of several events."""

    def make(self, events: Iterable[Event]) -> bytes:
        """Return the body of some events.

        Raises:
            InvalidData: One of them cannot be encoded.
        """
        body = Body(self)
        for event in events:
            body.add(event)
        return body.finish()
