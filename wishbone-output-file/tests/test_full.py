"""A disk that is full, or breaks."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wishbone_output_file import File, output_file
from wishbone_testing import Harness

LIMITED = """
import resource, sys
from gevent import monkey
monkey.patch_all()
from wishbone_output_file import File
from wishbone_testing import Harness
resource.setrlimit(resource.RLIMIT_FSIZE, (25, resource.RLIM_INFINITY))
with Harness(File, {"path": sys.argv[1], "retry_for": 0}, unconnected=("success", "failed")) as file:
    settlements = [file.feed_acknowledged(f"line {number}") for number in range(10)]
    print([settlement.wait().acknowledged for settlement in settlements])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(file.feed_acknowledged("after").wait().acknowledged)
    print(file.messages())
"""


@pytest.mark.parametrize("more", [{}, {"fsync": "always"}, {"fsync": 0.01}])
def test_a_disk_that_is_full_for_too_long_fails_events_leaves_no_half_line_and_recovers(small_disk, more):
    path, ballast = small_disk / "out.log", small_disk / "ballast"
    ballast.write_bytes(b"x" * 40_000)
    arguments = {"path": str(path), "retry_for": 0, **more}
    with Harness(File, arguments, unconnected=("success", "failed")) as file:
        settlements = [file.feed_acknowledged(f"{number:02}" * 400) for number in range(99)]
        done = [settlement.wait().acknowledged for settlement in settlements]
        assert 0 < sum(done) < 99
        assert path.read_text().splitlines() == [f"{n:02}" * 400 for n in range(99) if done[n]]
        assert any("No space left on device" in message for message in file.messages())
        ballast.unlink()
        assert file.feed_acknowledged("after").wait().acknowledged
    assert path.read_text().splitlines()[-1] == "after"


def test_an_input_that_submits_failed_events_again_loses_nothing(small_disk):
    path, ballast = small_disk / "out.log", small_disk / "ballast"
    ballast.write_bytes(b"x" * 60_000)
    with Harness(File, {"path": str(path), "retry_for": 0}, unconnected=("success", "failed")) as file:
        missing = [f"{number:04}" * 250 for number in range(40)]
        while missing:
            settlements = {line: file.feed_acknowledged(line) for line in missing}
            missing = [line for line, settlement in settlements.items() if settlement.wait().failed]
            ballast.unlink(missing_ok=True)
    assert sorted(path.read_text().splitlines()) == [f"{number:04}" * 250 for number in range(40)]


def test_a_full_disk_on_which_a_file_cannot_even_be_rotated_recovers(small_disk):
    path, ballast = small_disk / "out.log", small_disk / "ballast"
    ballast.write_bytes(b"x" * 40_000)
    arguments = {"path": str(path), "max_size": 5000, "compress": "gzip", "retry_for": 0}
    with Harness(File, arguments, unconnected=("success", "failed")) as file:
        settlements = [file.feed_acknowledged(os.urandom(400).hex()) for _ in range(99)]
        done = [settlement.wait().acknowledged for settlement in settlements]
        assert not all(done)
        ballast.unlink()
        assert file.feed_acknowledged("after").wait().acknowledged


def test_a_frame_that_was_cut_off_is_removed(path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LIMITED, path], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[:2] == [str([True] * 3 + [False] * 7), "True"], done.stderr
    assert "File too large" in done.stdout
    assert path.read_text() == "line 0\nline 1\nline 2\nafter\n"


def test_what_another_process_wrote_after_a_cut_frame_is_not_removed(path, monkeypatch):
    real = os.write

    def cut(descriptor, data):
        monkeypatch.undo()
        written = real(descriptor, bytes(data)[:3])
        with path.open("a") as other:
            other.write("|other\n")
        monkeypatch.setattr(output_file.os, "write", full)
        return written

    def full(*_):
        monkeypatch.undo()
        raise OSError(28, "No space left on device")

    arguments = {"path": str(path), "retry_for": 0}
    with Harness(File, arguments, unconnected=("success", "failed")) as file:
        monkeypatch.setattr(output_file.os, "write", cut)
        assert file.feed_acknowledged("abcdef").wait().failed
        assert any("is left in it" in message for message in file.messages())
        assert file.feed_acknowledged("after").wait().acknowledged
    assert path.read_text() == "abc|other\nafter\n"


def test_a_device_that_is_full_fails_each_event():
    with Harness(File, {"path": "/dev/full", "retry_for": 0}, unconnected=("success", "failed")) as file:
        assert all(file.feed_acknowledged("x").wait().failed for _ in range(3))


def test_a_failed_event_does_not_go_to_success():
    with Harness(File, {"path": "/dev/full", "retry_for": 0}) as file:
        settlement = file.feed_acknowledged("x")
        assert file.receive("failed").data == "x"
        assert settlement.wait().acknowledged
        file.wait_until_idle()
        assert file.received("success") == []


def test_a_compressed_stream_can_be_read_after_what_did_not_fit(path, monkeypatch):
    pytest.importorskip("wishbone_codec_compression")
    import gzip

    real = os.write

    def cut(descriptor, data):
        monkeypatch.setattr(output_file.os, "write", full)
        return real(descriptor, bytes(data)[:7])

    def full(*_):
        monkeypatch.undo()
        raise OSError(28, "No space left on device")

    arguments = {"path": str(path), "encoder": {"gzip": {"encoder": "plain"}}, "retry_for": 0}
    with Harness(File, arguments, unconnected=("success", "failed")) as file:
        assert file.feed_acknowledged("before").wait().acknowledged
        monkeypatch.setattr(output_file.os, "write", cut)
        assert file.feed_acknowledged("lost").wait().failed
        assert file.feed_acknowledged("after").wait().acknowledged
    assert gzip.decompress(path.read_bytes()) == b"before\nafter\n"
