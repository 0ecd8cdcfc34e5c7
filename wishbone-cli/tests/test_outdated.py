"""Modules of the Wishbone project of 2018, which have the same names as ours, are reported as such."""

from __future__ import annotations

import json

import pytest

from wishbone_cli.published import PUBLISHED, REQUIREMENTS, TAKEN

OLD_OUTPUT = """
[wishbone.output]
old = old_output:OldOutput
file = old_output:OldOutput
"""
NEEDS_THE_OLD_CORE = "from wishbone.module import OutputModule\nfrom wishbone.no_such_part import Anything\n"
TAKEN_NAME = "wishbone-output-file"
OF_2018 = "a module of the Wishbone project of 2018"


def entries(installation):
    found = json.loads(installation.run("list", "--format", "json").stdout)
    return {(entry["name"], entry["distribution"]): entry["broken"] for entry in found}


@pytest.mark.parametrize(
    "requirement", ["wishbone", "wishbone (>=3.0.0)", "Wishbone>=3,<4; python_version>'2'"]
)
def test_a_distribution_that_requires_the_old_core_is_reported_by_list(modules, requirement):
    # The source is valid for this core: the distribution alone says that it is not meant for it.
    source = "from wishbone.module import OutputModule\nclass OldOutput(OutputModule): pass\n"
    modules.install("wishbone-output-old", OLD_OUTPUT, "3.0.0", (requirement,), old_output=source)
    broken = entries(modules)["wishbone.output.old", "wishbone-output-old"]
    assert broken == (
        f"'wishbone.output.old' of wishbone-output-old 3.0.0 is {OF_2018}, which does not run with"
        " wishbone-core. Uninstall it: pip uninstall wishbone-output-old."
    )
    assert entries(modules)["wishbone.output.printer", "test-modules"] == ""


@pytest.mark.parametrize("command", ["check", "debug"])
def test_the_replacement_of_a_module_of_the_same_name_is_given_by_version(modules, command):
    modules.install(TAKEN_NAME, OLD_OUTPUT, "3.0.0", ("wishbone",), old_output="1 / 0")
    modules.write("a.yaml", "modules: {a: {module: wishbone.output.file}}")
    result = modules.run(command, "-c", "a.yaml")
    assert result.returncode == 2
    assert result.stderr.splitlines()[0] == (
        f"a.yaml:1:23: modules.a: 'wishbone.output.file' of wishbone-output-file 3.0.0 is {OF_2018},"
        ' which does not run with wishbone-core. Replace it: pip install "wishbone-output-file>=4".'
    )


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        (NEEDS_THE_OLD_CORE, "ModuleNotFoundError: No module named 'wishbone.no_such_part'"),
        ("class OldOutput: pass", "must be a class derived from wishbone.module.OutputModule"),
    ],
)
def test_a_distribution_that_does_not_say_what_it_requires_may_be_outdated(modules, source, cause):
    modules.install("wishbone-output-old", OLD_OUTPUT, "3.0.0", old_output=source)
    broken = entries(modules)["wishbone.output.old", "wishbone-output-old"]
    assert cause in broken
    assert f"may be {OF_2018}" in broken


def test_a_broken_distribution_for_this_core_is_not_called_outdated(modules):
    requires = ("wishbone-core>=0.1",)
    modules.install("wishbone-output-new", OLD_OUTPUT, "1.0", requires, old_output=NEEDS_THE_OLD_CORE)
    assert "2018" not in entries(modules)["wishbone.output.old", "wishbone-output-new"]


def test_the_old_core_itself_is_reported_and_does_not_replace_ours(modules):
    points = "[wishbone.flow]\nfanout = old:Fanout\n[wishbone.protocol.decode]\nmsgpack = old:MsgPack\n"
    modules.install("wishbone", points, "3.1.3", old="1 / 0")
    found = entries(modules)
    assert found["wishbone.flow.fanout", "wishbone"] == (
        f"'wishbone.flow.fanout' of wishbone 3.1.3 is {OF_2018}, which does not run with wishbone-core."
        " Uninstall it: pip uninstall wishbone. Then: pip install --force-reinstall wishbone-core"
        " wishbone-flow-fanout."
    )
    assert found["wishbone.flow.fanout", "wishbone-flow-fanout"] == ""
    assert OF_2018 in found["wishbone.protocol.decode.msgpack", "wishbone"]
    assert modules.run("show", "wishbone.flow.fanout").returncode == 0


@pytest.mark.parametrize(
    "distribution", ["wishbone-output-file", "wishbone-output-http", "wishbone-function-template"]
)
def test_a_distribution_whose_name_is_taken_is_asked_for_by_version(distribution):
    names = [name for name, offered in PUBLISHED.items() if offered == distribution]
    assert [REQUIREMENTS[name] for name in names] == [f'"{distribution}>=4"']
    assert distribution in TAKEN
