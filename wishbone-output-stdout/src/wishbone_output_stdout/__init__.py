"""Writes each event as a line to standard output or standard error."""

from __future__ import annotations

from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from wishbone.arguments import EncoderFactory, Template
from wishbone.module import OutputModule
from wishbone_output_stdout.line import Colour, encoded_lines, plain_line, terminal_line
from wishbone_output_stdout.standard_stream import Name, StandardStream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wishbone.actor import ActorConfig
    from wishbone.codec import Encoder
    from wishbone.event import Event

__all__ = ["Stdout"]

BATCH = 1000
"""Most events that are written together."""


class Stdout(OutputModule):
    r"""Writes each event as a line to standard output or standard error.

    A text is written as it is, bytes as UTF-8 text, everything else (mappings, lists, numbers, logs,
    metrics) as JSON. Lines that are there at once are written together; no line waits for others. An event
    is acknowledged when its line is written.

    A terminal shows control characters of a payload as text (`\x1b`, `\n`) and does not obey them. Pipes and
    files get them unchanged.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada}, interval: 0.5, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {template: "{{ data.user }} was here", colour: green}
        routingtable:
          - input.outbox -> stdout.inbox

    An event fails when a field used in the template is missing, when its payload cannot be written as JSON,
    and when its line cannot be written because the disk is full. When the reader of a pipe is gone, the
    pipeline stops, and the events that were not written are settled as failed.

    Args:
        template: What to write instead of the payload.
        encoder: Encodes the payload, instead of lines as above: a codec's name, or its name with arguments.
        colour: The colour of the lines on a terminal: black, red, green, yellow, blue, magenta, cyan or
            white.
        stream: Where to write: `stdout` or `stderr`.

    Queues:
        inbox: The events to write.
    """

    def __init__(
        self,
        config: ActorConfig,
        template: Template | None = None,
        colour: Colour | None = None,
        stream: Name = "stdout",
        encoder: EncoderFactory | None = None,
    ) -> None:
        """Create the queue `inbox`."""
        super().__init__(config)
        self.template = template
        self.colour = colour
        self.stream = stream
        self.encoder = encoder
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox", batch=BATCH)
        self._stream: StandardStream | None = None
        self._encoder: Encoder | None = None
        self._encode: Callable[[Any], bytes] = plain_line
        self._cut = False
        self._gone: OSError | None = None
        self._lost = 0

    def preHook(self) -> None:
        """Check where the stream leads, and choose how lines are made.

        Raises:
            ConfigError: The process has no such stream.
        """
        self._stream = StandardStream(self.stream)
        terminal = self._stream.terminal
        if self.encoder is not None:
            self._encoder = self.encoder()
            encode = self._encoder.encode
            self._encode = partial(encoded_lines, encode, self.colour) if terminal else encode
        elif terminal:
            self._encode = partial(terminal_line, colour=self.colour)

    def consume(self, events: list[Event]) -> None:
        """Write events together."""
        lines, encoded = [], []
        template, encode = self.template, self._encode
        for event in events:
            try:
                lines.append(encode(event.data if template is None else template.render(event)))
            except Exception as error:  # noqa: BLE001 - an error of this event only
                self.fail(event, error)
            else:
                encoded.append(event)
        if lines:
            self._write(lines, encoded)

    def postHook(self) -> None:
        """Write what the encoder still holds, and end the thread that writes."""
        if self._lost:
            self.logging.warning(f"{self._lost} events were not written to {self.stream}.")
        if self._stream is not None:
            self._write_end(self._stream)
            self._stream.close()

    def _write_end(self, stream: StandardStream) -> None:
        end = b"" if self._encoder is None or self._gone is not None else self._encoder.flush()
        if end and (error := stream.write(end).error) is not None:
            self.logging.error(f"The end of the encoded data cannot be written to {self.stream}: {error}")

    def _write(self, lines: list[bytes], events: list[Event]) -> None:
        """Write lines, and fail the events of those that are not written."""
        assert self._stream is not None
        if self._gone is not None:
            self._drop(events, self._gone)
            return
        start = b"\n" if self._cut else b""
        size, error = self._stream.write(start + b"".join(lines))
        if error is None:
            self._cut = False
            return
        ends = list(accumulate(map(len, lines), initial=len(start)))
        self._cut = (self._cut and not size) or size not in (0, *ends)
        unwritten = events[sum(end <= size for end in ends[1:]) :]
        if self._stream.gone(error):
            self._gone = error
            self._stream.mute()
            self.stopPipeline(f"The reader of {self.stream} is gone.")
            self._drop(unwritten, error)
        else:
            for event in unwritten:
                self.fail(event, error)

    def _drop(self, events: Sequence[Event], error: Exception) -> None:
        """Fail events without logging each: there may be thousands."""
        self._lost += len(events)
        for event in events:
            if self.pool.queue.success.connected:
                self.fail(event, error)
            elif event.acknowledgement is not None:
                event.acknowledgement.retain()
                event.acknowledgement.release(error)
