"""Outcome: what a response means for the events of its request."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wishbone import clock
from wishbone.codec import BadFrame
from wishbone.error import InvalidData

if TYPE_CHECKING:
    from wishbone.codec import Decoder
    from wishbone_output_http.response import Response
    from wishbone_output_http.url_template import Origin

SUCCESS = range(200, 300)
REDIRECTION = range(300, 400)
CLIENT_ERROR = range(400, 500)
SERVER_ERROR = range(500, 600)

RETRIED = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""The 4xx that ask for the same request again, later."""

DIVISIBLE = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
"""The 4xx that are about the body, and may be about a part of it."""


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
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - clock.time())
    except (ValueError, OverflowError):
        return 0.0


def describe_refusal(response: Response, origin: Origin) -> str:
    """Return why a response fails an event, and what to do."""
    answered = f"{origin} answered {response.status_text}"
    if response.status in REDIRECTION:
        return (
            f"{answered}: redirects are not followed, because the body could be lost. Set 'url' to the new"
            " location."
        )
    if response.status in CLIENT_ERROR:
        return f"{answered}: it refuses the event as it is."
    return f"{answered}, which is not a status of HTTP."


def decode_body(response: Response, decoder: Decoder) -> Any:
    """Decode the body of a response: to one value, or to a list of several or none.

    Raises:
        InvalidData: The body is longer than what was read of it, or cannot be decoded.
    """
    if not response.complete:
        message = (
            f"The body of the response was cut after {len(response.body)} bytes: raise 'max_answer', or"
            " remove 'decoder'."
        )
        raise InvalidData(message)
    values = [*decoder.decode(response.body), *decoder.flush()]
    for value in values:
        if isinstance(value, BadFrame):
            raise value.error
    return values[0] if len(values) == 1 else values
