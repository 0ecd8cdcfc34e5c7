"""Signature: an HMAC over the body, by which a sender proves that it knows a secret."""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from wishbone import clock
from wishbone.error import ConfigError

if TYPE_CHECKING:
    from wishbone_input_http.request import Request

Style = Literal["github", "stripe", "plain"]

_HEADERS = {"github": "X-Hub-Signature-256", "stripe": "Stripe-Signature", "plain": ""}
_PREFIXES = {"github": "sha256=", "stripe": "", "plain": ""}


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """How the senders of a route sign.

    Args:
        secrets: What they may sign with: more than one while a secret is being replaced.
        style: `github` (`X-Hub-Signature-256: sha256=<hex>`), `stripe` (`Stripe-Signature:
            t=<seconds>,v1=<hex>`, which signs the time too), or `plain`: a header with nothing else in it.
        header: The header that has the signature; needed for `plain`.
        prefix: What stands before the signature in the header.
        algorithm: The hash.
        encoding: How the signature is written.
        tolerance: Seconds that the time of `stripe` may differ from now: what is older may be a replay.
    """

    secrets: Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]
    style: Style = "github"
    header: Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")] | None = None
    prefix: str | None = None
    algorithm: Literal["sha256", "sha512", "sha384", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    tolerance: Annotated[float, Meta(gt=0)] = 300

    def __repr__(self) -> str:
        """Show the style, and no secret."""
        return f"Signature(style={self.style!r})"


class SignatureCheck:
    """Tells whether a request is signed."""

    def __init__(self, signature: Signature) -> None:
        """Prepare it.

        Raises:
            ConfigError: It does not say which header.
        """
        header = signature.header or _HEADERS[signature.style]
        if not header:
            message = "'header' is missing: a signature of style 'plain' must say which header has it."
            raise ConfigError(message)
        self.header = header
        self._name = header.lower().encode("latin-1")
        prefix = _PREFIXES[signature.style] if signature.prefix is None else signature.prefix
        self._prefix = prefix.encode()
        self._secrets = [secret.encode() for secret in signature.secrets]
        self._algorithm = signature.algorithm
        self._decode = binascii.unhexlify if signature.encoding == "hex" else _base64
        self._timed = signature.style == "stripe"
        self._tolerance = signature.tolerance

    def flaw(self, request: Request) -> str:
        """Return why a request is not let in, or nothing if it is.

        Args:
            request: It is complete: what is signed are the bytes of the body as they came.
        """
        value = request.headers.get(self._name)
        if value is None:
            return f"The header {self.header!r} is missing."
        if self._timed:
            return self._timed_flaw(value, request.body)
        if not value.startswith(self._prefix):
            return self._mismatch()
        return self._compare([value[len(self._prefix) :]], request.body)

    def _timed_flaw(self, value: bytes, body: bytearray) -> str:
        """Check what Stripe sends: a time, and signatures of several versions, of which `v1` counts."""
        fields = [field.strip().partition(b"=") for field in value.split(b",")]
        times = [content for name, _, content in fields if name == b"t"]
        if len(times) != 1 or not times[0].isdigit() or len(times[0]) > len("99999999999"):
            return f"The header {self.header!r} has no time 't'."
        signatures = [content for name, _, content in fields if name == b"v1"]
        flaw = self._compare(signatures, times[0] + b"." + body)
        if not flaw and abs(clock.time() - int(times[0])) > self._tolerance:
            return f"The signature is not of now: its time differs by more than {self._tolerance:g} s."
        return flaw

    def _compare(self, shown: list[bytes], signed: bytes | bytearray) -> str:
        digests = [self._bytes(signature) for signature in shown]
        expected = [hmac.digest(secret, signed, self._algorithm) for secret in self._secrets]
        matches = [hmac.compare_digest(digest, wanted) for digest in digests for wanted in expected]
        return "" if any(matches) else self._mismatch()

    def _bytes(self, signature: bytes) -> bytes:
        try:
            return self._decode(signature.strip())
        except ValueError:
            return b""

    def _mismatch(self) -> str:
        return f"The signature in {self.header!r} is not that of the body with the secret."


def _base64(text: bytes) -> bytes:
    return b64decode(text, validate=True)
