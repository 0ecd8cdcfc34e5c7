"""Sender: sends a request, and waits before it is sent again; and RetryPolicy: how often and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wishbone_output_http.outcome import Outcome, classify, describe_response, retry_after
from wishbone_output_http.response import SERVER_ERROR, InvalidResponseError, Response

if TYPE_CHECKING:
    from collections.abc import Collection

    from wishbone.actor import Actor
    from wishbone.diagnostics.outage import Outage
    from wishbone_network import Backoff
    from wishbone_output_http.circuit_breaker import CircuitBreaker
    from wishbone_output_http.client import HttpClient, Request


class RetryPolicy(NamedTuple):
    """How often a request is retried, and when."""

    retries: int | None
    """The number of retries; None for no limit."""

    outage: Outage
    """How long events are retried; it logs."""

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

    def send(self, request: Request) -> tuple[Response | None, str]:
        """Send a request once.

        Returns:
            The response, if there was one, and why to send the request again, if that is necessary.

        Raises:
            ConnectionError: The module stops, or requests are held back and not to wait.
        """
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
            self.policy.outage.over(f"{self.breaker.server} accepts requests again.")
            return response, ""
        return response, f"{self.breaker.server} answered {describe_response(response, self.secrets)}"

    def wait(self, failures: int, since: float, response: Response | None, failure: str) -> None:
        """Wait before a request is sent again.

        Args:
            failures: How often it has failed.
            since: When it was sent first, by the monotonic clock.
            response: The last response, if there was one.
            failure: Why it must be sent again.

        Raises:
            UndeliveredError: The retries are used up, or the module stops.
        """
        policy = self.policy
        if (policy.retries is not None and failures > policy.retries) or policy.outage.is_too_long(since):
            cure = "Repair the server, or raise 'retries' or 'retry_for'"
            message = f"{failure}; it was sent {failures} times. {cure}."
            raise UndeliveredError(message, response)
        delay = policy.backoff.delay(failures)
        if response is not None:
            asked = min(retry_after(response), policy.longest_retry_after)
            self.breaker.hold(asked)
            delay = max(delay, asked)
        policy.outage.refused(f"{failure}; the next attempt is in {delay:.1f} s.")
        if not self.actor.sleep(delay):
            message = f"The module was stopped before the request was delivered: {failure}."
            raise UndeliveredError(message, response)
