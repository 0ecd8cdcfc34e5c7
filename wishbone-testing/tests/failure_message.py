"""Runs one test of a conformance suite, and returns its message."""

from __future__ import annotations

import pytest


def failure_message(suite, test, *arguments):
    """Return the message of a test that must fail."""
    suite.timeout = 0.5
    with pytest.raises(pytest.fail.Exception) as raised:
        getattr(suite(), test)(*arguments)
    return str(raised.value)


def passes(suite, test, *arguments):
    """Run a test that must pass."""
    getattr(suite(), test)(*arguments)
    return True
