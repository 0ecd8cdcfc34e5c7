"""TLS: whom to believe, and what to show."""

from __future__ import annotations

import os
from typing import NamedTuple

from gevent import ssl

from wishbone.error import ConfigError


class Certificates(NamedTuple):
    """Files of certificates (PEM)."""

    ca_file: str | None
    """Who vouches for the server; those of the system, if it is None."""

    cert_file: str | None
    """What to show to the server."""

    key_file: str | None
    """Its key, where it is not in the same file."""

    def make_context(self, *, verify: bool) -> ssl.SSLContext:
        """Read them.

        Args:
            verify: Whether the server's certificate must be valid and be for its name.

        Raises:
            ConfigError: A file cannot be read.
        """
        try:
            # create_default_context would make one that blocks the hub, unless gevent is patched.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self.ca_file is None:
                context.load_default_certs()
            else:
                context.load_verify_locations(self.ca_file)
            if not verify:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            if self.cert_file is not None:
                context.load_cert_chain(self.cert_file, self.key_file)
        except OSError as error:
            files = ", ".join(filter(None, self))
            message = f"The certificates cannot be read ({files}): {error}"
            raise ConfigError(message) from error
        return context

    def changed(self) -> list[int | None]:
        """Return when each file was changed, None for one that is not there at the moment."""
        return [_changed(path) for path in self if path is not None]


def _changed(path: str) -> int | None:
    try:
        # Of its permissions too: who corrects them wants it to be read again.
        return os.stat(path).st_ctime_ns  # noqa: PTH116 - a path is a text here
    except OSError:
        return None
