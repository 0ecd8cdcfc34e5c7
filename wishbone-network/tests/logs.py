"""What the tests read of a module's logs."""

from __future__ import annotations

from wishbone_testing import wait_until


def says(harness, text):
    """Wait until the module logs a text."""
    wait_until(lambda: any(text in message for message in harness.messages()), f"a log of {text!r}")
