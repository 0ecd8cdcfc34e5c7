"""SyslogDecoder: reads each syslog message into a mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from msgspec import Meta

from wishbone.codec import BadFrame, Decoder
from wishbone.codecs.splitter import Splitter
from wishbone.error import ConfigError
from wishbone_codec_syslog.framing import Framing, MessageSplitter
from wishbone_codec_syslog.message import read_message

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SyslogDecoder"]


class SyslogDecoder(Decoder):
    r"""Reads each syslog message, of RFC 5424 or of RFC 3164, into a mapping.

    The mapping has `facility` (`local0`), `severity` (`warning`), `timestamp` (seconds since 1970),
    `hostname`, `app_name`, `proc_id`, `msg_id`, `structured_data` (a mapping of mappings) and `message`.
    Parts that a message does not have are null. A message may be framed by a newline or by its length
    (RFC 6587); a stream may have both.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/log/syslog, decoder: syslog}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    Any other text becomes the `message` of one whose facility is `user` and whose severity is `notice`. A
    time of RFC 3164 has no year: it is the latest one in which the time is not more than a week ahead. A
    message fails when it is too long, and when the stream ends within a message that is framed by its
    length.

    Args:
        framing: `auto` (newlines and lengths), `newline`, or `none`, for a stream that is one message, such
            as a datagram.
        timezone: The time zone of times without one, such as `Europe/Brussels`; that of this machine by
            default.
        max_size: Bytes of the longest message.
    """

    def __init__(
        self,
        framing: Framing = "auto",
        timezone: str | None = None,
        max_size: Annotated[int, Meta(ge=1)] = 1 << 20,
    ) -> None:
        """Begin a stream.

        Raises:
            ConfigError: The time zone does not exist.
        """
        self._zone = None if timezone is None else _zone(timezone)
        self._splitter: Splitter | MessageSplitter
        if framing == "auto":
            self._splitter = MessageSplitter(max_size)
        else:
            self._splitter = Splitter(b"\n" if framing == "newline" else b"", max_size)

    def decode(self, data: bytes) -> Iterable[Any]:
        """Return the messages that the bytes complete."""
        return self._values(self._splitter.split(data))

    def flush(self) -> Iterable[Any]:
        """Return the last message, if it has no end."""
        return self._values(self._splitter.finish())

    def _values(self, messages: list[bytes | BadFrame]) -> list[Any]:
        zone = self._zone
        values: list[Any] = []
        for message in messages:
            if isinstance(message, BadFrame):
                values.append(message)
            # Some senders add a newline or a zero to a message inside its frame.
            elif text := str(message, "utf-8", "backslashreplace").rstrip("\r\n\0"):
                values.append(read_message(text, zone))
        return values


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = f"{name!r} is not a time zone: set 'timezone' to a name such as 'Europe/Brussels' or 'UTC'."
        raise ConfigError(message) from error
