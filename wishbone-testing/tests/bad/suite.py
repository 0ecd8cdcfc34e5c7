from __future__ import annotations

from wishbone_output_bad import Bad
from wishbone_testing.conformance import OutputConformance


class TestConformance(OutputConformance):
    module = Bad
    timeout = 0.5
