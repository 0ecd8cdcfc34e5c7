"""Every package has the same shape, and is in every list of packages."""

from __future__ import annotations

import re
import runpy

import pytest
from packages import FOLDERS, MODULES, ROOT, import_name, pyproject, tracked

from wishbone_cli.published import PUBLISHED, TAKEN

each_package = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
each_module = pytest.mark.parametrize("folder", MODULES, ids=lambda folder: folder.name)


@each_package
def test_is_in_the_requirements_of_a_checkout(folder):
    assert f"-e ./{folder.name}" in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()


@each_package
def test_is_in_the_table_of_the_readme(folder):
    rows = [
        row for row in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if row.startswith("|")
    ]
    assert [row for row in rows if re.search(rf"{folder.name}(?![\w-])", row.split("|")[1])]


@each_package
def test_has_an_environment_of_tox(folder):
    factor = folder.name.removeprefix("wishbone-")
    lines = [line.strip() for line in (ROOT / "tox.ini").read_text(encoding="utf-8").splitlines()]
    assert f"{factor}: pytest {{posargs}} {folder.name}/tests" in lines
    if folder.name not in {
        "wishbone-core",
        "wishbone-cli",
        "wishbone-testing",
    }:  # every environment has these
        assert f"{factor}: -e ./{folder.name}" in lines


@each_package
def test_has_the_seven_files(folder):
    wanted = ["pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "tests"]
    source = f"src/{import_name(folder)}"
    wanted += [f"{source}/__init__.py", f"{source}/py.typed"]
    assert [path for path in wanted if not (folder / path).exists()] == []
    assert list((folder / "tests").glob("test_*.py"))


@each_module
def test_has_a_test_of_its_name(folder):
    name = folder.name.split("-", 2)[2].replace("-", "_")
    assert (folder / "tests" / f"test_{name}.py").is_file()


@each_package
def test_is_named_as_its_folder(folder):
    assert pyproject(folder)["project"]["name"] == folder.name


@each_package
def test_has_the_version_of_its_newest_changelog_heading(folder):
    release = runpy.run_path(str(ROOT / ".github" / "scripts" / "release.py"))
    version, _ = release["newest_heading"](folder)
    assert version == pyproject(folder)["project"]["version"]


@each_package
def test_requires_by_range(folder):
    pins = pyproject(folder)["project"]["dependencies"]
    assert [pin for pin in pins if "==" in pin] == []
    assert [pin for pin in pins if not re.search("[<>~]", pin)] == []
    if folder.name != "wishbone-core":
        (core,) = (pin for pin in pins if pin.startswith("wishbone-core"))
        assert re.fullmatch(r"wishbone-core>=\d+\.\d+,<\d+(\.\d+)?", core)


@each_package
def test_configures_no_tools(folder):
    tools = pyproject(folder).get("tool", {})
    wheel = {"hatch": {"build": {"targets": {"wheel": {"packages": ["src/wishbone"]}}}}}
    assert tools == (wheel if folder.name == "wishbone-core" else {})


@each_package
def test_has_the_license_of_the_repository(folder):
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_core_requires_five_packages():
    pins = pyproject(ROOT / "wishbone-core")["project"]["dependencies"]
    names = [re.match(r"[\w-]+", pin)[0] for pin in pins]
    assert names == ["gevent", "importlib-metadata", "jinja2", "msgspec", "pluggy"]


def test_every_module_is_published():
    offered = {
        f"{group}.{name}": folder.name
        for folder in FOLDERS
        for group, names in pyproject(folder)["project"].get("entry-points", {}).items()
        if group.startswith("wishbone.") and group != "wishbone.published"
        for name in names
    }
    assert offered == PUBLISHED


@each_package
def test_starts_at_version_4_where_the_name_was_taken(folder):
    version = pyproject(folder)["project"]["version"]
    assert int(version.split(".")[0]) >= 4 if folder.name in TAKEN else version.startswith("0.")


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_every_command_asks_for_version_4_where_the_name_was_taken(name):
    command = re.compile(rf"install\b[^\n]*(?<![\w/-]){name}(?![\w-])(?!(\[\w+\])?>=4)")
    texts = {path: path.read_bytes().decode("utf-8", "replace") for path in tracked()}
    found = [path.relative_to(ROOT).as_posix() for path, text in texts.items() if command.search(text)]
    assert found == []
