"""Sender: sends a request until it is answered for good; and RetryPolicy: how often and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wishbone_output_http.outcome import Outcome, classify, describe_response, retry_after
from wishbone_output_http.response import SERVER_ERROR, InvalidResponseError, Response

if TYPE_CHECKING:
    from collections.abc import Collection

    from wishbone.actor import Actor
    from wishbone_network import Backoff
    from wishbone_output_http.circuit_breaker import CircuitBreaker
    from wishbone_output_http.client import HttpClient, Request


class RetryPolicy(NamedTuple):
    """How often a request is retried, and when."""

    retries: int | None
    """The number of retries; None for no limit."""

    backoff: Backoff
    longest_retry_after: float
    """The longest delay that the server can ask for, in seconds."""


class UndeliveredError(ConnectionError):
    """The server neither accepted nor refused a request."""

    def __init__(self, message: str, response: Response | None) -> None:
        """Keep the last response, if there was one."""
        super().__init__(message)
        self.response = response


class Sender(NamedTuple):
    """Sends requests to one server, with retries."""

    actor: Actor
    client: HttpClient
    breaker: CircuitBreaker
    policy: RetryPolicy
    secrets: Collection[str]
    """Texts to hide in logs and errors."""

    def send(self, request: Request) -> Response:
        """Send a request until the server accepts or refuses it, and return the response.

        Raises:
            UndeliveredError: The retries are used up, or the module stops.
            ConnectionError: The module stops, or requests are held back and not to wait.
        """
        attempt = 1
        while True:
            response, failure = self._try(request)
            if response is not None and not failure:
                return response
            if self.policy.retries is not None and attempt > self.policy.retries:
                message = f"{failure}; it was sent {attempt} times. Repair the server, or raise 'retries'."
                raise UndeliveredError(message, response)
            self._wait(attempt, response, failure)
            attempt += 1

    def _try(self, request: Request) -> tuple[Response | None, str]:
        """Send a request once; return the response, if any, and why to retry, if necessary."""
        probe = self.breaker.enter()
        succeeded = None
        try:
            response = self.client.exchange(request)
            succeeded = response.status not in SERVER_ERROR
        except (OSError, InvalidResponseError) as error:
            succeeded = False
            return None, f"{self.breaker.server} gave no answer: {error}"
        finally:
            self.breaker.leave(probe=probe, succeeded=succeeded)
        if classify(response) is not Outcome.RETRY:
            return response, ""
        return response, f"{self.breaker.server} answered {describe_response(response, self.secrets)}"

    def _wait(self, attempt: int, response: Response | None, failure: str) -> None:
        delay = self.policy.backoff.delay(attempt)
        if response is not None:
            asked = min(retry_after(response), self.policy.longest_retry_after)
            self.breaker.hold(asked)
            delay = max(delay, asked)
        self.actor.logging.warning(f"{failure}; the next attempt is in {delay:.1f} s.")
        if not self.actor.sleep(delay):
            message = f"The module was stopped before the request was delivered: {failure}."
            raise UndeliveredError(message, response)
