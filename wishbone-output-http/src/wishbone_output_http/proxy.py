"""Proxy: through whom the server is reached."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from wishbone.error import ConfigError


def proxy_options(url: str | None) -> dict[str, Any]:
    """Return a proxy as the client takes it.

    Args:
        url: Such as `http://user:password@proxy:3128`; None for no proxy.

    Raises:
        ConfigError: It is no URL of a proxy. What it has is not repeated: a password may be among it.
    """
    if url is None:
        return {}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or parts.query:
        message = (
            "'proxy' is no URL of a proxy: write 'http://host:port' or 'http://user:password@host:port'."
        )
        raise ConfigError(message)
    return {
        "proxy_host": parts.hostname,
        "proxy_port": port or 80,
        "proxy_user": None if parts.username is None else unquote(parts.username),
        "proxy_password": None if parts.password is None else unquote(parts.password),
    }
