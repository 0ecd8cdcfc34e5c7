"""TLS: how connections are secured, and who is at their other end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gevent import ssl

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

MinimumVersion = Literal["1.2", "1.3"]

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def make_context(
    cert_file: str,
    key_file: str | None,
    key_password: str | None,
    ca_file: str | None,
    minimum: MinimumVersion,
) -> ssl.SSLContext:
    """Return the context of a server.

    Args:
        cert_file: Its certificate (PEM), and those between it and an authority.
        key_file: The private key, if it is not in the same file.
        key_password: What the key is encrypted with, if it is.
        ca_file: The authorities that peers must have a certificate of, if they need one.
        minimum: The oldest version of TLS to speak.

    Raises:
        ConfigError: A file cannot be read, or they do not fit each other.
    """

    def password() -> str:
        # Without this OpenSSL would ask for it at the terminal, and wait.
        if key_password is None:
            message = f"The key in {key_file or cert_file!r} is encrypted: give its 'key_password'."
            raise ConfigError(message)
        return key_password

    try:
        # create_default_context would make one that blocks the hub, unless gevent is patched.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = _VERSIONS[minimum]
        context.options |= ssl.OP_NO_RENEGOTIATION
        context.load_cert_chain(cert_file, key_file, password)
        if ca_file is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(ca_file)
    except OSError as error:
        files = ", ".join(filter(None, (cert_file, key_file, ca_file)))
        message = f"The certificates cannot be used ({files}): {error}"
        raise ConfigError(message) from error
    return context


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
