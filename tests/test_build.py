"""Each wheel is built, checked and installed on its own, as a user installs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = sorted(path.parent for path in ROOT.glob("wishbone-*/pyproject.toml"))


def run(*command: str | Path) -> str:
    result = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> dict[str, Path]:
    """The wheel of each package, by the package's name."""
    folder = tmp_path_factory.mktemp("wheels")
    for package in PACKAGES:
        run("uv", "build", "--quiet", "--wheel", "--out-dir", folder, package)
    return {
        package.name: next(folder.glob(f"{package.name.replace('-', '_')}-*.whl")) for package in PACKAGES
    }


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_wheel_is_whole_and_works_alone(package, wheels, tmp_path):
    wheel = wheels[package.name]
    run(sys.executable, "-m", "twine", "check", "--strict", wheel)
    module = "wishbone" if package.name == "wishbone-core" else package.name.replace("-", "_")
    names = ZipFile(wheel).namelist()
    assert f"{module}/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests")]

    environment = tmp_path / "environment"
    python = environment / "bin" / "python"
    run("uv", "venv", "--quiet", "--python", sys.executable, environment)
    siblings = ["--find-links", wheel.parent]
    run("uv", "pip", "install", "--quiet", "--no-sources", "--python", python, *siblings, wheel)
    run(python, "-W", "error", "-c", f"import {module}")

    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for group, offers in project.get("entry-points", {}).items():
        for name in offers:
            code = "from wishbone.discovery.registry import Registry; Registry.installed().load"
            if group.startswith("wishbone."):
                run(python, "-c", f"{code}('{group}.{name}')")
    for script in project.get("scripts", {}):
        assert "--help" in run(os.fspath(environment / "bin" / script), "--help")


def test_three_packages_are_a_server(wheels, tmp_path):
    """The server of the README, `examples/collector.yaml`, in an environment that has nothing else."""
    python = tmp_path / "environment" / "bin" / "python"
    run("uv", "venv", "--quiet", "--python", sys.executable, python.parent.parent)
    three = [wheels[f"wishbone-{name}"] for name in ("cli", "input-http", "output-file")]
    siblings = ["--find-links", three[0].parent]
    run("uv", "pip", "install", "--quiet", "--no-sources", "--python", python, *siblings, *three)

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [python.with_name("wishbone"), "debug", "--config", ROOT / "examples" / "collector.yaml"]
    environment = {**os.environ, "PORT": str(port), "TOKEN": "a-token", "STATE_DIRECTORY": str(tmp_path)}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for_answer(f"{address}/healthz")
        headers = {"Authorization": "Bearer a-token"}
        with urlopen(Request(f"{address}/web", b'{"user": "ada"}', headers), timeout=20) as answer:
            assert answer.status == 200
        assert (tmp_path / "logs" / "web.jsonl").read_text() == '{"user":"ada"}\n'
    finally:
        server.terminate()
        assert server.wait(20) == 0


def wait_for_answer(address: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with urlopen(address, timeout=5):
                return
        except URLError:
            assert time.monotonic() < deadline, f"{address} does not answer."
            time.sleep(0.05)
