"""The page on templates lists what templates may use."""

from __future__ import annotations

import re

from packages import ROOT

from wishbone._jinja.allowed import FILTERS, METHODS, TESTS
from wishbone._jinja.limits import ALLOWANCE

PAGE = ROOT / "docs" / "how-to" / "use-templates.md"


def test_the_page_lists_each_filter_test_and_method():
    rows = dict(re.findall(r"^\| (\w+) \| (`.*`) \|$", PAGE.read_text("utf-8"), re.MULTILINE))
    listed = {kind: re.findall(r"`([^`]+)`", names) for kind, names in rows.items()}
    assert listed["filters"] == list(FILTERS)
    assert listed["tests"] == list(TESTS)
    assert listed["methods"] == list(METHODS)


def test_the_page_states_the_limit():
    assert f"may cost {ALLOWANCE >> 20} MiB" in PAGE.read_text("utf-8")
