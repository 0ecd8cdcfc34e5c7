"""TLS: how connections are secured, and who is at their other end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from gevent import ssl

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

MinimumVersion = Literal["1.2", "1.3"]

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Certificates:
    """The files that TLS needs, which somebody may renew at any time."""

    def __init__(
        self,
        cert_file: str,
        key_file: str | None,
        key_password: str | None,
        ca_file: str | None,
        minimum: MinimumVersion,
    ) -> None:
        """Note them; nothing is read yet.

        Args:
            cert_file: The server's certificate (PEM), and those between it and an authority.
            key_file: The private key, if it is not in the same file.
            key_password: What the key is encrypted with, if it is.
            ca_file: The authorities that peers must have a certificate of, if they need one.
            minimum: The oldest version of TLS to speak.
        """
        self._cert_file = cert_file
        self._key_file = key_file
        self._key_password = key_password
        self._ca_file = ca_file
        self._minimum = minimum
        self._changed: list[int | None] = []

    def load(self) -> ssl.SSLContext:
        """Read them, and return the context of a server.

        Raises:
            ConfigError: A file cannot be read, or they do not fit each other.
        """
        self._changed = self._look()
        try:
            # create_default_context would make one that blocks the hub, unless gevent is patched.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = _VERSIONS[self._minimum]
            context.options |= ssl.OP_NO_RENEGOTIATION
            context.load_cert_chain(self._cert_file, self._key_file, self._password)
            if self._ca_file is not None:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(self._ca_file)
        except OSError as error:
            message = f"The certificates cannot be used ({', '.join(self._files)}): {error}"
            raise ConfigError(message) from error
        return context

    @property
    def renewed(self) -> bool:
        """Whether one was changed since they were read last."""
        return self._look() != self._changed

    @property
    def _files(self) -> list[str]:
        return [path for path in (self._cert_file, self._key_file, self._ca_file) if path is not None]

    def _look(self) -> list[int | None]:
        """Return when each file was changed, None for one that is not there at the moment."""
        return [_changed(path) for path in self._files]

    def _password(self) -> str:
        # Without this OpenSSL would ask for it at the terminal, and wait.
        if self._key_password is None:
            message = (
                f"The key in {self._key_file or self._cert_file!r} is encrypted: give its 'key_password'."
            )
            raise ConfigError(message)
        return self._key_password


def _changed(path: str) -> int | None:
    try:
        # Of its permissions too: who corrects them wants it to be read again.
        return os.stat(path).st_ctime_ns  # noqa: PTH116 - a path is a text here
    except OSError:
        return None


def certificate_name(certificate: Mapping[str, object] | None) -> str | None:
    """Return the first name in a certificate: of its alternative names (RFC 6125), else its common name.

    Args:
        certificate: What `getpeercert` returned, nothing if the peer showed none.
    """
    if not certificate:
        return None
    names = certificate.get("subjectAltName")
    if isinstance(names, tuple) and names:
        return str(names[0][1])
    subject = certificate.get("subject")
    for ((field, value),) in subject if isinstance(subject, tuple) else ():
        if field == "commonName":
            return str(value)
    return None
