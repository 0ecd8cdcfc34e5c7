"""Outcome: what a response means for the events of its request."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wishbone import clock
from wishbone.codec import BadFrame
from wishbone.error import InvalidData
from wishbone_output_http.response import SERVER_ERROR
from wishbone_output_http.url_template import redact_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.codec import Decoder
    from wishbone_output_http.response import Response

SUCCESS = range(200, 300)
REDIRECTION = range(300, 400)
CLIENT_ERROR = range(400, 500)

RETRIED = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""The 4xx that ask for the same request again, later."""

DIVISIBLE = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
"""The 4xx that are about the body, and may be about a part of it."""


SHOWN_CHARACTERS = 200
"""Characters of a response's body that are shown in logs and errors."""

# The standard has whole seconds; some servers send fractions.
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]*)?")


class Outcome(Enum):
    """What a response means for a request."""

    DELIVERED = "delivered"
    RETRY = "retry"
    REFUSED = "refused"


def classify(response: Response) -> Outcome:
    """Return the outcome: 2xx is delivered, 5xx and some 4xx are retried, the rest is refused."""
    if response.status in SUCCESS:
        return Outcome.DELIVERED
    if response.status in SERVER_ERROR or response.status in RETRIED:
        return Outcome.RETRY
    return Outcome.REFUSED


def retry_after(response: Response) -> float:
    """Return the seconds that the server asks to wait (RFC 9110, section 10.2.3), or 0."""
    text = response.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text[:20])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - clock.time())
    except (ValueError, OverflowError):
        return 0.0


def describe_response(response: Response, secrets: Iterable[str] = ()) -> str:
    """Return the status and the beginning of the body, which often says why.

    Args:
        response: The response.
        secrets: The texts to hide, because some servers repeat what they were sent.
    """
    text = " ".join(response.body[: 4 * SHOWN_CHARACTERS].decode("utf-8", "replace").split())
    for secret in secrets:
        text = text.replace(secret, "…")
    if not text:
        return response.status_text
    dots = "…" if len(text) > SHOWN_CHARACTERS else ""
    return f"{response.status_text} ({text[:SHOWN_CHARACTERS] + dots!r})"


def describe_refusal(response: Response) -> str:
    """Return what a response that fails an event means, and what to do."""
    if response.status in REDIRECTION:
        location = response.headers.get("location", "")
        new = f" to {redact_url(location)[:SHOWN_CHARACTERS]!r}" if location else ""
        return (
            f"redirects{new} are not followed, because the body could be lost: set 'url' to the new location"
        )
    if response.status in CLIENT_ERROR:
        return "it refuses the event as it is"
    return "that is not a status of HTTP"


def decode_body(response: Response, decoder: Decoder) -> Any:
    """Decode the body of a response: to one value, or to a list of several or none.

    Raises:
        InvalidData: The body is not complete, or cannot be decoded.
    """
    if response.cut:
        message = (
            f"The server answered {response.status_text}, but the body of its answer is not complete:"
            f" {response.cut}."
        )
        raise InvalidData(message)
    values = [*decoder.decode(response.body), *decoder.flush()]
    for value in values:
        if isinstance(value, BadFrame):
            raise value.error
    return values[0] if len(values) == 1 else values
