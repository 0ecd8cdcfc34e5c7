from __future__ import annotations

from datetime import datetime

import pytest

from wishbone.arguments import TimeZone
from wishbone.error import ConfigError


def test_a_zone_is_made_of_its_name_and_has_its_rules():
    zone = TimeZone.from_argument("Europe/Berlin", {})
    assert datetime(2026, 7, 1, tzinfo=zone.load()).utcoffset().total_seconds() == 7200
    assert TimeZone.from_argument(zone, {}) is zone
    assert repr(zone) == "TimeZone('Europe/Berlin')"


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../../etc/passwd", "\0"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ConfigError, match="There is no time zone"):
        TimeZone.from_argument(name, {})


def test_what_is_no_text_is_refused():
    with pytest.raises(TypeError, match="Expected a time zone"):
        TimeZone.from_argument(1, {})
