"""Authentication: who may send requests to a route, as configured and as checked."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import os
from base64 import b64decode
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct, field

from wishbone.error import ConfigError
from wishbone_input_http.response import HttpError
from wishbone_input_http.signature import Signature, SignatureVerifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone_input_http.request import Request

__all__ = ["Authentication", "Authenticator", "Credentials", "Signature"]

_Secret = Annotated[str, Meta(min_length=1)]
_KEY = os.urandom(32)


class Authentication(Struct, frozen=True, forbid_unknown_fields=True):
    """Who may send requests to a route: every client that passes one of these.

    Args:
        basic: Passwords by user name (RFC 7617).
        bearer: Tokens (RFC 6750).
        signature: An HMAC of the body.
    """

    basic: dict[_Secret, _Secret] = field(default_factory=dict)
    bearer: tuple[_Secret, ...] = ()
    signature: Signature | None = None

    def __repr__(self) -> str:
        """Show the methods, without the secrets."""
        methods = [name for name in ("basic", "bearer", "signature") if getattr(self, name)]
        return f"Authentication({', '.join(methods)})"


class Authenticator:
    """Checks the credentials of requests."""

    def __init__(self, authentication: Authentication) -> None:
        """Check the configuration.

        Raises:
            ConfigError: It has no method, or a user name that cannot be sent.
        """
        for user in authentication.basic:
            if ":" in user:
                message = f"The user name {user!r} has a colon, which basic authentication cannot send."
                raise ConfigError(message)
        self._basic = Credentials(
            f"{user}:{password}".encode() for user, password in authentication.basic.items()
        )
        self._bearer = Credentials(token.encode() for token in authentication.bearer)
        signature = authentication.signature
        self._signature = None if signature is None else SignatureVerifier(signature)
        if not (self._basic or self._bearer or self._signature):
            message = "'authentication' must have at least one of 'basic', 'bearer' and 'signature'."
            raise ConfigError(message)
        challenges = [
            *(['Basic realm="wishbone", charset="UTF-8"'] if self._basic else ()),
            *(['Bearer realm="wishbone"'] if self._bearer else ()),
        ]
        self._challenge = {"WWW-Authenticate": ", ".join(challenges)} if challenges else None

    def check_head(self, request: Request) -> None:
        """Refuse a request that cannot be authenticated, whatever its body is.

        Raises:
            HttpError: 401.
        """
        if self._signature is None and not self._has_credentials(request):
            raise self._refusal("Send the user name and password, or the token, of this route.")

    def check(self, request: Request) -> None:
        """Refuse a complete request that is not authenticated.

        Raises:
            HttpError: 401, or 403 where only a signature is accepted.
        """
        if self._signature is None or self._has_credentials(request):
            return
        error = self._signature.find_error(request)
        if error:
            raise self._refusal(error)

    def _has_credentials(self, request: Request) -> bool:
        scheme, _, sent = request.headers.get(b"authorization", b"").partition(b" ")
        scheme = scheme.lower()
        if scheme == b"basic":
            return self._basic.include(_decode(sent.strip()))
        return scheme == b"bearer" and self._bearer.include(sent.strip())

    def _refusal(self, reason: str) -> HttpError:
        return HttpError(403 if self._challenge is None else 401, reason, self._challenge)


class Credentials:
    """Secrets that a client may send. They are not kept, and compared in constant time.

    The comparison is of keyed digests, which have the same length and bytes that no client can choose.
    """

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._digests = [_digest(secret) for secret in secrets]

    def __bool__(self) -> bool:
        """Return whether there is any secret."""
        return bool(self._digests)

    def include(self, sent: bytes) -> bool:
        """Return whether what a client sent is one of the secrets. Compares all, whichever it is."""
        digest = _digest(sent)
        matches = [hmac.compare_digest(digest, known) for known in self._digests]
        return any(matches)


def _digest(secret: bytes) -> bytes:
    return hashlib.blake2b(secret, key=_KEY).digest()


def _decode(text: bytes) -> bytes:
    try:
        return b64decode(text, validate=True)
    except binascii.Error:
        return b""
