"""Signature: an HMAC of the body, which proves that the sender knows a secret."""

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

_HEADERS = {"github": "X-Hub-Signature-256", "stripe": "Stripe-Signature", "plain": ""}
_PREFIXES = {"github": "sha256=", "stripe": "", "plain": ""}
_MAX_TIME_DIGITS = 11


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """How clients sign their requests.

    Args:
        secrets: The secrets that are accepted; several while one is being replaced.
        style: `github` (`X-Hub-Signature-256: sha256=<hex>`), `stripe` (`Stripe-Signature:
            t=<seconds>,v1=<hex>`, which also signs the time), or `plain`: a header with the signature alone.
        header: The header of the signature; needed for `plain`.
        prefix: The text before the signature in the header.
        algorithm: The hash.
        encoding: How the signature is encoded.
        tolerance: For `stripe`: seconds that the signed time may differ from now. An older request may be a
            replay.
    """

    secrets: Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]
    style: Literal["github", "stripe", "plain"] = "github"
    header: Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")] | None = None
    prefix: str | None = None
    algorithm: Literal["sha256", "sha512", "sha384", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    tolerance: Annotated[float, Meta(gt=0)] = 300

    def __repr__(self) -> str:
        """Show the style, without the secrets."""
        return f"Signature(style={self.style!r})"


class SignatureVerifier:
    """Verifies the signatures of requests."""

    def __init__(self, signature: Signature) -> None:
        """Check the configuration.

        Raises:
            ConfigError: A header is missing.
        """
        header = signature.header or _HEADERS[signature.style]
        if not header:
            message = "'header' is missing: a signature of style 'plain' needs the name of its header."
            raise ConfigError(message)
        self._header = header
        self._name = header.lower().encode("latin-1")
        prefix = _PREFIXES[signature.style] if signature.prefix is None else signature.prefix
        self._prefix = prefix.encode()
        self._secrets = [secret.encode() for secret in signature.secrets]
        self._algorithm = signature.algorithm
        self._decode = binascii.unhexlify if signature.encoding == "hex" else _decode_base64
        self._timed = signature.style == "stripe"
        self._tolerance = signature.tolerance

    def find_error(self, request: Request) -> str:
        """Return why a complete request is not signed correctly, or an empty text if it is.

        The signature is of the body as it was received, before decompression.
        """
        value = request.headers.get(self._name)
        if value is None:
            return f"The header {self._header!r} is missing."
        if self._timed:
            return self._find_timed_error(value, request.body)
        if not value.startswith(self._prefix):
            return self._mismatch()
        return self._compare([value[len(self._prefix) :]], request.body)

    def _find_timed_error(self, value: bytes, body: bytearray) -> str:
        """Check the header of Stripe: a time, and signatures of several versions, of which `v1` counts."""
        fields = [field.strip().partition(b"=") for field in value.split(b",")]
        times = [content for name, _, content in fields if name == b"t"]
        if len(times) != 1 or not times[0].isdigit() or len(times[0]) > _MAX_TIME_DIGITS:
            return f"The header {self._header!r} has no time 't'."
        signatures = [content for name, _, content in fields if name == b"v1"]
        error = self._compare(signatures, times[0] + b"." + body)
        if not error and abs(clock.time() - int(times[0])) > self._tolerance:
            return f"The time of the signature differs from now by more than {self._tolerance:g} s."
        return error

    def _compare(self, sent: list[bytes], signed: bytes | bytearray) -> str:
        digests = [self._to_digest(signature) for signature in sent]
        expected = [hmac.digest(secret, signed, self._algorithm) for secret in self._secrets]
        matches = [hmac.compare_digest(digest, wanted) for digest in digests for wanted in expected]
        return "" if any(matches) else self._mismatch()

    def _to_digest(self, signature: bytes) -> bytes:
        try:
            return self._decode(signature.strip())
        except ValueError:
            return b""

    def _mismatch(self) -> str:
        return f"The signature in {self._header!r} does not match the body and the secret."


def _decode_base64(text: bytes) -> bytes:
    return b64decode(text, validate=True)
