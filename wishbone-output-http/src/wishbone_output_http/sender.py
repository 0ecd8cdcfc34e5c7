"""Delivery: sends a request until it is answered for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wishbone_output_http.client import LOST, Answer, Client, Request
from wishbone_output_http.verdict import SERVER_ERROR, Verdict, describe, judge, retry_after

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone_output_http.breaker import Breaker, Pauses


class Patience(NamedTuple):
    """How often a request is sent again, and when."""

    retries: int | None
    """How often, or None for without end."""

    pauses: Pauses
    longest_retry_after: float
    """The most seconds that the server may ask for."""


class Delivery:
    """Sends requests to one server, again after a pause where that may help."""

    def __init__(self, actor: Actor, client: Client, breaker: Breaker, patience: Patience) -> None:
        """Prepare it.

        Args:
            actor: The module, for its log and because pauses end with it.
            client: Sends a request once.
            breaker: Knows whether the server is down.
            patience: How often and when to send again.
        """
        self._actor = actor
        self._client = client
        self._breaker = breaker
        self._patience = patience

    def send(self, request: Request) -> Answer:
        """Send a request until the server took or refused it.

        Returns:
            The answer.

        Raises:
            ConnectionError: The server did neither, as often as it was asked; or the module is stopped.
        """
        attempt = 1
        while True:
            answer, failure = self._attempt(request)
            if answer is not None and not failure:
                return answer
            if self._patience.retries is not None and attempt > self._patience.retries:
                message = f"{failure}; it was sent {attempt} times. Mend the server, or raise 'retries'."
                raise ConnectionError(message)
            self._pause(attempt, answer, failure)
            attempt += 1

    def _attempt(self, request: Request) -> tuple[Answer | None, str]:
        """Send it once.

        Returns:
            The answer, if there was one, and why to send again, if there is a reason.
        """
        probe = self._breaker.enter()
        try:
            answer = self._client.exchange(request)
        except LOST as error:
            self._breaker.failed(probe=probe)
            return None, f"{self._breaker.server} gave no answer: {error}"
        except BaseException:
            self._breaker.abandoned(probe=probe)
            raise
        if answer.status in SERVER_ERROR:
            self._breaker.failed(probe=probe)
        else:
            self._breaker.succeeded(probe=probe)
        if judge(answer) is Verdict.AGAIN:
            return answer, f"{self._breaker.server} answered {describe(answer)}"
        return answer, ""

    def _pause(self, attempt: int, answer: Answer | None, failure: str) -> None:
        pause = self._patience.pauses.after(attempt)
        asked = min(retry_after(answer), self._patience.longest_retry_after) if answer is not None else 0.0
        if asked:
            self._breaker.hold(asked)
        pause = max(pause, asked)
        self._actor.logging.warning(f"{failure}; the next attempt is in {pause:.1f} s.")
        if not self._actor.sleep(pause):
            message = f"The module was stopped before it was delivered: {failure}."
            raise ConnectionError(message)
