from __future__ import annotations

import wishbone_testing.plugin
from wishbone_testing.conformance import PluginConformance


class TestConformance(PluginConformance):
    module = wishbone_testing.plugin
