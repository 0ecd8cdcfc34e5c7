"""SyslogDecoder: reads each syslog message into a mapping."""

from __future__ import annotations

from codecs import BOM_UTF8
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
    Parts that a message does not have are null. A message may end with a newline or with a NUL byte, as
    Python's `SysLogHandler` writes it, or begin with its length (RFC 6587); a stream may have all of them.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/log/syslog, decoder: syslog}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    The headers of network devices are read too: Cisco (IOS, IOS XR, NX-OS, ASA, WLC), Juniper, Huawei, H3C,
    Aruba, Fortinet, Palo Alto, Meraki, VMware, Synology, UniFi and MikroTik. What a header has besides is in
    `structured_data.header`: `uptime` (a device without a clock), `node` (a line card), `task`, `device`, a
    `priority` that does not exist, or a `timestamp` that cannot be read.

    Any other text becomes the `message` of one whose facility is `user` and whose severity is `notice`. A
    time of RFC 3164 has no year: it is the latest one in which the time is not more than a week ahead. A
    time zone in a message is used; an abbreviation such as `CST` first means what it means in `timezone`. A
    message fails when it is too long, and when the stream ends within a message that is framed by its
    length.

    Args:
        framing: `auto` (newlines, NUL bytes and lengths), `newline`, `nul` (messages may have newlines within
            them), or `none`, for a stream that is one message, such as a datagram.
        timezone: The time zone of every time without one, such as `Europe/Brussels`; that of this machine
            by default.
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
            self._splitter = Splitter(_ENDS[framing], max_size)
        self._begin: bytes | None = b""  # what may be the beginning of a byte order mark

    def decode(self, data: bytes) -> Iterable[Any]:
        """Return the messages that the bytes complete."""
        if self._begin is not None:
            data = self._begin + data
            self._begin = data if len(data) < len(BOM_UTF8) and BOM_UTF8.startswith(data) else None
            if self._begin is not None:
                return []
            data = data.removeprefix(BOM_UTF8)
        return self._values(self._splitter.split(data))

    def flush(self) -> Iterable[Any]:
        """Return the last message, if it has no end."""
        begin, self._begin = self._begin, None
        if begin:
            return [*self.decode(begin), *self.flush()]
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


_ENDS = {"newline": b"\n", "nul": b"\0", "none": b""}


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = f"{name!r} is not a time zone: set 'timezone' to a name such as 'Europe/Brussels' or 'UTC'."
        raise ConfigError(message) from error
