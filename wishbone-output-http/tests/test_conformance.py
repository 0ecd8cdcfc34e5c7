from __future__ import annotations

from typing import ClassVar

import pytest
from http_server import hang, reply

from wishbone_output_http import Http
from wishbone_testing.conformance import OutputConformance


class Speaking(OutputConformance):
    module = Http

    @pytest.fixture
    def arguments(self, serve):
        self.server = serve(reply())
        return {"url": self.server.url, "pause": 0.01, "longest_pause": 0.05, **self.more}

    def break_peer(self):
        self.server.stop()

    def stall_peer(self):
        self.server.script = [hang]


class TestConformance(Speaking):
    more: ClassVar = {}


class TestConformanceOfBatches(Speaking):
    more: ClassVar = {"batch_size": 3, "batch_seconds": 0.05}
