"""The header `Authorization`."""

from __future__ import annotations

import re
from base64 import b64encode

from wishbone.error import ConfigError

_TOKEN = re.compile(r"[!-~]+")


def authorization_headers(username: str | None, password: str | None, token: str | None) -> dict[str, str]:
    """Return the header for basic authentication (RFC 7617) or a bearer token (RFC 6750), if any is given.

    Raises:
        ConfigError: The arguments are not valid together.
    """
    if token is not None and (username is not None or password is not None):
        message = "A request has one authorization: give either 'token', or 'username' and 'password'."
        raise ConfigError(message)
    if password is not None and username is None:
        message = "'password' needs the 'username' that it belongs to."
        raise ConfigError(message)
    if token is not None:
        if not _TOKEN.fullmatch(token):
            message = "'token' must be visible ASCII characters, at least one."
            raise ConfigError(message)
        return {"Authorization": f"Bearer {token}"}
    if username is None:
        return {}
    if ":" in username:
        message = "'username' must not have a colon, where basic authentication ends the name."
        raise ConfigError(message)
    credentials = f"{username}:{password or ''}".encode()
    return {"Authorization": f"Basic {b64encode(credentials).decode()}"}
