from __future__ import annotations

import json
import re
import sys
from importlib.metadata import entry_points
from textwrap import dedent

import pytest

BROKEN = """
[wishbone.input]
raising = raising:Raising
homeless = no_such_module_anywhere:Homeless
leaving = leaving:Leaving
[wishbone.output]
wrong = wrong:Wrong
"""
FAILS = """
modules:
  input: {module: wishbone.input.generator, arguments: {interval: 0, count: 1}}
  output: {module: wishbone.function.failing}
  printer: {module: wishbone.output.printer}
routingtable: [input.outbox -> output.inbox, output.failed -> printer.inbox]
"""
SOURCES = {
    "raising": "raise RuntimeError('not today')",
    "leaving": "raise SystemExit(3)",
    "wrong": "class Wrong: pass",
}


def test_is_installed():
    (entry_point,) = entry_points(group="console_scripts", name="wishbone")
    assert entry_point.load().__module__ == "wishbone_cli.main"


def test_list_shows_kind_distribution_version_and_summary(modules):
    out = modules.run("list").stdout
    assert "\n  wishbone.output.printer (test-modules 1.0)\n    Prints events.\n" in out
    assert all(len(line) <= 80 for line in out.splitlines())


def test_list_shows_broken_modules_and_the_others(modules):
    modules.install("broken", BROKEN, **SOURCES)
    result = modules.run("list", "--format", "json")
    found = {entry["name"]: entry for entry in json.loads(result.stdout)}
    assert "RuntimeError: not today" in found["wishbone.input.raising"]["broken"]
    assert "no_such_module_anywhere" in found["wishbone.input.homeless"]["broken"]
    assert "SystemExit: 3" in found["wishbone.input.leaving"]["broken"]
    assert "derived from wishbone.module.OutputModule" in found["wishbone.output.wrong"]["broken"]
    assert found["wishbone.output.printer"]["broken"] == ""
    assert "wishbone.input.raising (broken 1.0) is broken" in modules.run("list").stdout


def test_list_shows_both_owners_of_one_name(modules):
    modules.install("others", "[wishbone.output]\nprinter = test_modules:Printer\n", version="2.0")
    out = modules.run("list").stdout
    assert "wishbone.output.printer (others 2.0) is broken" in out
    assert "wishbone.output.printer (test-modules 1.0) is broken" in out


def test_list_says_how_to_install_a_first_module():
    from click.testing import CliRunner

    from wishbone.discovery.registry import Registry
    from wishbone_cli.commands import list as listing

    original = Registry.installed
    Registry.installed = staticmethod(lambda: Registry([]))
    try:
        result = CliRunner().invoke(listing.command)
    finally:
        Registry.installed = original
    assert result.output == (
        "No modules are installed. For a first one: pip install wishbone-input-generator\n"
    )


def test_show_lists_arguments_with_type_range_and_default(modules):
    out = modules.run("show", "wishbone.function.choosing").stdout
    assert "colour ('red' or 'green', required)\n    Which one." in out
    assert "servers (list of mapping of text to whole number, default [])" in out
    assert 'password (text, at most 3 long, default "")' in out


def test_show_takes_a_short_name(modules):
    result = modules.run("show", "generator")
    assert result.stdout.startswith("wishbone.input.generator (wishbone-input-generator ")
    assert "interval (number, at least 0, default 1)\n    Seconds between two events" in result.stdout
    assert "    module: wishbone.input.generator\n" in result.stdout
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_show_refuses_a_short_name_of_several(modules):
    modules.install("others", "[wishbone.input]\nprinter = test_modules:Talker\n")
    result = modules.run("show", "printer")
    assert result.returncode == 1
    assert "write wishbone.input.printer or wishbone.output.printer" in result.stderr


def test_show_compares_documented_queues_with_real_ones(modules):
    result = modules.run("show", "wishbone.input.talker", "--format", "json")
    assert json.loads(result.stdout)["queues"] == [{"name": "outbox", "text": "", "note": "not documented"}]


def test_show_suggests_a_close_name(modules):
    result = modules.run("show", "wishbone.output.prnter")
    assert "Did you mean 'wishbone.output.printer'?" in result.stderr
    assert result.returncode == 1


def test_show_says_why_a_module_is_broken(modules):
    modules.install("broken", BROKEN, **SOURCES)
    result = modules.run("show", "raising")
    assert "RuntimeError: not today" in result.stderr
    assert "Traceback" not in result.stderr


PLUGIN = dedent(
    """
    import sys
    from gevent import monkey
    from wishbone import hookimpl

    @hookimpl
    def register_cli_commands(group):
        @group.command()
        def greet():
            '''Say whether gevent was patched in time.'''
            print("patched:", monkey.is_module_patched("socket"))
    """
)


def test_a_plugin_adds_a_command(modules):
    modules.install("plugin", "[wishbone]\ngreeting = greeting\n", greeting=PLUGIN)
    assert re.search(r"greet +Say whether gevent was patched in time.", modules.run("--help").stdout)
    assert modules.run("greet").stdout == "patched: True\n"


def test_a_plugin_describes_the_section_that_it_reads(modules):
    source = """
    from wishbone import hookimpl

    @hookimpl
    def extend_bootstrap_schema(schema):
        schema["properties"]["tests"]["description"] = "Read by a plugin."
    """
    modules.install("plugin", "[wishbone]\ndescribing = describing\n", describing=source)
    sections = json.loads(modules.run("schema").stdout)["properties"]
    assert sections["tests"]["description"] == "Read by a plugin."


def test_a_broken_plugin_is_reported_and_the_others_run(modules):
    modules.install("plugin", "[wishbone]\nbad = bad_plugin\n", bad_plugin="1 / 0")
    result = modules.run("--help")
    assert "debug" in result.stdout
    assert "Warning: The plugin 'bad' cannot be used" in result.stderr
    assert result.returncode == 0


def test_a_broken_plugin_is_fatal_when_strict(modules):
    modules.install("plugin", "[wishbone]\nbad = bad_plugin\n", bad_plugin="1 / 0")
    modules.write("pipeline.yaml", "modules: {a: {module: wishbone.input.talker}}")
    assert modules.run("debug", "-c", "pipeline.yaml", "--logs", "none").returncode == 0
    result = modules.run("debug", "-c", "pipeline.yaml", "--strict")
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


HOOKS = {
    "register_template_functions": "",
    "on_router_start": "router",
    "on_router_stop": "router",
    "on_event_failed": "event",
}


@pytest.mark.parametrize("hook", HOOKS)
def test_a_plugin_that_fails_while_it_runs_is_fatal_when_strict(modules, hook):
    source = f"""
    from wishbone import hookimpl

    @hookimpl
    def {hook}({HOOKS[hook]}):
        raise OSError("no pager")
    """
    modules.install("plugin", "[wishbone]\nbad = bad_plugin\n", bad_plugin=source)
    modules.write("pipeline.yaml", FAILS)
    assert modules.run("debug", "-c", "pipeline.yaml", "--logs", "none").returncode == 0
    result = modules.run("debug", "-c", "pipeline.yaml", "--logs", "none", "--strict")
    assert result.stderr.startswith(f"Error: The plugin 'bad' failed in {hook}, which is fatal (strict): ")
    assert (result.stderr.count("\n"), result.returncode) == (1, 1)


def test_help_loads_neither_the_core_nor_yaml_where_no_plugin_is_installed(modules):
    import subprocess

    script = (
        "import importlib_metadata, sys; sys.argv = ['wishbone', '--help']\n"
        "importlib_metadata.entry_points = lambda **selected: ()\n"
        "from wishbone_cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "slow = {'wishbone', 'yaml', 'jinja2', 'msgspec', 'pluggy', 'json.decoder'} & set(sys.modules)\n"
        "print('slow:', sorted(slow - {'json.decoder'}))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "slow: []" in out


def test_list_shows_the_codecs_of_the_core(modules):
    found = {entry["name"]: entry for entry in json.loads(modules.run("list", "--format", "json").stdout)}
    assert found["wishbone.decode.json"]["kind"] == "decode"
    assert found["wishbone.encode.plain"]["summary"].startswith("Writes a text, followed by")


def test_show_lists_the_arguments_of_a_codec(modules):
    out = modules.run("show", "wishbone.decode.json").stdout
    assert "framing ('lines' or 'documents', default \"lines\")\n    `lines` or `documents`." in out
    assert "Example\n  modules:" in out
    assert "Queues" not in out
    assert "decoder (decoder or nothing, default nothing)" in modules.run("show", "talker").stdout


def test_show_asks_which_codec_is_meant(modules):
    error = modules.run("show", "json").stderr
    assert "write wishbone.decode.json or wishbone.encode.json" in error
