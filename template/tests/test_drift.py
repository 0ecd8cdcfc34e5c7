"""Shipped modules and a fresh bake do not drift apart."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest
from baking import KINDS, ROOT, bake

SHIPPED = sorted(path.parent for kind in KINDS for path in ROOT.glob(f"wishbone-{kind}-*/pyproject.toml"))
FREE = {"name", "description", "authors", "dependencies", "entry-points", "keywords", "version"}
EXTRA = {"optional-dependencies"}


@pytest.fixture(scope="module", params=SHIPPED, ids=lambda path: path.name)
def pair(request, tmp_path_factory):
    """Return a shipped package, and a fresh one of its kind and name, baked next to wishbone-core."""
    shipped = request.param
    _, kind, name = shipped.name.split("-", 2)
    output = tmp_path_factory.mktemp("repository") / "baked"
    (output / "wishbone-core").mkdir(parents=True)
    (output / "wishbone-core" / "pyproject.toml").touch()
    bake(output, kind, name=name.replace("-", "_"))
    return shipped, output / shipped.name


def files(package):
    """Return the files of a package, without those that tools create."""
    found = (path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file())
    return {path for path in found if not re.search(r"(^|/)(__pycache__|\.\w+|dist|build)/", path)}


def project(package):
    return tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))


def without_topic(value):
    """Return classifiers without topics."""
    return [item for item in value if not item.startswith("Topic ::")] if isinstance(value, list) else value


def suites(package):
    """Return the names of the conformance suites in the tests of a package."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (package / "tests").glob("test_*.py")]
    classes = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    bases = {ast.unparse(base) for node in classes for base in node.bases}
    return {base for base in bases if base.endswith("Conformance")}


def test_has_the_same_files(pair):
    shipped, fresh = pair
    assert files(fresh) <= files(shipped)
    grown = {path.split("/")[0] for path in files(shipped) - files(fresh)}
    assert grown <= {"src", "tests"}


def test_has_the_same_metadata_in_the_same_order(pair):
    shipped, fresh = map(project, pair)
    assert list(shipped) == list(fresh)
    assert shipped["build-system"] == fresh["build-system"]
    assert [field for field in shipped["project"] if field not in EXTRA] == list(fresh["project"])
    for field in set(fresh["project"]) - FREE:
        assert without_topic(shipped["project"][field]) == without_topic(fresh["project"][field]), field
    assert shipped["project"]["entry-points"].keys() == fresh["project"]["entry-points"].keys()


def test_pins_the_core_alike(pair):
    shipped, fresh = map(project, pair)
    pins = [
        [pin for pin in each["project"]["dependencies"] if pin.startswith("wishbone-core")]
        for each in (shipped, fresh)
    ]
    assert pins[0] == pins[1] != []


def test_runs_the_same_conformance_suite(pair):
    shipped, fresh = pair
    assert suites(fresh) <= suites(shipped)


def test_has_the_same_license(pair):
    shipped, fresh = pair
    assert (shipped / "LICENSE").read_bytes() == (fresh / "LICENSE").read_bytes()


def test_only_a_package_outside_of_the_repository_has_a_workflow_and_rules(tmp_path):
    for output in (tmp_path / "repository", tmp_path / "elsewhere"):
        output.mkdir()
    (tmp_path / "repository" / "wishbone-core").mkdir()
    (tmp_path / "repository" / "wishbone-core" / "pyproject.toml").touch()
    for output in ("repository", "elsewhere"):
        bake(tmp_path / output, "input")
        package = tmp_path / output / "wishbone-input-my-thing"
        only_outside = [package / ".github" / "workflows" / "ci.yml", package / "ruff.toml"]
        assert [path.is_file() for path in only_outside] == [output == "elsewhere"] * 2
