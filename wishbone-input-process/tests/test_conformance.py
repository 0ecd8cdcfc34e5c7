from __future__ import annotations

from typing import ClassVar

from wishbone_input_process import Process
from wishbone_testing.conformance import InputConformance


class TestConformance(InputConformance):
    module = Process
    arguments: ClassVar = {"command": ["yes"], "grace": 0.1}


class TestConformanceOfBadOutput(InputConformance):
    module = Process
    arguments: ClassVar = {
        "command": ["sh", "-c", "while true; do echo 1; echo '{'; done"],
        "decoder": "json",
    }

    def provoke_bad(self, harness):
        """The child produces it."""
