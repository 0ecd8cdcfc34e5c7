"""Each benchmark runs and gives the right result, with tiny amounts. These tests do not measure speed."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from urllib.request import Request, urlopen
from xml.etree import ElementTree as ET

import pytest

HERE = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))


def run(script, *arguments):
    command = [sys.executable, str(HERE / "engine" / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("hops", [0, 1, 3])
def test_a_chain_passes_every_event(hops):
    assert run("chain.py", hops, 250)["rate"] > 0


def test_a_chain_acknowledges_every_event():
    assert run("chain.py", 3, 250, "acknowledged")["rate"] > 0


def test_copies_are_merged_again():
    assert run("fan.py", 4, 50)["seconds"] > 0


def test_a_copy_shares_nothing():
    assert run("copy_cost.py", 10, 4)["nested_copied"] == 1


@pytest.mark.parametrize("kind", ["modules", "bare"])
def test_latency_is_measured(kind):
    assert run("latency.py", kind, 20)["median"] > 0


@pytest.mark.parametrize("kind", ["growth", "idle"])
def test_memory_is_measured(kind):
    assert "megabytes" in run("memory.py", kind, 20)


@pytest.mark.parametrize("kind", ["flat", "nested", "text"])
def test_modify_gives_the_same_result_as_python(kind):
    found = run("modify.py", kind, 20)
    assert found["ratio"] > 0
    assert found["same"] == 1


def test_a_router_is_built():
    assert run("build.py", 10)["seconds"] > 0


def test_a_sleeper_wakes_up_beside_a_saturated_pipeline():
    assert set(run("sleeper.py", 3)) == {"median", "p99"}


def test_engine_and_loop_write_the_same(tmp_path):
    from bench import Bench
    from environment import Environments
    from works.job import compare, write_lines

    class Tiny(Bench):
        def count(self, amount):
            return 60

    assert Path(HERE / "peers" / "loop_peer.py").exists()
    write_lines(tmp_path / "lines", 60)
    assert {len(line) for line in (tmp_path / "lines").read_bytes().splitlines(keepends=True)} == {284}
    bench = Tiny(Environments(tmp_path), pairs=1)
    compare(bench, tmp_path, "a hand-written loop", ("loop", None, (), 1))
    assert len((tmp_path / "ours").read_bytes().splitlines()) == 50


def test_a_peer_that_cannot_be_installed_is_left_out(tmp_path, monkeypatch):
    import environment
    from bench import Bench

    def refuse():
        raise environment.Unavailable("no Python for it")

    monkeypatch.setattr(environment, "_base_python", refuse)
    bench = Bench(environment.Environments(tmp_path))
    assert not bench.has("streamz")
    assert bench.missing == {"streamz": "no Python for it"}
    assert bench.has("loop")


def test_a_figure_is_reached_within_its_bound():
    from figure import Figure

    assert Figure("w", "n", "", 2.0, least=2).reached is True
    assert Figure("w", "n", "", 1.9, least=2).reached is False
    assert Figure("w", "n", "", 2.0, most=2).reached is True
    assert Figure("w", "n", "", 2.1, most=2).reached is False
    assert Figure("w", "n", "", 2.0).reached is None
    assert Figure("w", "n", "", None, least=2).reached is None


def test_a_run_writes_table_json_and_svg(tmp_path, capsys):
    import run as runner

    files = {"--json": tmp_path / "out" / "b.json", "--svg": tmp_path / "out" / "b.svg"}
    paths = [str(word) for pair in files.items() for word in pair]
    assert runner.main(["--only", "sleeper", "--quick", "--pairs", "1", *paths]) == 0
    assert "| sleeper" in capsys.readouterr().out
    assert [figure["work"] for figure in json.loads(files["--json"].read_text())["figures"]] == [
        "sleeper"
    ] * 2
    assert ET.parse(files["--svg"]).getroot().tag.endswith("svg")


def test_strict_fails_only_when_a_bound_is_missed(monkeypatch, tmp_path, capsys):
    import run as runner
    from figure import Figure

    paths = ["--json", str(tmp_path / "b.json"), "--svg", str(tmp_path / "b.svg"), "--only", "sleeper"]
    monkeypatch.setitem(runner.WORKS, "sleeper", lambda _: [Figure("w", "n", "", 1.0, least=2)])
    assert runner.main(paths) == 0
    assert runner.main([*paths, "--strict"]) == 1


@pytest.mark.parametrize("server", ["engine/http_server.py", "peers/pywsgi_peer.py"])
def test_an_http_server_answers_a_post(server):
    pytest.importorskip("wishbone_input_http")
    with subprocess.Popen([sys.executable, str(HERE / server)], stdout=subprocess.PIPE, text=True) as process:
        try:
            url = f"http://127.0.0.1:{int(process.stdout.readline())}/"
            with urlopen(Request(url, b"{}"), timeout=10) as answer:
                assert (answer.status, answer.read()) == (200, b'{"events":1}')
        finally:
            process.kill()


def test_a_bootstrap_file_and_a_loop_write_the_same(tmp_path):
    for module in ("wishbone_cli", "wishbone_input_file", "wishbone_function_filter", "wishbone_output_file"):
        pytest.importorskip(module)
    from bench import Bench
    from environment import Environments
    from works.bootstrap_job import compare

    class Tiny(Bench):
        def count(self, amount):
            return 60

    compare(Tiny(Environments(tmp_path), pairs=1), tmp_path, "a hand-written loop", ("loop", None, ()))
    written = [json.loads(line) for line in (tmp_path / "ours").read_bytes().splitlines()]
    assert len(written) == 50
    assert all(line["checked"] and line["host"].startswith("SERVER") for line in written)


@pytest.mark.parametrize("side", ["ours", "rsyslog"])
def test_a_syslog_server_writes_the_fields_of_every_line_as_json(side, tmp_path):
    from works import syslog

    if side == "ours":
        pytest.importorskip("wishbone_codec_syslog")
        pytest.importorskip("wishbone_input_socket")
        pytest.importorskip("wishbone_output_file")
        command = syslog.our_command
    elif (program := syslog.rsyslogd()) is None:
        pytest.skip("rsyslog is not installed")
    else:
        command = partial(syslog.their_command, program, "json")
    messages = b"".join(syslog.line(number) for number in range(501))
    assert syslog.seconds(messages, 501, command, tmp_path) > 0
    *_, last = (json.loads(line) for line in (tmp_path / "out").read_bytes().splitlines())
    assert (last.pop("msg_id"), last.pop("structured_data")) in [(None, {}), ("-", "-")]
    assert last.pop("timestamp") % 60 == 0
    assert last == {
        "facility": "local0",
        "severity": "warning",
        "hostname": "server00",
        "app_name": "checkout",
        "proc_id": "1000",
        "message": "order 00000500 was paid by card, thank you",
    }


@pytest.mark.parametrize("written", [b"", b"1\n", b"1\n3\n"])
def test_output_that_differs_is_noticed(written, tmp_path):
    from works.job import check_output

    (tmp_path / "ours").write_bytes(b"1\n2\n")
    (tmp_path / "theirs").write_bytes(b"1\n2\n")
    check_output("a peer", tmp_path / "ours", tmp_path / "theirs", 3)
    (tmp_path / "theirs").write_bytes(written)
    with pytest.raises(AssertionError, match="a peer wrote"):
        check_output("a peer", tmp_path / "ours", tmp_path / "theirs", 3)
