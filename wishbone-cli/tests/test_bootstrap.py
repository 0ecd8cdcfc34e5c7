from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml

from wishbone.router import Default
from wishbone_cli.bootstrap import BootstrapError, Diagnostics, Secrets, build, load, parse, read, yaml_reader
from wishbone_cli.bootstrap.scalar import resolve

GENERATOR = "module: wishbone.input.generator"


def payload(text, environment=None, tmp_path=None):
    """Return the payload argument that a module would get."""
    diagnostics = Diagnostics(Secrets())
    path = tmp_path / "pipeline.yaml"
    path.write_text(f"modules:\n  input:\n    {GENERATOR}\n    arguments:\n      payload: {text}\n")
    definition = parse(read([path], diagnostics, environment or {}), diagnostics)
    diagnostics.check()
    return definition.modules["input"].plain_arguments["payload"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("0x1F", 31),
        ("0o17", 15),
        ("010", 10),
        ("1.5e3", 1500.0),
        ("-.inf", float("-inf")),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("2026-11-23", "2026-11-23"),
        ("12:30:45", "12:30:45"),
        ("1e999", float("inf")),
        ("9" * 5000, "9" * 5000),
        ("{a: [1, {b: c}]}", {"a": [1, {"b": "c"}]}),
    ],
)
def test_scalars_follow_yaml_1_2(tmp_path, text, value):
    found = payload(text, tmp_path=tmp_path)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${PORT}", 80),
        ("'${PORT}'", "80"),
        ("port ${PORT}", "port 80"),
        ("${EMPTY}", None),
        ("${EMPTY:-7}", 7),
        ("${UNSET:-7}", 7),
        ("${UNSET:-}", None),
        ("'${UNSET:-a b}'", "a b"),
        ("${PORT:?needed}", 80),
        ("$${PORT}", "${PORT}"),
        ("$PORT", "$PORT"),
        ("$$", "$$"),
        ("${TRICK}", "{a: 1}\nb: 2"),
        ("${NESTED}", "${PORT}"),
        ("{'${PORT}': 1}", {"${PORT}": 1}),
    ],
)
def test_variables_are_filled_in_and_never_change_the_structure(tmp_path, text, value):
    environment = {"PORT": "80", "EMPTY": "", "TRICK": "{a: 1}\nb: 2", "NESTED": "${PORT}"}
    assert payload(text, environment, tmp_path) == value


VARIABLES = {
    "quoted.yaml": """
modules:
  a:
    module: wishbone.input.talker
    size: "${NUMBER}"
    description: ${NUMBER}
    arguments: {message: "${NUMBER}", times: "${NUMBER}"}
  b: {module: wishbone.output.printer}
routingtable: [{from: a.outbox, to: b.inbox, size: "${NUMBER}"}]
""",
    "plain.yaml": """
modules:
  a:
    module: wishbone.input.talker
    size: ${NUMBER}
    arguments:
      message: ${NUMBER}
      times: ${NUMBER}
""",
    "of.toml": """
[modules.a]
module = "wishbone.input.talker"
size = "${NUMBER}"
[modules.a.arguments]
message = "${NUMBER}"
times = "${NUMBER}"
""",
}


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_is_a_number_or_a_text_as_the_argument_takes_it(name, tmp_path, registry):
    (tmp_path / name).write_text(VARIABLES[name])
    router = Default(registry=registry)
    load([tmp_path / name], router, environment={"NUMBER": "007"})
    module = router.getModule("a")
    assert (module.config.size, module.arguments[:2]) == (7, ("007", 7))


def test_a_variable_that_fits_neither_type_is_reported_by_its_name(tmp_path, registry):
    (tmp_path / "of.toml").write_text(VARIABLES["of.toml"])
    with pytest.raises(BootstrapError) as caught:
        load([tmp_path / "of.toml"], Default(registry=registry), environment={"NUMBER": "1.5"})
    assert [diagnostic.message for diagnostic in caught.value.diagnostics] == [
        "Expected a number of events. Found ${NUMBER}."
    ]


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_character_may_be_written_by_two_escapes_as_json_does(suffix, tmp_path):
    path = tmp_path / f"a.{suffix}"
    path.write_text(json.dumps({"modules": {"a": {"arguments": {"payload": "😀 é", "😀": 1}}}}))
    diagnostics = Diagnostics(Secrets())
    (root,) = read([path], diagnostics).roots
    assert root.plain_value()["modules"]["a"]["arguments"] == {"payload": "😀 é", "😀": 1}


def test_half_a_character_is_reported(tmp_path):
    (tmp_path / "a.json").write_text(r'{"modules": {"a": "\ud83d"}}')
    diagnostics = Diagnostics(Secrets())
    read([tmp_path / "a.json"], diagnostics)
    assert [(m.location.column, m.path) for m in diagnostics.found] == [(19, "modules.a")]
    assert "half a character" in diagnostics.found[0].message


def test_json_may_be_indented_with_tabs(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"modules": {"a": 1}}, indent="\t"))
    (root,) = read([path], Diagnostics(Secrets())).roots
    assert root.plain_value() == {"modules": {"a": 1}}
    assert (root.get("modules").keys["a"].line, root.get("modules").keys["a"].column) == (3, 3)


def test_secrets_come_from_variables_and_files(tmp_path):
    (tmp_path / "password").write_text("from file\n")
    text = (
        "[!secret env:PASSWORD, !secret 'file:password', !secret {file: password}, {'!secret': env:PASSWORD}]"
    )
    found = payload(text, {"PASSWORD": "from env"}, tmp_path)
    assert found == ["from env", "from file", "from file", "from env"]


def test_a_secret_is_hidden_in_every_form():
    secrets = Secrets()
    secrets.add('pass\'word\n"x"')
    shown = ['pass\'word\n"x"', repr('pass\'word\n"x"'), json.dumps('pass\'word\n"x"')]
    assert all("word" not in secrets.hide(f"connect {form} failed") for form in shown)


def test_a_secret_in_a_message_of_a_module_is_hidden(modules):
    modules.write(
        "pipeline.yaml",
        "modules: {a: {module: wishbone.function.breaking, arguments: {secret: !secret env:PASSWORD}}}",
    )
    result = modules.run("debug", "-c", "pipeline.yaml", PASSWORD="hunter2")
    assert "no route to host (secret)" in result.stderr
    graph = modules.run("graph", "-c", "pipeline.yaml", "--format", "json", PASSWORD="hunter2").stdout
    assert "hunter2" not in result.stdout + result.stderr + graph


FILES = {
    "main.yaml": "include: [parts/a.json, parts/b.toml]\nroutingtable: [input.outbox -> fanout.inbox]\n",
    "parts/a.json": '{"modules": {"input": {"module": "wishbone.input.generator",\t"size": 3}}}',
    "parts/b.toml": '[modules.fanout]\nmodule = "wishbone.flow.fanout"\n',
}


def test_files_are_included_in_yaml_json_and_toml(installation):
    for name, text in FILES.items():
        installation.write(name, text)
    router = Default()
    definition = load([installation.work / "main.yaml"], router)
    assert router.getChildren("input") == ["fanout"]
    assert definition.modules["input"].config.size == 3


def test_a_folder_is_all_its_files_in_order(tmp_path):
    (tmp_path / "b.yaml").write_text(f"modules: {{b: {{{GENERATOR}}}}}")
    (tmp_path / "a.yml").write_text(f"modules: {{a: {{{GENERATOR}}}}}")
    (tmp_path / "notes.txt").write_text("no bootstrap file")
    assert list(load([tmp_path], Default()).modules) == ["a", "b"]


def test_a_file_that_is_included_twice_is_read_once(tmp_path):
    (tmp_path / "part.yaml").write_text(f"modules: {{a: {{{GENERATOR}}}}}")
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text("include: part.yaml")
    assert list(load([tmp_path / "one.yaml", tmp_path / "two.yaml"], Default()).modules) == ["a"]


def test_two_definitions_of_one_name_show_both_places(tmp_path):
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(f"modules:\n  a: {{{GENERATOR}}}\n")
    with pytest.raises(BootstrapError) as caught:
        load([tmp_path], Default())
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.location == (str(tmp_path / "two.yaml"), 2, 3)
    assert diagnostic.related == ((str(tmp_path / "one.yaml"), 2, 3),)


def test_a_circle_of_files_is_reported_with_its_chain(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.yaml").write_text(f"include: {other}.yaml")
    with pytest.raises(BootstrapError, match=r"c.yaml:1:10: include: .*a.yaml -> b.yaml -> c.yaml -> a.yaml"):
        load(["a.yaml"], Default())


def test_anchors_and_merged_mappings_are_followed(tmp_path):
    text = f"modules:\n  a: &a {{{GENERATOR}, size: 3}}\n  b: {{<<: *a, size: 4}}\n  c: *a\n"
    (tmp_path / "a.yaml").write_text(text)
    modules = load([tmp_path], Default()).modules
    assert [modules[name].config.size for name in "abc"] == [3, 4, 3]


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
LIMITED = """
import resource, sys
from wishbone.router import Default
from wishbone_cli.bootstrap import BootstrapError, load
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    load(sys.argv[1:], Default())
except BootstrapError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("bomb.yaml", BOMB, "more than 100000 values"),
        ("deep.yaml", "[" * 200_000, "deep.yaml:1:51: Values are nested deeper"),
        ("deep.yaml", "a: {" * 5_000, "nested deeper"),
        ("deep.toml", "a = " + "[" * 5_000, "nested deeper"),
        ("deep.toml", ".".join("a" * 3_000) + " = 1", "nested deeper"),
        ("deep.json", "[" * 5_000 + "]" * 5_000, "deep.json:1:51: Values are nested deeper"),
        ("large.yaml", "#" * 10_000_001, "larger than"),
    ],
)
def test_a_file_that_would_exhaust_memory_is_refused(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    command = [sys.executable, "-c", LIMITED, str(tmp_path / name)]
    report, megabytes = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    assert message in report
    assert int(megabytes) < 100


DEEP = {
    "flow.yaml": "modules:\n  " + "[" * 1_100 + "]" * 1_100,
    "open.yaml": "modules:\n  " + "[" * 1_100,
    "mappings.yaml": "modules:\n  " + "{" * 1_100 + "}" * 1_100,
    "named.yaml": "modules:\n  " + "{a: " * 1_100 + "1" + "}" * 1_100,
    "block.yaml": "\n".join(" " * level + "a:" for level in range(1_100)),
    "sequences.yaml": "modules:\n  " + "- " * 1_100 + "x",
    "keys.yaml": "modules:\n  " + "? " * 1_100 + "x",
    "tags.yaml": "modules:\n  " + "!!seq [" * 1_100,
    "anchors.yaml": "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 1_100)),
    "merges.yaml": "a0: &a0 {}\n" + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, 1_100)),
    "itself.yaml": "\nmodules: &a [*a]",
    "lists.json": '\n{"modules":' + "[" * 1_100 + "]" * 1_100 + "}",
    "objects.json": "\n" + '{"a":' * 1_100 + "1" + "}" * 1_100,
    "lists.toml": "\na = " + "[" * 1_100 + "]" * 1_100,
    "shallow.toml": "\na = " + "[" * 60 + "]" * 60,
    "tables.toml": "\na = " + "{a = " * 1_100 + "1" + "}" * 1_100,
    "keys.toml": "\n" + ".".join("a" * 1_100) + " = 1",
    "headers.toml": "\n[" + ".".join("a" * 1_100) + "]",
}


@pytest.mark.parametrize("pure_python", [False, True], ids=["c", "python"])
@pytest.mark.parametrize("name", DEEP)
def test_values_that_are_nested_too_deep_are_reported_with_file_and_line(
    tmp_path, monkeypatch, name, pure_python
):
    if pure_python:
        monkeypatch.setattr(yaml_reader, "_fast_loader", lambda: yaml_reader._loader(yaml.SafeLoader))
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(DEEP[name])
    with pytest.raises(BootstrapError) as caught:
        load([name], Default())
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.location.file, diagnostic.location.line >= 1) == (name, True)
    assert diagnostic.location.line == {"block.yaml": 51}.get(name, 1 if DEEP[name][0] == "a" else 2)
    assert diagnostic.message == "Values are nested deeper than 50 levels: use fewer."


@pytest.mark.parametrize("escape", ["UFFFFFFFF", "U00110000"])
@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_an_escape_beyond_unicode_is_reported_with_file_and_line(tmp_path, monkeypatch, escape, suffix):
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"a.{suffix}").write_text(f'\n{{"modules": "\\{escape}"}}')
    with pytest.raises(BootstrapError, match=rf"^a.{suffix}:2:16: Not valid YAML: an escape goes up to"):
        load([f"a.{suffix}"], Default())


def test_errors_in_toml_have_lines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.toml").write_text(
        'routingtable = [\n  "a.outbox -> b.inbox",\n]\n[modules.a]\nmodule = "wishbone.input.generator"\n'
        "[modules.a.arguments]\ninterval = -1\n"
    )
    with pytest.raises(BootstrapError) as caught:
        load(["a.toml"], Default())
    assert [(m.location.line, m.path) for m in caught.value.diagnostics] == [
        (2, "routingtable[0]"),
        (7, "modules.a.arguments.interval"),
    ]
    (tmp_path / "b.toml").write_text("a = 1\nb = = 2\n")
    with pytest.raises(BootstrapError, match=r"^b.toml:2:5: Not valid TOML: Invalid value"):
        load(["b.toml"], Default())


class _Recording(Default):
    def connectQueue(self, source, destination, **options):
        self.options = options
        super().connectQueue(source, destination)


def test_a_route_may_be_a_mapping_with_size_and_overflow(tmp_path):
    text = (
        f"modules: {{a: {{{GENERATOR}}}, b: {{module: wishbone.flow.fanout}}}}\n"
        "routingtable: [{from: a.outbox, to: b.inbox, size: 7, overflow: drop_old}]\n"
    )
    (tmp_path / "a.yaml").write_text(text)
    router = _Recording()
    load([tmp_path], router)
    assert router.options == {"size": 7, "overflow": "drop_old"}


def test_the_steps_can_be_taken_one_by_one(tmp_path):
    (tmp_path / "a.yaml").write_text(f"modules: {{a: {{{GENERATOR}}}}}")
    diagnostics = Diagnostics(Secrets())
    document = read([tmp_path], diagnostics, {})
    definition = parse(document, diagnostics)
    definition.modules["a"].module = "wishbone.flow.funnel"
    router = Default()
    build(definition, router, diagnostics)
    diagnostics.check()
    assert type(router.getModule("a")).__name__ == "Funnel"


def test_a_plain_scalar_of_any_length_is_resolved():
    assert resolve("1" * 1000) == int("1" * 1000)
    assert resolve("-") == "-"
