"""Adds `--long`, which runs the long forms of slow tests too."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--long", action="store_true", help="run the tests marked 'long' too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests marked `long`, unless the option is given."""
    if config.getoption("--long"):
        return
    skip = pytest.mark.skip(reason="takes long: give --long to run it")
    for item in items:
        if "long" in item.keywords:
            item.add_marker(skip)
