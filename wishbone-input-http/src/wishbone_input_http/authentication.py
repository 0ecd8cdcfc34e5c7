"""Authentication: whom a route lets in."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct, field

from wishbone.error import ConfigError
from wishbone_input_http.answer import Refused
from wishbone_input_http.credentials import Credentials
from wishbone_input_http.signature import Signature, SignatureCheck

if TYPE_CHECKING:
    from wishbone_input_http.request import Request

__all__ = ["Authentication", "Doorkeeper", "Signature"]

_Secret = Annotated[str, Meta(min_length=1)]


class Authentication(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a route lets in: whoever fulfils one of these.

    Args:
        basic: Passwords by user name (RFC 7617).
        bearer: Tokens (RFC 6750).
        signature: An HMAC over the body.
    """

    basic: dict[_Secret, _Secret] = field(default_factory=dict)
    bearer: tuple[_Secret, ...] = ()
    signature: Signature | None = None

    def __repr__(self) -> str:
        """Show which ways there are, and no secret."""
        ways = [name for name in ("basic", "bearer", "signature") if getattr(self, name)]
        return f"Authentication({', '.join(ways)})"


class Doorkeeper:
    """Lets requests in, or refuses them."""

    def __init__(self, authentication: Authentication) -> None:
        """Prepare it.

        Raises:
            ConfigError: It lets nobody in, or makes no sense.
        """
        for user in authentication.basic:
            if ":" in user:
                message = f"The user name {user!r} has a colon, which basic authentication cannot send."
                raise ConfigError(message)
        self._basic = Credentials(
            f"{user}:{password}".encode() for user, password in authentication.basic.items()
        )
        self._bearer = Credentials(token.encode() for token in authentication.bearer)
        self._signature = SignatureCheck(authentication.signature) if authentication.signature else None
        if not (self._basic or self._bearer or self._signature):
            message = "'authentication' must name at least one of 'basic', 'bearer' and 'signature'."
            raise ConfigError(message)
        challenges = [
            *(['Basic realm="wishbone", charset="UTF-8"'] if self._basic else ()),
            *(['Bearer realm="wishbone"'] if self._bearer else ()),
        ]
        self._challenge = {"WWW-Authenticate": ", ".join(challenges)} if challenges else None

    def check_head(self, request: Request) -> None:
        """Refuse who cannot be let in whatever the body is.

        Raises:
            Refused: 401, or 403 where only a signature would do.
        """
        if self._signature is None and not self._knows(request):
            raise self._refusal("Give the user name and password, or the token, of this route.")

    def check(self, request: Request) -> None:
        """Refuse who is not let in.

        Raises:
            Refused: 401, or 403 where only a signature would do.
        """
        if self._signature is None or self._knows(request):
            return
        flaw = self._signature.flaw(request)
        if flaw:
            raise self._refusal(flaw)

    def _knows(self, request: Request) -> bool:
        """Return whether the request shows credentials that are known."""
        scheme, _, shown = request.headers.get(b"authorization", b"").partition(b" ")
        scheme = scheme.lower()
        if scheme == b"basic":
            return self._basic.hold(_decode(shown.strip()))
        return scheme == b"bearer" and self._bearer.hold(shown.strip())

    def _refusal(self, reason: str) -> Refused:
        return Refused(403 if self._challenge is None else 401, reason, self._challenge)


def _decode(text: bytes) -> bytes:
    try:
        return b64decode(text, validate=True)
    except binascii.Error:
        return b""
