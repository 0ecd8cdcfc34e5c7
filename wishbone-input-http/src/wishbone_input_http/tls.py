"""TLS: how connections are secured."""

from __future__ import annotations

import os

from gevent import ssl

from wishbone.error import ConfigError


class Certificates:
    """The files that TLS needs, which somebody may renew at any time."""

    def __init__(self, cert_file: str, key_file: str | None, ca_file: str | None) -> None:
        """Note them; nothing is read yet.

        Args:
            cert_file: The server's certificate, and those between it and an authority.
            key_file: The private key, if it is not in the same file.
            ca_file: The authorities that clients must have a certificate of, if they need one.
        """
        self._cert_file = cert_file
        self._key_file = key_file
        self._ca_file = ca_file
        self._changed: list[int | None] = []

    def load(self) -> ssl.SSLContext:
        """Read them, and return the context of a server.

        Raises:
            ConfigError: A file cannot be read, or they do not fit each other.
        """
        self._changed = self._look()
        # create_default_context would make one that blocks the hub, unless gevent is patched.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self._cert_file, self._key_file)
        except OSError as error:
            key = f" with 'key_file' {self._key_file!r}" if self._key_file else ""
            message = (
                f"'cert_file' {self._cert_file!r}{key} cannot be used: {error}. Give a certificate (PEM) and"
                " the key that belongs to it."
            )
            raise ConfigError(message) from error
        if self._ca_file is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            try:
                context.load_verify_locations(self._ca_file)
            except OSError as error:
                message = (
                    f"'ca_file' {self._ca_file!r} cannot be used: {error}. Give those of authorities (PEM)."
                )
                raise ConfigError(message) from error
        return context

    @property
    def renewed(self) -> bool:
        """Whether one was changed since they were read last."""
        return self._look() != self._changed

    def _look(self) -> list[int | None]:
        """Return when each file was changed, None for one that is not there at the moment."""
        return [
            _changed(path) for path in (self._cert_file, self._key_file, self._ca_file) if path is not None
        ]


def _changed(path: str) -> int | None:
    try:
        # Of its permissions too: who corrects them wants it to be read again.
        return os.stat(path).st_ctime_ns  # noqa: PTH116 - a path is a text here
    except OSError:
        return None
