"""Outage: the logs of an outage, and how long an event waits for its end."""

from __future__ import annotations

import pytest

from wishbone import clock
from wishbone.diagnostics.outage import Outage


class Logs:
    """Keeps what is logged."""

    def __init__(self):
        self.messages = []
        self.warning = self.notice = self.messages.append


@pytest.fixture
def now(monkeypatch):
    moment = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: moment[0])
    return moment


def test_an_outage_is_logged_when_it_begins_once_a_minute_and_when_it_is_over(now):
    logs = Logs()
    outage = Outage(logs)
    for second in range(130):
        now[0] = 100.0 + second
        outage.refused(f"Full {second}.")
    outage.over("Over.")
    outage.over("Over.")
    assert logs.messages == [
        *(f"Full {second}." for second in (0, 60, 120)),
        "Over.",
    ]


def test_outages_in_quick_succession_are_logged_once_a_minute(now):
    logs = Logs()
    outage = Outage(logs, 5)
    for second in range(60):
        now[0] = 100.0 + second
        outage.refused("Full.")
        outage.over("Over.")
    assert logs.messages == ["Full.", "Over."]


@pytest.mark.parametrize(("retry_for", "expected"), [(None, False), (0, True), (5, True), (5.1, False)])
def test_an_event_waits_as_long_as_is_asked_for(now, retry_for, expected):
    now[0] += 5
    assert Outage(Logs(), retry_for).is_too_long(100.0) is expected
