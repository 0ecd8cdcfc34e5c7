"""Sends events to syslog: the local socket, UDP, TCP or TLS."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Annotated, Any, Literal

from gevent import socket
from msgspec import Meta

from wishbone.arguments import EncoderFactory, Template
from wishbone.error import ConfigError, InvalidData
from wishbone.event import Event, Log
from wishbone.module import OutputModule
from wishbone_codec_syslog import facility_code, severity_code
from wishbone_network import (
    Address,
    MinimumVersion,
    check_host,
    client_tls,
    connect_udp,
    connect_unix,
    wrong_arguments,
)
from wishbone_output_socket import DatagramConnection, Delivery, StreamConnection

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

__all__ = ["Syslog"]

Transport = Literal["local", "udp", "tcp", "tls"]
Protocol = Literal["rfc5424", "rfc3164"]
Framing = Literal["octet", "newline"]

DEFAULT_SEVERITY = 6
"""The severity of payloads that are not logs: info."""


class Syslog(OutputModule):
    """Sends events to syslog: the local socket, UDP, TCP or TLS.

    A text is sent as it is, a log as its module and message, everything else as JSON. While the
    receiver is away, the module keeps the event and tries again after a growing delay, and events after
    it wait.

    Renewed certificates are used for the next connection. While they cannot be used, the previous ones stay
    in use and an error is logged.

    Plain syslog does not confirm delivery: an event counts as delivered once the operating system has
    taken it, and what was in the connection's buffers is lost when the receiver dies. UDP loses messages
    without notice.

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

    An event fails when a field used in a template is missing, when its facility or severity does not exist,
    when its payload cannot be written as JSON, when its message is too long, when it has waited for longer
    than `retry_for`, and when the module is stopped while the receiver is away.

    Args:
        transport: How to send: `local` (a socket of this machine), `udp`, `tcp` or `tls` (RFC 5425).
        path: The local socket; of datagrams or, failing that, a stream.
        host: The receiver's name or address, looked up for each connection.
        port: Its port; 6514 for TLS and 514 otherwise by default.
        protocol: `rfc5424` or `rfc3164`. By default `rfc3164` for the local socket, where rsyslog and
            journald expect it without a host, as syslog(3) writes it; `rfc5424` otherwise.
        framing: How messages in a stream are separated (RFC 6587): `octet` (each begins with its length) or
            `newline`. By default `octet`, but `newline` for a local stream socket.
        facility: A name such as `local0`, or a number from 0 to 23; `user` by default.
        severity: A name such as `warning`, or a number from 0 to 7. By default a log's own level, and
            `info` for other payloads.
        app_name: The program that the messages are from; `wishbone` by default.
        hostname: The host that they are from; this machine's name by default.
        procid: The process that they are from; by default a log's own, and this process otherwise.
        msgid: The type of message (RFC 5424 only).
        message: What to send instead of the payload.
        bom: Whether texts that are not ASCII begin with a byte order mark, as RFC 5424 asks for; rsyslog
            takes it as a part of the text.
        max_size: Bytes of the longest message; rsyslog takes 8192 by default.
        truncate: Whether a longer message is cut; it fails otherwise.
        timeout: Seconds for connecting, and after which the connection to a receiver that takes no bytes at
            all counts as lost.
        ca_file: The authorities (PEM) to trust; those of the system by default.
        cert_file: The certificate (PEM) to show to the receiver.
        key_file: Its key (PEM), if it is not in the same file.
        key_password: The password of the key, if it is encrypted.
        server_name: The name that the receiver's certificate must have; `host` by default.
        verify: Whether the receiver's certificate must be valid and have that name.
        tls_minimum: The oldest version of TLS to speak.
        retry_for: Seconds that an event waits while the receiver is away, before it fails; by default there
            is no limit.

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
        key_password: str | None = None,
        server_name: str | None = None,
        verify: bool = True,
        tls_minimum: MinimumVersion = "1.2",
        retry_for: Annotated[float, Meta(ge=0)] | None = None,
    ) -> None:
        """Take events from `inbox`."""
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.transport = transport
        self.path = path
        self.address = Address(host, port or (6514 if transport == "tls" else 514))
        self.timeout = timeout
        given = {
            "facility": facility,
            "severity": severity,
            "app_name": app_name,
            "hostname": hostname,
            "proc_id": procid,
            "msg_id": msgid,
            "message": message,
        }
        self._templates = {name: template for name, template in given.items() if template is not None}
        self._check(framing)
        self._tls = client_tls(
            self,
            enabled=transport == "tls",
            cure="set 'transport' to 'tls'",
            ca_file=ca_file,
            cert_file=cert_file,
            key_file=key_file,
            key_password=key_password,
            server_name=server_name,
            tls_minimum=tls_minimum,
            verify=verify,
        )
        local = transport == "local"
        written = "local" if local and protocol != "rfc5424" else protocol or "rfc5424"
        options = {"protocol": written, "bom": bom, "max_size": max_size, "truncate": truncate}
        stream_framing = framing or ("newline" if local else "octet")
        self._stream_encoder = EncoderFactory("syslog", framing=stream_framing, **options)
        self._datagram_encoder = EncoderFactory("syslog", framing="none", **options)
        receiver = path if local else f"{transport} {self.address}"
        self.delivery = Delivery(self, {receiver: self._connect}, retry_for=retry_for)

    def preHook(self) -> None:
        """Read the certificates, and connect in the background: the receiver may start later.

        Raises:
            ConfigError: The certificates cannot be used.
        """
        if self._tls is not None:
            self._tls.load()
        self.delivery.start()

    def postHook(self) -> None:
        """End the connection."""
        self.delivery.close()

    def _check(self, framing: Framing | None) -> None:
        """Refuse arguments that contradict each other.

        Raises:
            ConfigError: Some do.
        """
        codes = {"facility": facility_code, "severity": severity_code}
        try:
            check_host(self.address.host)
            for name, code in codes.items():
                if name in self._templates and self._templates[name].fixed:
                    code(self._templates[name].text)
        except (ConfigError, InvalidData) as error:
            raise wrong_arguments(self.name, str(error)) from None
        if self.transport == "tls" and framing == "newline":
            raise wrong_arguments(self.name, "TLS counts octets (RFC 5425): leave 'framing' out.")
        if self.transport == "udp" and framing is not None:
            raise wrong_arguments(self.name, "UDP needs no 'framing': leave it out, or use 'tcp'.")

    def _connect(self) -> DatagramConnection | StreamConnection:
        if self.transport == "local":
            return self._connect_locally()
        if self.transport == "udp":
            return self._datagrams(connect_udp(self.address, self.timeout))
        return StreamConnection.open(self.address, self.timeout, self._tls, self._stream_encoder, self._parts)

    def _connect_locally(self) -> DatagramConnection | StreamConnection:
        try:
            return self._datagrams(connect_unix(self.path, socket.SOCK_DGRAM, self.timeout))
        except OSError as error:
            if error.errno != errno.EPROTOTYPE:
                raise
        peer = connect_unix(self.path, socket.SOCK_STREAM, self.timeout)
        return StreamConnection(peer, self._stream_encoder, self._parts)

    def _datagrams(self, peer: socket.socket) -> DatagramConnection:
        encoder = self._datagram_encoder()  # messages do not depend on each other
        return DatagramConnection(peer, lambda: encoder, self._parts)

    def _parts(self, event: Event) -> dict[str, Any]:
        """Return the parts of a message, as the encoder takes them."""
        payload = event.data
        if isinstance(payload, Log):
            severity, moment, process = payload.level, payload.time, payload.pid
            payload = f"{payload.module}: {payload.message}"
        else:
            severity, moment, process = DEFAULT_SEVERITY, event.timestamp, os.getpid()
        return {
            "severity": severity,
            "timestamp": moment,
            "proc_id": process,
            "message": "null" if payload is None else payload,  # the encoder takes None for no message
            **{name: template.render(event) for name, template in self._templates.items()},
        }
