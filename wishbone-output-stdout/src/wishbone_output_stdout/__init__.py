"""Writes each event as a line to standard output or standard error."""

from __future__ import annotations

from collections import deque
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from gevent.event import Event as Flag

from wishbone.actor import POLL_SECONDS
from wishbone.arguments import EncoderFactory, Template
from wishbone.error import WishboneError
from wishbone.module import OutputModule
from wishbone_output_stdout.line import Colour, encoded_lines, plain_line, terminal_line
from wishbone_output_stdout.stream import Name, Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.actor import ActorConfig
    from wishbone.codec import Encoder
    from wishbone.event import Event

__all__ = ["Stdout"]

BUFFER_BYTES = 65_536
"""Bytes that wait for a write before the consumer waits too: what a pipe of Linux holds."""


class Stdout(OutputModule):
    r"""Writes each event as a line to standard output or standard error.

    A text is written as it is, bytes as UTF-8 text, everything else (mappings, lists, numbers, logs,
    metrics) as JSON. Lines are written together as far as they are there at once, and nothing waits
    for more to come. An event is acknowledged when its line is written.

    On a terminal the control characters of a payload are shown and not obeyed (`\x1b`, `\n`). To a
    pipe or a file they go as they are.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada}, interval: 0.5, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {template: "{{ data.user }} was here", colour: green}
        routingtable:
          - input.outbox -> stdout.inbox

    An event fails when it has not what the template names, when its payload is nothing that JSON
    knows, and when its line could not be written (the disk is full). When the reader of a pipe is
    gone, the pipeline stops, and what was not written is settled as failed.

    Args:
        template: What to write instead of the payload.
        encoder: What writes it, instead of lines as above: a codec's name, or its name with arguments.
        colour: The colour of the lines, on a terminal: black, red, green, yellow, blue, magenta, cyan or
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
        """Take events from `inbox`."""
        super().__init__(config)
        self.template = template
        self.colour = colour
        self.stream = stream
        self.encoder = encoder
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self._stream: Stream | None = None
        self._encoder: Encoder | None = None
        self._line: Callable[[Any], bytes] | None = None
        self._lines: list[bytes] = []
        self._events: deque[Event] = deque()
        self._size = 0
        self._cut = False
        self._writing = False
        self._gone: OSError | None = None
        self._lost = 0
        self._filled = Flag()
        self._room = Flag()

    def preHook(self) -> None:
        """Find out where the stream leads, and start to write."""
        self._stream = Stream(self.stream)
        self._encoder = None if self.encoder is None else self.encoder()
        if self._encoder is None:
            self._line = partial(terminal_line, colour=self.colour) if self._stream.terminal else None
        else:
            encode = self._encoder.encode
            self._line = partial(encoded_lines, encode, self.colour) if self._stream.terminal else encode
        self.sendToBackground(self.write)

    def consume(self, event: Event) -> None:
        """Put the event's line with those to write; wait where there are enough of them."""
        payload = event.data if self.template is None else self.template.render(event)
        line = plain_line(payload) if self._line is None else self._line(payload)
        while self._size >= BUFFER_BYTES:
            self._room.clear()
            self._room.wait()
        if event.acknowledgement is not None:
            event.acknowledgement.retain()
        self._lines.append(line)
        self._events.append(event)
        if not self._size:
            self._filled.set()
        self._size += len(line)

    def write(self) -> None:
        """Write what there is, until the module is to stop and nothing more can come."""
        while self.loop() or not self.drained:
            if self._filled.wait(None if self.loop() else POLL_SECONDS):
                self._write_lines()

    def postHook(self) -> None:
        """Settle what the deadline left unwritten, and let go of the stream."""
        _, events = self._take()
        self._lose(events, WishboneError(f"{self.stream} did not take the event before the module stopped."))
        if self._lost:
            self.logging.warning(f"{self._lost} events were not written to {self.stream}.")
        if self._stream is not None:
            self._write_end(self._stream)
            self._stream.close()

    @property
    def drained(self) -> bool:
        """Whether its queues are empty, its consumers wait for more, and everything is written."""
        return not self._lines and not self._writing and super().drained

    def request_stop(self) -> None:
        """Turn `loop()` false, and let the writer see it."""
        super().request_stop()
        self._filled.set()

    def _write_end(self, stream: Stream) -> None:
        """Write what the encoder has left, such as the end of what is compressed."""
        end = b"" if self._encoder is None or self._gone is not None else self._encoder.flush()
        if end and (error := stream.write(end).error) is not None:
            self.logging.error(f"The end of what was encoded could not be written to {self.stream}: {error}")

    def _take(self) -> tuple[list[bytes], deque[Event]]:
        """Take what there is to write, and let the consumer fill up anew."""
        taken = self._lines, self._events
        self._lines, self._events, self._size = [], deque(), 0
        self._filled.clear()
        self._room.set()
        return taken

    def _write_lines(self) -> None:
        lines, events = self._take()
        self._writing = True
        try:
            if lines:
                self._write_or_fail(lines, events)
        finally:
            self._writing = False
            # Only where the writer was killed, or where settling an event raised, is something left here.
            self._lose(events, WishboneError(f"Writing to {self.stream} was broken off."))

    def _write_or_fail(self, lines: list[bytes], events: deque[Event]) -> None:
        """Write lines and settle their events, which are removed as they are settled."""
        assert self._stream is not None
        if self._gone is not None:
            self._lose(events, self._gone)
            return
        start = b"\n" if self._cut else b""
        size, error = self._stream.write(start + b"".join(lines))
        if error is None:
            self._cut = False
            _acknowledge(events, len(events))
            return
        ends = list(accumulate(map(len, lines), initial=len(start)))
        self._cut = (self._cut and not size) or size not in (0, *ends)
        _acknowledge(events, sum(end <= size for end in ends[1:]))
        if self._stream.gone(error):
            self._stop_because_gone(error)
            self._lose(events, error)
        else:
            self._fail(events, error)

    def _stop_because_gone(self, error: OSError) -> None:
        assert self._stream is not None
        self._gone = error
        self._stream.mute()
        self.stopPipeline(f"The reader of {self.stream} is gone.")

    def _fail(self, events: deque[Event], error: OSError) -> None:
        """Treat events as if the consumer had raised the error for each."""
        while events:
            event = events.popleft()
            left = self.fail(event, error)
            if event.acknowledgement is not None:
                event.acknowledgement.release(left)

    def _lose(self, events: deque[Event], error: Exception) -> None:
        """Settle events as failed, without a word about each: there may be thousands."""
        self._lost += len(events)
        while events:
            event = events.popleft()
            if event.acknowledgement is not None:
                event.acknowledgement.release(error)


def _acknowledge(events: deque[Event], count: int) -> None:
    """Settle the first events as written, and remove them."""
    for _ in range(count):
        event = events.popleft()
        if event.acknowledgement is not None:
            event.acknowledgement.release()
