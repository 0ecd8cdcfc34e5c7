"""Authentication: who we are, as a header says it."""

from __future__ import annotations

import re
from base64 import b64encode

from wishbone.error import ConfigError

_TOKEN = re.compile(r"[!-~]+")


def authorization(username: str | None, password: str | None, token: str | None) -> dict[str, str]:
    """Return the header that says who we are: none, if nothing is given.

    Args:
        username: For basic authentication (RFC 7617).
        password: Its password.
        token: A bearer token (RFC 6750).

    Raises:
        ConfigError: The arguments do not go together.
    """
    if token is not None and (username is not None or password is not None):
        message = "Give a 'token' or 'username' and 'password', not both: a request has one authorization."
        raise ConfigError(message)
    if password is not None and username is None:
        message = "'password' needs the 'username' that it belongs to."
        raise ConfigError(message)
    if token is not None:
        if not _TOKEN.fullmatch(token):
            message = "'token' is empty, or has a character that no token can have: give visible ASCII."
            raise ConfigError(message)
        return {"Authorization": f"Bearer {token}"}
    if username is None:
        return {}
    if ":" in username:
        message = "'username' cannot have a colon in it: basic authentication ends the name there."
        raise ConfigError(message)
    credentials = f"{username}:{password or ''}".encode()
    return {"Authorization": f"Basic {b64encode(credentials).decode()}"}
