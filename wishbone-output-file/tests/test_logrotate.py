"""An outside logrotate, the real one."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess

import pytest

from wishbone_output_file import File
from wishbone_testing import Harness

pytestmark = pytest.mark.skipif(
    shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin") is None, reason="needs logrotate"
)


@pytest.fixture
def logrotate(path):
    """Return a function that rotates the file now, by a configuration of some lines."""

    def rotate(*lines):
        config = path.parent / "logrotate.conf"
        account = "" if os.geteuid() else "su root root"
        config.write_text("\n".join([f"{path} {{", "rotate 9", account, *lines, "}"]))
        config.chmod(0o644)
        program = shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin")
        command = [program, "--force", "--state", path.parent / "state", config]
        subprocess.run(command, check=True, capture_output=True)

    return rotate


@pytest.mark.parametrize(
    "lines", [("create 0600",), ("nocreate",), ("create", "compress", "delaycompress"), ("copytruncate",)]
)
@pytest.mark.parametrize("more", [{}, {"fsync": "always"}, {"max_size": 1_000_000}])
def test_nothing_is_lost_however_it_is_rotated_from_outside(path, logrotate, lines, more):
    with Harness(File, {"path": str(path), **more}, unconnected=("success",)) as file:
        for number in range(4):
            settlements = [file.feed_acknowledged(f"{number} {line}") for line in range(50)]
            assert all(settlement.wait().acknowledged for settlement in settlements)
            logrotate(*lines)
        assert file.feed_acknowledged("last").wait().acknowledged
        assert path.read_text() == "last\n"
    contents = []
    for number in range(4, 0, -1):
        plain, packed = path.parent / f"out.log.{number}", path.parent / f"out.log.{number}.gz"
        contents.append(plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes()))
    assert b"".join(contents).decode() == "".join(f"{n} {line}\n" for n in range(4) for line in range(50))


@pytest.mark.parametrize("lines", [("create",), ("copytruncate",)])
def test_the_new_file_has_a_csv_header_too(path, logrotate, lines):
    pytest.importorskip("wishbone_codec_csv")
    arguments = {"path": str(path), "encoder": {"csv": {"line_end": "\n"}}}
    with Harness(File, arguments, unconnected=("success",)) as file:
        for number in range(3):
            assert file.feed_acknowledged({"n": number}).wait().acknowledged
            logrotate(*lines)
        assert file.feed_acknowledged({"n": 3}).wait().acknowledged
    assert path.read_text() == "n\n3\n"
    assert (path.parent / "out.log.1").read_text() == "n\n2\n"
