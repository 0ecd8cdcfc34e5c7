"""TLS: how connections are secured."""

from __future__ import annotations

from gevent import ssl

from wishbone.error import ConfigError


def make_context(cert_file: str, key_file: str | None, ca_file: str | None) -> ssl.SSLContext:
    """Return the context of a server.

    Args:
        cert_file: Its certificate, and those between it and an authority.
        key_file: The private key, if it is not in the same file.
        ca_file: The authorities that clients must have a certificate of, if they need one.

    Raises:
        ConfigError: A file cannot be read, or they do not fit each other.
    """
    # create_default_context would make one that blocks the hub, unless gevent is patched.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(cert_file, key_file)
    except OSError as error:
        given = f"'cert_file' {cert_file!r}" + (f" with 'key_file' {key_file!r}" if key_file else "")
        message = f"{given} cannot be used: {error}. Give a certificate (PEM) and the key that belongs to it."
        raise ConfigError(message) from error
    if ca_file is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            message = f"'ca_file' {ca_file!r} cannot be used: {error}. Give those of authorities (PEM)."
            raise ConfigError(message) from error
    return context
