from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

GOOD = """
modules:
  input: {module: wishbone.input.generator, arguments: {payload: x, count: 1}}
  fanout: {module: wishbone.flow.fanout}
  funnel: {module: wishbone.flow.funnel}
  printer: {module: wishbone.output.printer}
  lost: {module: wishbone.output.printer}
routingtable:
  - input.outbox -> fanout.inbox
  - fanout.one -> funnel.one
  - fanout.failed -> funnel.two
  - funnel.failed -> funnel.three
  - funnel.outbox -> printer.inbox
  - fanout.two -> lost.inbox
"""


def test_check_reports_warnings_with_lines_and_succeeds(modules):
    modules.write("a.yaml", GOOD)
    result = modules.run("check", "-c", "a.yaml")
    assert result.returncode == 0
    assert result.stderr.splitlines() == [
        (
            "a.yaml:5:3: warning: modules.funnel: Events can go round in a cycle: funnel -> funnel."
            " Add a route out of it, or they fail when their time to live is over."
        ),
        (
            "a.yaml:6:3: warning: modules.printer: Events that fail in 'printer' and 'lost' are lost: nothing"
            " is connected to their queues 'failed', and 'input' does not send events again."
        ),
        "2 warnings.",
    ]
    assert result.stdout.startswith("No errors in 5 modules and 6 routes,")


@pytest.mark.parametrize("command", ["check", "debug", "start", "stop", "status"])
def test_an_empty_path_is_refused(modules, command):
    modules.write("a.yaml", "modules: {a: {module: wishbone.input.talker}}")
    result = modules.run(command, "--config", "")
    assert result.returncode == 2
    assert "Is a variable not set?" in result.stderr


def test_check_counts_one_as_one(modules):
    modules.write("a.yaml", "modules: {a: {module: wishbone.input.talker}}")
    result = modules.run("check", "-c", "a.yaml")
    assert result.stdout.startswith("No errors in 1 module and 0 routes,")


def test_check_makes_warnings_errors_when_strict(modules):
    modules.write("a.yaml", GOOD)
    result = modules.run("check", "-c", "a.yaml", "--strict")
    assert result.returncode == 1
    assert result.stderr.endswith("2 errors.\n")


def test_check_exits_with_2_on_an_error_and_writes_json(modules):
    modules.write("a.yaml", GOOD.replace("count: 1", "count: -1"))
    result = modules.run("check", "-c", "a.yaml", "--format", "json")
    assert result.returncode == 2
    (diagnostic,) = json.loads(result.stdout)["diagnostics"]
    assert diagnostic == {
        "severity": "error",
        "file": "a.yaml",
        "line": 3,
        "column": 76,
        "path": "modules.input.arguments.count",
        "message": "Expected `int` >= 0. Found -1.",
        "related": [],
    }


@pytest.mark.parametrize("command", ["debug", "check", "graph"])
def test_every_command_reports_errors_and_exits_with_2(modules, command):
    modules.write("a.yaml", "modules: [\x1b]")
    result = modules.run(command, "-c", "a.yaml", "-c", "nowhere.yaml")
    assert result.returncode == 2
    assert result.stderr.splitlines() == [
        "a.yaml:1:11: The character U+001B is not allowed in YAML: remove it.",
        "nowhere.yaml: The file 'nowhere.yaml' cannot be read: No such file or directory.",
        "2 errors.",
    ]


def test_graph_is_mermaid_dot_or_json(modules):
    modules.write("a.yaml", GOOD)
    mermaid = modules.run("graph", "-c", "a.yaml").stdout
    assert mermaid.startswith('flowchart LR\n    m0["input<br/>wishbone.input.generator"]\n')
    assert '    m0 -->|"outbox to inbox"| m1\n' in mermaid
    dot = modules.run("graph", "-c", "a.yaml", "--format", "dot").stdout
    assert '    "input" -> "fanout" [label="outbox to inbox"];\n' in dot
    graph = json.loads(modules.run("graph", "-c", "a.yaml", "--format", "json").stdout)
    assert graph["routes"][0] == {"from": "input.outbox", "to": "fanout.inbox"}
    assert [module["name"] for module in graph["modules"]] == ["input", "fanout", "funnel", "printer", "lost"]


@pytest.fixture
def schema(modules):
    content = json.loads(modules.run("schema").stdout)
    jsonschema.Draft7Validator.check_schema(content)
    return jsonschema.Draft7Validator(content)


def test_schema_accepts_a_valid_file(schema):
    assert list(schema.iter_errors(yaml.safe_load(GOOD))) == []
    assert list(schema.iter_errors({"modules": {"a": {"module": "${KIND}", "size": "${SIZE}"}}})) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("count: 1", "count: -1"),
        ("count: 1", "cuont: 1"),
        ("input.generator", "input.generatr"),
        ("input: {", "in.put: {"),
        ("routingtable", "routes"),
        ("input.outbox -> ", "input.outbox "),
        ("module: wishbone.flow.funnel", "module: wishbone.function.choosing"),
    ],
)
def test_schema_refuses_an_invalid_file(schema, right, wrong):
    assert list(schema.iter_errors(yaml.safe_load(GOOD.replace(right, wrong))))


def test_schema_describes_each_section_and_key(schema):
    sections = schema.schema["properties"]
    (module,) = sections["modules"]["patternProperties"].values()
    route = sections["routingtable"]["items"]["anyOf"][-1]
    described = {**sections, **module["properties"], **route["properties"]}
    assert [name for name, found in described.items() if not found.get("description")] == []


OWN_TYPE = """
from wishbone.module import OutputModule

class Address:
    @classmethod
    def from_argument(cls, value, functions):
        return cls()

class Sender(OutputModule):
    def __init__(self, config, address: Address):
        super().__init__(config)
"""


def test_schema_allows_any_value_for_a_type_of_the_module(modules):
    modules.install("sender", "[wishbone.output]\nsender = sender_module:Sender\n", sender_module=OWN_TYPE)
    content = json.loads(modules.run("schema").stdout)
    schema = jsonschema.Draft7Validator(content)
    module = {"module": "wishbone.output.sender", "arguments": {"address": {"host": ["a"]}}}
    assert list(schema.iter_errors({"modules": {"a": module}})) == []
    assert list(schema.iter_errors({"modules": {"a": {**module, "arguments": {}}}}))


MANY_TYPES = """
from enum import Enum
from typing import Annotated
from msgspec import Meta, Struct
from wishbone.arguments import EncoderFactory
from wishbone.module import OutputModule

class Address:
    argument_schema = {"type": ["string", "null"]}

    @classmethod
    def from_argument(cls, value, functions):
        return cls()

class Colour(Enum):
    RED = "red"
    BLUE = "blue"

class Server(Struct):
    host: str
    address: Address = Address()
    port: int = 80

class Sender(OutputModule):
    '''Sends.

    Args:
        servers: Where to.
    '''

    def __init__(
        self,
        config,
        address: Address,
        servers: list[Server] = [],
        colour: Colour = Colour.RED,
        encoder: EncoderFactory = EncoderFactory("json"),
        count: Annotated[int, Meta(ge=1)] = 1,
    ):
        super().__init__(config)
"""


def test_schema_says_which_argument_it_cannot_describe(modules):
    modules.install("sender", "[wishbone.output]\nsender = sender_module:Sender\n", sender_module=MANY_TYPES)
    result = modules.run("schema")
    assert result.returncode == 0
    schema = jsonschema.Draft7Validator(json.loads(result.stdout))
    servers = schema.schema["definitions"]["wishbone.output.sender"]["properties"]["servers"]
    assert servers["description"].startswith("Where to. (This schema allows any value: ")
    for arguments, right in (
        ({"address": "a", "servers": [{"host": 5}], "colour": "blue", "count": 2}, True),
        ({"address": "a", "count": 0}, False),
        ({"address": "a", "colour": "green"}, False),
        ({"address": 5}, False),
    ):
        module = {"module": "wishbone.output.sender", "arguments": arguments}
        assert (list(schema.iter_errors({"modules": {"a": module}})) == []) == right


def test_show_describes_the_types_of_a_module(modules):
    modules.install("sender", "[wishbone.output]\nsender = sender_module:Sender\n", sender_module=MANY_TYPES)
    shown = json.loads(modules.run("show", "wishbone.output.sender", "--format", "json").stdout)
    assert {argument["name"]: argument["type"] for argument in shown["arguments"]} == {
        "address": "text or nothing",
        "servers": "list of mapping with host, address, port",
        "colour": "'red' or 'blue'",
        "encoder": "encoder",
        "count": "whole number",
    }


def test_schema_uses_the_schema_of_a_type_of_the_module(modules):
    own = OWN_TYPE.replace("    @classmethod", "    argument_schema = {'type': 'string'}\n\n    @classmethod")
    modules.install("sender", "[wishbone.output]\nsender = sender_module:Sender\n", sender_module=own)
    schema = jsonschema.Draft7Validator(json.loads(modules.run("schema").stdout))
    for address, diagnostics in (("a", 0), ({"host": "a"}, 1)):
        module = {"module": "wishbone.output.sender", "arguments": {"address": address}}
        assert bool(list(schema.iter_errors({"modules": {"a": module}}))) == bool(diagnostics)


@pytest.mark.parametrize(
    ("decoder", "right"),
    [
        ("json", True),
        ({"json": {"framing": "documents", "max_size": 5}}, True),
        ({"plain": None}, True),
        ("${DECODER}", True),
        (None, True),
        ("jsn", False),
        ({"json": {"frames": "documents"}}, False),
        ({"json": {"framing": "document"}}, False),
        ({"json": {}, "plain": {}}, False),
        ({}, False),
    ],
    ids=str,
)
def test_schema_knows_the_codecs_and_their_arguments(schema, decoder, right):
    module = {"module": "wishbone.input.talker", "arguments": {"decoder": decoder}}
    assert (list(schema.iter_errors({"modules": {"a": module}})) == []) == right


def test_a_default_is_shown_as_a_configuration_has_it(modules):
    source = """
    from wishbone.module import OutputModule
    from wishbone.arguments import KeySelector

    class Sender(OutputModule):
        def __init__(self, config, key: KeySelector = KeySelector("data.id"), ports: tuple = (1, 2)):
            super().__init__(config)
    """
    modules.install("sender", "[wishbone.output]\nsender = sender_module:Sender\n", sender_module=source)
    properties = json.loads(modules.run("schema").stdout)["definitions"]["wishbone.output.sender"][
        "properties"
    ]
    assert (properties["key"]["default"], properties["ports"]["default"]) == ("data.id", [1, 2])
    shown = modules.run("show", "wishbone.output.sender").stdout
    assert 'key (key or template, default "data.id")' in shown


def test_schema_documents_arguments(schema):
    interval = schema.schema["definitions"]["wishbone.input.generator"]["properties"]["interval"]
    assert interval["default"] == 1
    assert interval["description"].startswith("Seconds between two events")
    assert interval["anyOf"][0] == {"type": "number", "minimum": 0}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(installation, shell):
    result = installation.run("completion", shell)
    if "newer than" in result.stderr:
        pytest.skip("bash is too old or missing")
    assert "_WISHBONE_COMPLETE" in result.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [("wishbone show wishbone.input.g", "plain,wishbone.input.generator"), ("wishbone sh", "plain,show")],
)
def test_completion_knows_commands_and_modules(installation, words, expected):
    result = installation.run(
        _WISHBONE_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(words.count(" "))
    )
    assert result.stdout.splitlines() == [expected]
