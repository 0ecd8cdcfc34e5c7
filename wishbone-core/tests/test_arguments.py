from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from wishbone import Actor, ActorConfig
from wishbone.arguments import Template
from wishbone.arguments.convert import ArgumentError, Problem, convert_arguments, parameters
from wishbone.error import ConfigError, InvalidModule
from wishbone.event import Event


class Module(Actor):
    def __init__(
        self,
        config: ActorConfig,
        *,
        host: str,
        port: Annotated[int, Meta(ge=1, le=65535)] = 514,
        mode: Literal["tcp", "udp"] = "udp",
        text: Template | None = "{{ data }}",
        headers: dict[str, Template] | None = None,
        peers: list[dict[str, int]] = (),
    ) -> None:
        super().__init__(config)


def problems(**arguments):
    return convert_arguments(Module, arguments)[1]


def test_parameters_are_those_of_init_after_the_configuration():
    assert [parameter.name for parameter in parameters(Module)] == [
        "host",
        "port",
        "mode",
        "text",
        "headers",
        "peers",
    ]
    host, port, *_ = parameters(Module)
    assert (host.required, host.type) == (True, str)
    assert (port.required, port.default, port.type) == (False, 514, Annotated[int, Meta(ge=1, le=65535)])


def test_a_module_without_arguments_has_no_parameters():
    assert parameters(Actor) == []


def test_variadic_parameters_are_not_arguments():
    class Collects(Actor):
        def __init__(self, config: ActorConfig, *args: int, name: str = "x", **kwargs: int) -> None: ...

    assert [parameter.name for parameter in parameters(Collects)] == ["name"]


@pytest.mark.parametrize("value", [1, "one", None, [1, {"a": 2}], {"deep": [True]}])
def test_a_parameter_without_a_type_takes_any_value_as_it_is(value):
    class Untyped(Actor):
        def __init__(self, config, one, two: int = 2, three=3): ...

    assert [parameter.type for parameter in parameters(Untyped)] == [Any, int, Any]
    converted, problems = convert_arguments(Untyped, {"one": value, "three": value})
    assert (converted, problems) == ({"one": value, "three": value}, [])


def test_a_parameter_without_a_type_is_required_unless_it_has_a_default():
    class Untyped(Actor):
        def __init__(self, config, one, two=2): ...

    _, problems = convert_arguments(Untyped, {})
    assert [problem.path for problem in problems] == [("one",)]


def test_a_type_that_cannot_be_resolved_is_refused():
    class Unresolved(Actor):
        def __init__(self, config: ActorConfig, one: NotImported) -> None: ...  # noqa: F821 - that is the case

    with pytest.raises(
        InvalidModule, match=r"cannot be resolved: .*'NotImported'.* Import the names .* at run time"
    ):
        parameters(Unresolved)


def test_a_type_without_conversion_is_an_error_of_the_module():
    class Impossible(Actor):
        def __init__(self, config: ActorConfig, one: Template | Event) -> None: ...

    with pytest.raises(
        InvalidModule, match=r"Impossible\.__init__: no value can be converted to the type of 'one'"
    ):
        convert_arguments(Impossible, {"one": "x"})


def test_valid_arguments_are_converted():
    converted, wrong = convert_arguments(Module, {"host": "here", "port": 1, "headers": {"a": "{{ data }}"}})
    assert wrong == []
    assert (converted["host"], converted["port"]) == ("here", 1)
    assert converted["headers"]["a"].render(Event("x")) == "x"


def test_defaults_are_left_to_python_but_for_templates():
    converted, _ = convert_arguments(Module, {"host": "here"})
    assert sorted(converted) == ["host", "text"]
    assert converted["text"].render(Event(5)) == "5"


def test_templates_may_call_the_functions():
    converted, wrong = convert_arguments(Module, {"host": "h", "text": "{{ f() }}"}, {"f": lambda: "hi"})
    assert wrong == []
    assert converted["text"].render(Event()) == "hi"


def test_a_template_given_as_one_is_taken():
    template = Template("x")
    assert convert_arguments(Module, {"host": "h", "text": template})[0]["text"] is template


class Address(Struct, forbid_unknown_fields=True):
    host: str
    scheme: Literal["http", "https"] | int = "http"


class Nested(Actor):
    def __init__(
        self,
        config: ActorConfig,
        servers: Annotated[list[Address], Meta(min_length=1)],
        by: dict[str, Address],
    ) -> None: ...


@pytest.mark.parametrize(
    ("name", "value", "path", "message"),
    [
        (
            "servers",
            [{"hots": "x"}],
            ("servers", 0),
            "unknown field `hots`. Did you mean 'host'? There are: host, scheme.",
        ),
        (
            "servers",
            [{"host": "x"}, {"host": "x", "scheme": "htps"}],
            ("servers", 1, "scheme"),
            "Invalid enum value 'htps'. Did you mean 'https'? There are: http, https.",
        ),
        (
            "by",
            {"a": {"host": "x"}, "b": {"host": "x", "scheme": "ftp"}, "c": {"host": "x"}},
            ("by", "b", "scheme"),
            "Invalid enum value 'ftp'. There are: http, https.",
        ),
        ("by", {"a": {"x": 1}}, ("by", "a"), "unknown field `x`. There are: host, scheme."),
    ],
)
def test_an_unknown_name_or_choice_is_reported_with_the_valid_ones(name, value, path, message):
    _, wrong = convert_arguments(Nested, {name: value})
    found = {problem.path: problem.message for problem in wrong}
    assert found[path].endswith(message)


@pytest.mark.parametrize(
    ("arguments", "path", "message"),
    [
        ({}, ("host",), "It is missing, and it has no default."),
        ({"hots": "x"}, ("hots",), "There is no such argument. Did you mean 'host'?"),
        ({"port": "514"}, ("port",), "Expected `int`, got `str`."),
        ({"port": 0}, ("port",), "Expected `int` >= 1."),
        ({"port": True}, ("port",), "Expected `int`, got `bool`."),
        ({"port": "\ud800"}, ("port",), "'utf-8' codec can't encode character '\\ud800'"),
        ({"mode": "sctp"}, ("mode",), "Invalid enum value 'sctp'. There are: tcp, udp."),
        ({"text": [5]}, ("text",), "Expected a template (a text), got `list`."),
        ({"text": "{{ user }}"}, ("text",), "The template '{{ user }}' names user"),
        ({"text": "{{ user..x }}"}, ("text",), "The template '{{ user..x }}' cannot be read"),
        ({"peers": [{"a": 1}, {"b": "x"}]}, ("peers", 1, "b"), "Expected `int`, got `str`."),
        ({"peers": [{"a": 1, "b": 2, "c": "x"}]}, ("peers", 0, "c"), "Expected `int`, got `str`."),
        ({5: 1}, (5,), "There is no such argument."),
    ],
)
def test_an_invalid_argument_is_reported_with_its_path(arguments, path, message):
    _, wrong = convert_arguments(Module, arguments)
    found = {problem.path: problem.message for problem in wrong}
    assert found[path].startswith(message)


def test_an_instance_of_a_class_of_the_module_is_not_converted():
    class Takes(Actor):
        def __init__(self, config: ActorConfig, event: Event) -> None: ...

    event = Event()
    assert convert_arguments(Takes, {"event": event}) == ({"event": event}, [])
    _, wrong = convert_arguments(Takes, {"event": 5})
    assert wrong == [Problem(("event",), "Expected `Event`, got `int`.")]


def test_all_errors_are_reported_at_once():
    assert [problem.path[0] for problem in problems(port=0, hots="x")] == ["hots", "host", "port"]


def test_an_error_of_arguments_names_module_and_paths():
    error = ArgumentError("in", [Problem(("peers", 0, "port"), "Wrong."), Problem(("host",), "Missing.")])
    assert str(error) == "The arguments of module 'in' are wrong. peers.0.port: Wrong. host: Missing."
    assert isinstance(error, ConfigError)
    assert len(error.problems) == 2


SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = SCALAR | st.lists(SCALAR | st.lists(SCALAR)) | st.dictionaries(st.text(), SCALAR | st.lists(SCALAR))


@given(st.dictionaries(st.sampled_from(["host", "port", "mode", "text", "headers", "peers", "more"]), JSON))
def test_any_arguments_are_converted_or_reported(arguments: dict[str, Any]):
    converted, wrong = convert_arguments(Module, arguments)
    assert all(problem.path[0] in {*arguments, "host"} and problem.message for problem in wrong)
    if not wrong:
        Module(ActorConfig("m"), **converted)


class Templates(Actor):
    def __init__(
        self,
        config: ActorConfig,
        fields: dict[str, Template] = {},  # noqa: B006 - it is not changed
        deep: dict[str, list[dict[str, Template]]] = {},  # noqa: B006
        two: Annotated[dict[str, int], Meta(min_length=2)] | None = None,
    ) -> None: ...


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"fields": {"a": "{{ data }}", "b": "{{ x }}", "c": "{{"}}, ("fields", "b")),
        ({"fields": {"a.b": "{{"}}, ("fields", "a.b")),
        ({"deep": {"a": [{"b": "x"}], "c": [{}, {"d": "x", "e": "{{"}]}}, ("deep", "c", 1, "e")),
        ({"two": {"a": 1}}, ("two",)),
        ({"two": {"a": 1, "b": "x"}}, ("two",)),
    ],
)
def test_an_invalid_value_in_a_mapping_is_reported_with_its_key(arguments, path):
    """A mapping with a minimum size is the exception: with a single key, it has another error."""
    (problem,) = convert_arguments(Templates, arguments)[1]
    assert problem.path == path
