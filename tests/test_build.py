"""Each wheel is built, checked, and installed alone, as a user would have it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
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
            code = f"from wishbone.registry import Registry; Registry.installed().load('{group}.{name}')"
            if group.startswith("wishbone."):
                run(python, "-c", code)
    for script in project.get("scripts", {}):
        assert "--help" in run(os.fspath(environment / "bin" / script), "--help")
