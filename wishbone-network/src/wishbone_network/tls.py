"""TLS for servers and clients, from files of certificates that may be renewed at any time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from gevent import ssl

from wishbone.error import ConfigError
from wishbone_network.arguments import wrong_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wishbone.actor import Actor

MinimumVersion = Literal["1.2", "1.3"]

WATCH_SECONDS = 60.0
"""Seconds between two checks whether certificates were renewed."""

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Tls:
    """How a module speaks TLS: its certificate files, and the context that was made from them last.

    `server_tls` and `client_tls` make one from the arguments of a module.
    """

    context: ssl.SSLContext
    """For new connections. There is one from `load` on; a renewal replaces it."""

    server_name: str | None = None
    """The name that a peer's certificate must have, if it is not the host."""

    def __init__(self, actor: Actor, make_context: Callable[[], ssl.SSLContext], files: list[str]) -> None:
        """Read nothing yet.

        Args:
            actor: The module.
            make_context: Reads the files; raises a `ConfigError` if they cannot be used.
            files: The paths of all files that it reads.
        """
        self._actor = actor
        self._make_context = make_context
        self._files = files
        self._read: list[int | None] = []

    def load(self) -> None:
        """Read the files, in the module's `preHook`.

        Raises:
            ConfigError: A file cannot be used. The message names the argument, the cause and the cure.
        """
        self._read = self._change_times()
        self.context = self._make_context()

    def refresh(self) -> bool:
        """Read the files again if one has changed, and return whether they were renewed.

        If they cannot be used, an error is logged and the context stays as it is.
        """
        if self._change_times() == self._read:
            return False
        try:
            self.load()
        except ConfigError as error:
            self._actor.logging.error(f"{error} The previous certificates stay in use.")
            return False
        self._actor.logging.info("The certificates were renewed.")
        return True

    def watch(self, renewed: Callable[[ssl.SSLContext], object] | None = None) -> None:
        """Refresh every minute until the module stops. Run it with `sendToBackground`.

        Args:
            renewed: Called with each new context, for modules that cannot read `context` themselves.
        """
        while self._actor.sleep(WATCH_SECONDS):
            if self.refresh() and renewed is not None:
                renewed(self.context)

    def _change_times(self) -> list[int | None]:
        return [_change_time(path) for path in self._files]


def server_tls(
    actor: Actor,
    *,
    cert_file: str | None,
    key_file: str | None = None,
    key_password: str | None = None,
    ca_file: str | None = None,
    tls_minimum: MinimumVersion = "1.2",
    alpn: Sequence[str] = (),
) -> Tls | None:
    """Return how a module that listens speaks TLS, or None without a `cert_file`.

    The parameters are the module's arguments. With a `ca_file`, peers must show a certificate of its
    authorities. `alpn` are the protocols to offer, such as `http/1.1`.

    Raises:
        ConfigError: An argument needs a `cert_file`.
    """
    own = _OwnCertificate(actor.name, cert_file, key_file, key_password, ca_file)
    if cert_file is None:
        return None

    def make_context() -> ssl.SSLContext:
        context = _new_context(ssl.PROTOCOL_TLS_SERVER, tls_minimum)
        if alpn:
            context.set_alpn_protocols(alpn)
        own.load_into(context)
        if ca_file is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            _load_authorities(context, ca_file)
        return context

    return Tls(actor, make_context, [path for path in (cert_file, key_file, ca_file) if path is not None])


def client_tls(
    actor: Actor,
    *,
    enabled: bool,
    cure: str,
    ca_file: str | None = None,
    cert_file: str | None = None,
    key_file: str | None = None,
    key_password: str | None = None,
    server_name: str | None = None,
    tls_minimum: MinimumVersion = "1.2",
    verify: bool = True,
) -> Tls | None:
    """Return how a module that connects speaks TLS, or None if it is not enabled.

    The parameters are the module's arguments, but for `enabled`: whether they ask for TLS, and `cure`: how
    they would, such as `set 'tls' to true`. Without a `ca_file`, the authorities of the system are trusted.

    Raises:
        ConfigError: An argument is for TLS, which is not enabled; or it needs a `cert_file`.
    """
    given = {
        "ca_file": ca_file,
        "cert_file": cert_file,
        "key_file": key_file,
        "key_password": key_password,
        "server_name": server_name,
    }
    if not enabled:
        for name, value in given.items():
            if value is not None:
                raise wrong_arguments(actor.name, f"{name!r} is for TLS: {cure}.")
        return None
    own = _OwnCertificate(actor.name, cert_file, key_file, key_password)

    def make_context() -> ssl.SSLContext:
        context = _new_context(ssl.PROTOCOL_TLS_CLIENT, tls_minimum)
        if ca_file is None:
            context.load_default_certs()
        else:
            _load_authorities(context, ca_file)
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        own.load_into(context)
        return context

    system = ssl.get_default_verify_paths()
    trusted = [system.openssl_cafile, system.openssl_capath] if ca_file is None else [ca_file]
    tls = Tls(actor, make_context, [*trusted, *(path for path in (cert_file, key_file) if path is not None)])
    tls.server_name = server_name
    return tls


def certificate_name(certificate: Mapping[str, object] | None) -> str | None:
    """Return the first alternative name of a certificate (RFC 6125), or else its common name.

    Args:
        certificate: What `getpeercert` returned: empty if the peer showed none.
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


class _OwnCertificate:
    """The certificate that a module shows, and its key."""

    def __init__(
        self,
        module: str,
        cert_file: str | None,
        key_file: str | None,
        key_password: str | None,
        ca_file: str | None = None,
    ) -> None:
        for name, value in {"key_file": key_file, "key_password": key_password, "ca_file": ca_file}.items():
            if value is not None and cert_file is None:
                raise wrong_arguments(module, f"{name!r} needs the 'cert_file' that it belongs to.")
        self._cert_file = cert_file
        self._key_file = key_file
        self._key_password = key_password

    def load_into(self, context: ssl.SSLContext) -> None:
        if self._cert_file is None:
            return
        try:
            context.load_cert_chain(self._cert_file, self._key_file, self._password)
        except OSError as error:
            key = f" with 'key_file' {self._key_file!r}" if self._key_file else ""
            message = (
                f"'cert_file' {self._cert_file!r}{key} cannot be used: {error}. Give a certificate (PEM) and"
                f" the key that belongs to it{', with its key_password' if self._key_password else ''}."
            )
            raise ConfigError(message) from error

    def _password(self) -> str:
        # Without this function OpenSSL asks on the terminal, and blocks the process.
        if self._key_password is None:
            message = f"The key in {self._key_file or self._cert_file!r} is encrypted: set 'key_password'."
            raise ConfigError(message)
        return self._key_password


def _new_context(protocol: int, minimum: MinimumVersion) -> ssl.SSLContext:
    # create_default_context would return the standard library's, which blocks the hub if it is not patched.
    context = ssl.SSLContext(protocol)
    context.minimum_version = _VERSIONS[minimum]
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


def _load_authorities(context: ssl.SSLContext, ca_file: str) -> None:
    try:
        context.load_verify_locations(ca_file)
    except OSError as error:
        message = (
            f"'ca_file' {ca_file!r} cannot be used: {error}. Give the certificates (PEM) of authorities."
        )
        raise ConfigError(message) from error


def _change_time(path: str) -> int | None:
    try:
        # ctime changes with the permissions too: once they are corrected, the file is read again.
        return os.stat(path).st_ctime_ns  # noqa: PTH116 - paths are texts here
    except OSError:
        return None
