"""Sends each event to syslog: the local socket, UDP, TCP or TLS."""

from __future__ import annotations

import os
import random
import socket
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal

from gevent import ssl
from msgspec import Meta

from wishbone.arguments import Template
from wishbone.error import ConfigError, InvalidData
from wishbone.event import Event, Log
from wishbone.module import OutputModule
from wishbone_output_syslog import connection, message
from wishbone_output_syslog.code import facility_code, severity_code
from wishbone_output_syslog.framing import FRAMES, Framing, fit
from wishbone_output_syslog.message import APP_NAME, HOSTNAME, MSGID, NIL, PROCID, Header, Protocol, field

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone_output_syslog.connection import Connection

__all__ = ["Syslog"]

Transport = Literal["local", "udp", "tcp", "tls"]

FIRST_PAUSE = 0.1
"""Seconds before a connection is tried again; they double with each failure."""

LONGEST_PAUSE = 30.0
"""Seconds that the pause grows to."""

BATCH_EVENTS = 255
"""How many events are sent with the one that is consumed, over a stream."""

BATCH_BYTES = 65536
"""How many bytes are sent at once, over a stream."""

DEFAULT_SEVERITY = 6
"""The severity of what is no log: info."""


class Syslog(OutputModule):
    """Sends each event to syslog: the local socket, UDP, TCP or TLS.

    A text is sent as it is, a log as its module and message, everything else as JSON. When the
    receiver is away, the module keeps the event in hand and tries again after a growing pause, and
    what is before it waits.

    Certificates are read again for each connection; where they cannot be used, those read before are.

    Plain syslog has no acknowledgement: an event counts as delivered once the operating system has
    taken it, and what stood in the connection's buffers when the receiver dies is missing. UDP loses
    messages without telling anybody.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada, level: warning}, count: 3}
          syslog:
            module: wishbone.output.syslog
            arguments:
              transport: tcp
              host: 127.0.0.1
              port: 514
              facility: local0
              severity: "{{ data.level }}"
              message: "{{ data.user }} was here"
        routingtable:
          - input.outbox -> syslog.inbox

    An event fails when it has not what a template names, when facility or severity turn out to be
    none, when its payload is nothing that JSON knows, when its message is too long, and when the
    module is stopped while the receiver is away.

    Args:
        transport: How to get there: `local` (a socket of this machine), `udp`, `tcp` or `tls` (RFC 5425).
        path: The local socket: datagrams, or else a stream.
        host: The receiver's name or address, looked up at each connection.
        port: Its port; 6514 for TLS and 514 otherwise, if it is not given.
        protocol: `rfc5424` or `rfc3164`. If it is not given: `rfc3164` without a host, as syslog(3) has it,
            for the local socket, where rsyslog and journald expect nothing else; `rfc5424` otherwise.
        framing: How a stream tells messages apart (RFC 6587): `octet` (counting) or `newline`. If it is
            not given: `octet`, but `newline` for a local stream socket.
        facility: A name such as `local0`, or a number from 0 to 23; `user`, if it is not given.
        severity: A name such as `warning`, or a number from 0 to 7. If it is not given: a log's
            own level, and `info` for everything else.
        app_name: The program that the messages are from; `wishbone`, if it is not given.
        hostname: The host that they are from; this one's name, if it is not given.
        procid: The process that they are from; a log's own or this one, if it is not given.
        msgid: The kind of message (RFC 5424 only).
        message: What to send instead of the payload.
        bom: Whether texts with other than ASCII begin with a byte order mark, as RFC 5424 asks for; rsyslog
            takes it for a part of the text.
        max_size: Bytes that a message may have; 8192 is what rsyslog takes by default.
        truncate: Whether a longer message is cut; it fails otherwise.
        timeout: Seconds that connecting may take, and that a connected receiver may take nothing before its
            connection counts as lost.
        ca_file: The certificates (PEM) that vouch for the receiver; those of the system, if not given.
        cert_file: The certificate (PEM) to show to the receiver.
        key_file: Its key (PEM), where it is not in the same file.
        server_name: The name in the receiver's certificate; `host`, if it is not given.
        verify: Whether the receiver's certificate must be valid and be for that name.

    Queues:
        inbox: The events to send.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        transport: Transport = "local",
        path: str = "/dev/log",
        host: str = "localhost",
        port: Annotated[int, Meta(ge=1, le=65535)] | None = None,
        protocol: Protocol | None = None,
        framing: Framing | None = None,
        facility: Template | None = None,
        severity: Template | None = None,
        app_name: Template | None = None,
        hostname: Template | None = None,
        procid: Template | None = None,
        msgid: Template | None = None,
        message: Template | None = None,
        bom: bool = False,
        max_size: Annotated[int, Meta(ge=480)] = 8192,
        truncate: bool = False,
        timeout: Annotated[float, Meta(gt=0)] = 10,
        ca_file: str | None = None,
        cert_file: str | None = None,
        key_file: str | None = None,
        server_name: str | None = None,
        verify: bool = True,
    ) -> None:
        """Take events from `inbox`."""
        super().__init__(config)
        self.transport = transport
        self.path = path
        self.host = host
        self.port = port or (6514 if transport == "tls" else 514)
        self.protocol = protocol or ("rfc3164" if transport == "local" else "rfc5424")
        self.framing = framing
        self.facility = facility or Template("user")
        self.severity = severity
        self.app_name = app_name or Template("wishbone")
        self.hostname = hostname
        self.procid = procid
        self.msgid = msgid
        self.message = message
        self.bom = bom
        self.max_size = max_size
        self.truncate = truncate
        self.timeout = timeout
        self.ca_file = ca_file
        self.cert_file = cert_file
        self.key_file = key_file
        self.server_name = server_name or host
        self.verify = verify
        self._check()
        inbox = self.pool.createQueue("inbox")
        self._inbox = inbox
        self.registerConsumer(self.consume, "inbox")
        self._connection: Connection | None = None
        self._context: ssl.SSLContext | None = None
        self._pause = FIRST_PAUSE
        self._sent: deque[Event] = deque()
        self._own_hostname = NIL
        self._own_procid = NIL

    def preHook(self) -> None:
        """Read the certificates. The first event opens the connection: the receiver may start later."""
        self._inbox = self.pool.getQueue("inbox")
        self._own_hostname = field(socket.gethostname(), HOSTNAME)
        self._own_procid = str(os.getpid())
        if self.transport == "tls":
            self._context = self._make_context()

    def consume(self, event: Event) -> None:
        """Send the event, and wait for the receiver as long as it is away.

        What waits behind it in the queue goes with it over a stream, and each of those events is then found
        to be sent when it is its turn: it counts as consumed then, and not before.
        """
        if self._is_sent(event):
            return
        lines = [self._line(event)]
        behind = self._encode_behind(lines) if self.transport in {"tcp", "tls"} else ()
        self._send(lines)
        self._sent.extend(behind)

    def _is_sent(self, event: Event) -> bool:
        # Those before it that a full queue dropped meanwhile are passed over.
        while self._sent:
            if self._sent.popleft() is event:
                return True
        return False

    def _encode_behind(self, lines: list[bytes]) -> list[Event]:
        """Add the messages of events in the queue that can go along; return these events."""
        added: list[Event] = []
        size = len(lines[0])
        for event in list(islice(self._inbox.items, BATCH_EVENTS)):
            if size >= BATCH_BYTES or event.ttl <= 0:
                break
            try:
                line = self._line(event)
            except Exception:  # noqa: BLE001 - it fails when it is its turn
                break
            lines.append(line)
            added.append(event)
            size += len(line)
        return added

    def _line(self, event: Event) -> bytes:
        header = self._header(event)
        text = message.text_of(event.data) if self.message is None else self.message.render(event)
        if self.protocol == "rfc5424":
            line = message.rfc5424(header, text, bom=self.bom)
        else:
            line = message.rfc3164(header, text, local=self.transport == "local")
        return fit(line.encode("utf-8", "backslashreplace"), self.max_size, truncate=self.truncate)

    def postHook(self) -> None:
        """Close the connection."""
        self._disconnect()

    def _check(self) -> None:
        """Refuse arguments that do not go together.

        Raises:
            ConfigError: Some do not.
        """
        try:
            if self.facility.fixed:
                facility_code(self.facility.text)
            if self.severity is not None and self.severity.fixed:
                severity_code(self.severity.text)
        except InvalidData as error:
            raise ConfigError(self._complaint(str(error))) from None
        try:
            self.host.encode("idna")
        except UnicodeError as error:
            cause = f"'host' {self.host!r} is no name of a host ({error})."
            raise ConfigError(self._complaint(cause)) from None
        tls_only = {"ca_file": self.ca_file, "cert_file": self.cert_file, "key_file": self.key_file}
        given = [name for name, value in tls_only.items() if value is not None]
        if self.transport != "tls" and given:
            raise ConfigError(self._complaint(f"{given[0]!r} is for TLS: set 'transport' to 'tls'."))
        if self.transport == "tls" and self.framing == "newline":
            raise ConfigError(self._complaint("TLS counts octets (RFC 5425): leave 'framing' out."))
        if self.transport == "udp" and self.framing is not None:
            raise ConfigError(self._complaint("UDP needs no 'framing': leave it out, or use 'tcp'."))
        if self.key_file is not None and self.cert_file is None:
            raise ConfigError(self._complaint("'key_file' needs the 'cert_file' that it belongs to."))

    def _complaint(self, cause: str) -> str:
        return f"The arguments of module {self.name!r} are wrong. {cause}"

    def _make_context(self) -> ssl.SSLContext:
        try:
            # create_default_context would make one that blocks the hub, unless gevent is patched.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self.ca_file is None:
                context.load_default_certs()
            else:
                context.load_verify_locations(self.ca_file)
            if not self.verify:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            if self.cert_file is not None:
                context.load_cert_chain(self.cert_file, self.key_file)
        except OSError as error:
            files = {"ca_file": self.ca_file, "cert_file": self.cert_file, "key_file": self.key_file}
            given = ", ".join(f"{name} {path!r}" for name, path in files.items() if path is not None)
            text = f"The certificates cannot be read ({given}): {error}. Give files in PEM that can be read."
            raise ConfigError(text) from error
        return context

    def _header(self, event: Event) -> Header:
        log = event.data if isinstance(event.data, Log) else None
        if self.severity is not None:
            severity = severity_code(self.severity.render(event))
        else:
            severity = DEFAULT_SEVERITY if log is None else severity_code(str(log.level))
        own_procid = self._own_procid if log is None else str(log.pid)
        return Header(
            facility_code(self.facility.render(event)) * 8 + severity,
            event.timestamp if log is None else log.time,
            _render(self.hostname, event, HOSTNAME, self._own_hostname),
            _render(self.app_name, event, APP_NAME, NIL),
            _render(self.procid, event, PROCID, own_procid),
            _render(self.msgid, event, MSGID, NIL),
        )

    def _send(self, lines: list[bytes]) -> None:
        """Send, again after each loss of the connection, until it worked or the module is stopped."""
        while True:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                frame = FRAMES[self._framing(self._connection)]
                self._connection.send(b"".join(map(frame, lines)))
            except OSError as error:
                self._wait_after(error)
            else:
                self._pause = FIRST_PAUSE
                return

    def _connect(self) -> Connection:
        if self.transport == "local":
            return connection.local(self.path, self.timeout)
        if self.transport == "udp":
            return connection.udp(self.host, self.port, self.timeout)
        if self._context is None:
            return connection.tcp(self.host, self.port, self.timeout)
        try:
            # Made anew each time: the certificates may have been renewed.
            self._context = self._make_context()
        except ConfigError as error:
            self.logging.error(f"{error} Those read before are used on.")
        return connection.tls(self.host, self.port, self.timeout, self._context, self.server_name)

    def _framing(self, connected: Connection) -> Framing | None:
        if not connected.stream:
            return None
        return self.framing or ("newline" if self.transport == "local" else "octet")

    def _wait_after(self, error: OSError) -> None:
        """Let go of the connection; wait, unless it is only that an open one was lost.

        Raises:
            ConnectionError: The module is stopped.
        """
        lost = self._connection is not None and self._connection.stream
        self._disconnect()
        if lost and self._pause == FIRST_PAUSE and self.loop():
            self._pause *= 2
            self.logging.notice(
                f"The connection to {self._receiver()} was lost ({error}): it is opened again."
            )
            return
        pause = self._pause * random.uniform(0.5, 1)  # noqa: S311 - it keeps no secret
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self.logging.warning(f"{self._receiver()} cannot be reached, next attempt in {pause:.1f} s: {error}")
        if not self.sleep(pause):
            stopped = f"The module was stopped while {self._receiver()} could not be reached: {error}"
            raise ConnectionError(stopped) from error

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _receiver(self) -> str:
        return self.path if self.transport == "local" else f"{self.transport} {self.host}:{self.port}"


def _render(template: Template | None, event: Event, length: int, default: str) -> str:
    return default if template is None else field(template.render(event), length)
