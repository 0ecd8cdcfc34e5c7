from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from baking import KINDS, ROOT, bake, run


def block(path):
    """Return the bootstrap file in a README."""
    return re.search(r"```yaml\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)[1]


def test_its_tests_pass(baked):
    finished = run(
        baked.bin / "python", "-m", "pytest", "-W", "error", "-q", baked.path / "tests", cwd=baked.output
    )
    assert " passed" in finished.stdout


def test_the_commands_of_its_workflow_pass(baked):
    """A package outside of the repository has a workflow, and linter rules of its own."""
    workflow = yaml.safe_load((baked.path / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    programs = [command.split() for command in commands if "pip install" not in command]
    assert len(programs) == 4
    for program, *arguments in programs:
        run(baked.bin / program, *arguments, cwd=baked.path)


@pytest.mark.parametrize("baked", ["input"], indirect=True)
def test_a_fresh_input_runs_in_wishbone_debug(baked, tmp_path):
    """The bootstrap file needs only its name."""
    path = tmp_path / "bootstrap.yaml"
    path.write_text("modules:\n  input:\n    module: wishbone.input.my_thing\n", encoding="utf-8")
    debug = (baked.bin / "wishbone", "debug", "--config", path, "--logs", "none")
    assert run(*debug, cwd=tmp_path).stdout == ""
    with path.open("a", encoding="utf-8") as file:
        file.write(
            "  stdout:\n    module: wishbone.output.stdout\nroutingtable:\n  - input.outbox -> stdout.inbox\n"
        )
    assert run(*debug, cwd=tmp_path).stdout.splitlines() == [str(number) for number in range(1, 11)]


def test_its_lint_rules_are_those_of_the_repository(baked):
    own = tomllib.loads((baked.path / "ruff.toml").read_text(encoding="utf-8"))
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    for name, ignored in own["lint"].pop("per-file-ignores").items():
        assert ignored == rules["lint"]["per-file-ignores"][name]
    del rules["lint"]["per-file-ignores"]
    assert own == rules


def test_wishbone_list_shows_it(baked):
    listed = run(baked.bin / "wishbone", "list", cwd=baked.output, COLUMNS="200").stdout
    assert f"wishbone-{baked.kind}-my-thing" in listed


def test_the_snippet_of_its_readme_runs(baked, tmp_path):
    (tmp_path / "bootstrap.yaml").write_text(block(baked.path / "README.md"), encoding="utf-8")
    said = run(
        baked.bin / "wishbone", "debug", "--logs", "none", "--config", "bootstrap.yaml", cwd=tmp_path
    ).stdout
    written = (tmp_path / "my_thing.txt").read_text(encoding="utf-8") if baked.kind == "output" else said
    assert len(written.splitlines()) == 3, said


def test_passes_the_linters_of_the_repository(baked):
    config = ROOT / "pyproject.toml"
    ruff = Path(sys.executable).with_name("ruff")
    run(ruff, "format", "--no-cache", "--check", "--config", config, baked.path, cwd=baked.output)
    run(ruff, "check", "--no-cache", "--config", config, baked.path, cwd=baked.output)
    mypy = [sys.executable, "-m", "mypy", "--config-file", config, "--cache-dir", baked.output / "mypy"]
    run(
        *mypy,
        "--python-executable",
        baked.bin / "python",
        baked.path / "src",
        baked.path / "tests",
        cwd=baked.output,
    )


def test_each_kind_is_baked_from_its_kind_and_name_alone(tmp_path):
    output = tmp_path / "baked"
    output.mkdir()
    for kind in KINDS:
        bake(output, kind, description=None, author=None)
        readme = (output / f"wishbone-{kind}-my-thing" / "README.md").read_text(encoding="utf-8")
        assert re.search(r"^[A-Z][a-z ]+\.$", readme, re.MULTILINE)


def test_its_workflow_pins_actions_by_hash(baked):
    workflow = (baked.path / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)", workflow)
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)] == []


def test_passes_the_linters_with_the_longest_answers(tmp_path):
    output = tmp_path / "baked"
    output.mkdir()
    for kind in KINDS:
        bake(output, kind, name="a2345678_b2345678_c23456", description="d" * 80)
    config = ROOT / "pyproject.toml"
    ruff = Path(sys.executable).with_name("ruff")
    run(ruff, "format", "--no-cache", "--check", "--config", config, output, cwd=output)
    run(ruff, "check", "--no-cache", "--config", config, output, cwd=output)
