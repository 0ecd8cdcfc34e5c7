from __future__ import annotations

from importlib.util import find_spec

import pytest

from wishbone_output_file import File
from wishbone_testing.conformance import OutputConformance


class TestConformance(OutputConformance):
    module = File
    more = {}
    wrong_arguments = (
        {"path": ""},
        {"path": "logs/"},
        {"path": "{{ data }}.log"},
        {"path": "../out", "base": "/tmp"},
        {"path": "/no-such-device/\0"},
        {"rotate": "week"},
        {"rotate": 0.5},
        {"timezone": "Mars/Base"},
        {"mode": "rw"},
        {"mode": "888"},
        {"fsync": "sometimes"},
        {"fsync": 0},
        {"keep": 3},
        {"compress": "gzip"},
        {"compress": "lzma"},
    )

    @pytest.fixture
    def arguments(self, tmp_path):
        self.path = tmp_path / "out.log"
        return {"path": str(self.path), **self.more}

    def break_peer(self):
        """Let the file be nothing that can be written to."""
        self.path.unlink()
        self.path.mkdir()


class TestSyncedConformance(TestConformance):
    more = {"fsync": "always"}
    wrong_arguments = ()


class TestSyncedInTimeConformance(TestConformance):
    more = {"fsync": 0.05, "delay": 0.01}
    wrong_arguments = ()


class TestRotatedConformance(TestConformance):
    more = {"max_size": 12, "rotate": "day", "compress": "gzip", "keep": 3}
    wrong_arguments = ()


class TestTemplateConformance(TestConformance):
    more = {"path": "{{ data }}/{{ data }}.log"}
    wrong_arguments = ()

    @pytest.fixture
    def arguments(self, tmp_path):
        self.path = tmp_path / "hello" / "hello.log"
        return {"base": str(tmp_path), **self.more}


@pytest.mark.skipif(
    find_spec("wishbone_codec_compression") is None, reason="needs wishbone-codec-compression"
)
class TestCompressedConformance(TestConformance):
    more = {"encoder": {"gzip": {"sync": False}}}
    wrong_arguments = ()
