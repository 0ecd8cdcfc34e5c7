from __future__ import annotations

from typing import ClassVar

from wishbone_input_cron import Cron
from wishbone_testing.conformance import InputConformance


class TestConformance(InputConformance):
    module = Cron
    arguments: ClassVar = {"expression": "* * * * * *"}
