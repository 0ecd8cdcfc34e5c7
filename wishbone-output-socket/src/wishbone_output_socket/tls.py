"""TLS: whom to trust, and what to show."""

from __future__ import annotations

from typing import Literal, NamedTuple

from gevent import ssl

from wishbone.error import ConfigError

MinimumVersion = Literal["1.2", "1.3"]

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Credentials(NamedTuple):
    """The certificate to show.

    Args:
        cert_file: The certificate (PEM), and those between it and an authority.
        key_file: The private key, if it is not in the same file.
        key_password: What the key is encrypted with, if it is.
    """

    cert_file: str
    key_file: str | None
    key_password: str | None

    def __repr__(self) -> str:
        """Show the files, and not the password."""
        return f"Credentials({self.cert_file!r}, {self.key_file!r})"

    def password(self) -> str:
        """Return the password, where OpenSSL would otherwise ask for it at the terminal, and wait.

        Raises:
            ConfigError: It is not given.
        """
        if self.key_password is None:
            message = f"The key in {self.key_file or self.cert_file!r} is encrypted: give its 'key_password'."
            raise ConfigError(message)
        return self.key_password


def make_context(
    ca_file: str | None, credentials: Credentials | None, minimum: MinimumVersion, *, verify: bool
) -> ssl.SSLContext:
    """Return the context of a client.

    Args:
        ca_file: The authorities to trust; those of the system, if it is not given.
        credentials: The certificate to show, if there is one.
        minimum: The oldest version of TLS to speak.
        verify: Whether the peer's certificate must be valid and be for its name.

    Raises:
        ConfigError: A file cannot be read, or they do not fit each other.
    """
    try:
        # create_default_context would make one that blocks the hub, unless gevent is patched.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = _VERSIONS[minimum]
        context.options |= ssl.OP_NO_RENEGOTIATION
        if ca_file is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(ca_file)
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if credentials is not None:
            context.load_cert_chain(credentials.cert_file, credentials.key_file, credentials.password)
    except OSError as error:
        own = () if credentials is None else credentials[:2]
        files = ", ".join(filter(None, (ca_file, *own)))
        message = f"The certificates cannot be used ({files}): {error}"
        raise ConfigError(message) from error
    return context
