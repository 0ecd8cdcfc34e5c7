from __future__ import annotations

from datetime import datetime

import pytest

from wishbone.arguments import TimeZone
from wishbone.error import ConfigError


def test_a_name_is_converted_to_a_zone_with_its_rules():
    zone = TimeZone.from_argument("Europe/Berlin", {})
    assert datetime(2026, 7, 1, tzinfo=zone.load()).utcoffset().total_seconds() == 7200
    assert TimeZone.from_argument(zone, {}) is zone
    assert repr(zone) == "TimeZone('Europe/Berlin')"


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../../etc/passwd", "\0"])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(ConfigError, match="There is no time zone"):
        TimeZone.from_argument(name, {})


def test_a_value_that_is_not_a_text_is_refused():
    with pytest.raises(TypeError, match="Expected a time zone"):
        TimeZone.from_argument(1, {})
