"""Shipped modules and a fresh bake do not drift apart."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest
from baking import ANSWERS, KINDS, ROOT, bake

SHIPPED = sorted(path.parent for kind in KINDS for path in ROOT.glob(f"wishbone-{kind}-*/pyproject.toml"))
FREE = {"name", "description", "authors", "dependencies", "entry-points", "version"}


@pytest.fixture(scope="module", params=SHIPPED, ids=lambda path: path.name)
def pair(request, tmp_path_factory):
    """Return a shipped package, and one freshly baked beside wishbone-core with its kind and name."""
    shipped = request.param
    _, kind, name = shipped.name.split("-", 2)
    output = tmp_path_factory.mktemp("repository") / "baked"
    (output / "wishbone-core").mkdir(parents=True)
    (output / "wishbone-core" / "pyproject.toml").touch()
    bake(output, kind, name=name.replace("-", "_"))
    return shipped, output / shipped.name


def files(package):
    """Return the seven files; what a package has beside them, its source and tests have grown."""
    found = (path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file())
    return {path for path in found if not re.search(r"(^|/)(__pycache__|\.\w+|dist|build)/", path)}


def project(package):
    return tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))


def first_test(package):
    """Return the first test that proves the package is installed, without its own names."""
    kind, name = package.name.split("-", 2)[1:]
    path = package / "tests" / f"test_{name.replace('-', '_')}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and "test_" in node.name)
    (imported,) = (
        node
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == f"wishbone_{kind}_{name}"
    )
    source = ast.unparse(function)
    for alias in imported.names:
        source = re.sub(rf"\b{alias.name}\b", "Class", source)
    return source


def test_has_the_same_files(pair):
    shipped, fresh = pair
    assert files(fresh) <= files(shipped)
    grown = {path.split("/")[0] for path in files(shipped) - files(fresh)}
    assert grown <= {"src", "tests"}


def test_has_the_same_metadata_in_the_same_order(pair):
    shipped, fresh = map(project, pair)
    assert list(shipped) == list(fresh)
    assert shipped["build-system"] == fresh["build-system"]
    assert list(shipped["project"]) == list(fresh["project"])
    for field in set(fresh["project"]) - FREE:
        assert shipped["project"][field] == fresh["project"][field], field
    assert shipped["project"]["entry-points"].keys() == fresh["project"]["entry-points"].keys()


def test_pins_the_core_alike(pair):
    shipped, fresh = map(project, pair)
    pins = [
        [pin for pin in each["project"]["dependencies"] if pin.startswith("wishbone-core")]
        for each in (shipped, fresh)
    ]
    assert pins[0] == pins[1] != []


def test_has_the_same_first_test(pair):
    shipped, fresh = pair
    assert first_test(shipped) == first_test(fresh)


def test_has_the_same_license(pair):
    shipped, fresh = pair
    assert (shipped / "LICENSE").read_bytes() == (fresh / "LICENSE").read_bytes()


def test_a_workflow_comes_with_it_only_outside_of_the_repository(pair, tmp_path):
    _, fresh = pair
    assert not (fresh / ".github").exists()
    output = tmp_path / "elsewhere"
    output.mkdir()
    bake(output, "input", **ANSWERS)
    assert (output / "wishbone-input-my-thing" / ".github" / "workflows" / "ci.yml").is_file()
