"""Verdict: what an answer means for the events of its request."""

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
    from wishbone_output_http.address import Origin
    from wishbone_output_http.client import Answer

SUCCESS = range(200, 300)
REDIRECTION = range(300, 400)
CLIENT_ERROR = range(400, 500)
SERVER_ERROR = range(500, 600)

AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""Those of the 4xx that ask for the same request again, at another time."""

DIVISIBLE = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
"""Those of the 4xx that are about what was sent, and may be about a part of it."""


class Verdict(Enum):
    """What an answer means."""

    DELIVERED = "delivered"
    AGAIN = "again"
    REFUSED = "refused"


def judge(answer: Answer) -> Verdict:
    """Return what an answer means: 2xx is delivered, 5xx and some of the 4xx are sent again."""
    if answer.status in SUCCESS:
        return Verdict.DELIVERED
    if answer.status in SERVER_ERROR or answer.status in AGAIN:
        return Verdict.AGAIN
    return Verdict.REFUSED


def describe(answer: Answer) -> str:
    """Return an answer's status in words, such as `429 Too Many Requests`: ours, not the server's."""
    try:
        return f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        return str(answer.status)


def retry_after(answer: Answer) -> float:
    """Return the seconds that the server asks to wait (RFC 9110, section 10.2.3); 0 if it does not."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - clock.time())
    except (ValueError, OverflowError):
        return 0.0


def complaint(answer: Answer, origin: Origin) -> str:
    """Return why an answer fails an event, and what to do about it."""
    if answer.status in REDIRECTION:
        return (
            f"{origin} answered {describe(answer)}: redirects are not followed, for a body may get lost on"
            " the way. Set 'url' to where it leads."
        )
    if answer.status in CLIENT_ERROR:
        return f"{origin} answered {describe(answer)}: it refuses the event as it is."
    return f"{origin} answered {describe(answer)}, which says nothing about the event."


def decode(answer: Answer, decoder: Decoder) -> Any:
    """Return what a decoder makes of an answer's body: a value, or a list if it makes several or none.

    Raises:
        InvalidData: The body is longer than what was read of it, or is not what the decoder reads.
    """
    if not answer.complete:
        message = (
            f"The answer goes on after {len(answer.body)} bytes: raise 'max_answer', or leave 'decoder' out."
        )
        raise InvalidData(message)
    values = [*decoder.decode(answer.body), *decoder.flush()]
    for value in values:
        if isinstance(value, BadFrame):
            raise value.error
    return values[0] if len(values) == 1 else values
