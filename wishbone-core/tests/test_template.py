from __future__ import annotations

import pytest

from wishbone.arguments import Template
from wishbone.error import ConfigError, InvalidData
from wishbone.event import Event, Log


@pytest.mark.parametrize("text", ["", "plain", "{ data }", "}} %}", "100%", "trailing\n"])
def test_a_text_without_expressions_is_rendered_unchanged(text):
    template = Template(text)
    assert template.fixed
    assert template.render(Event({})) is text


def test_expressions_are_filled_in_from_the_event():
    event = Event({"user": {"name": "x"}, "list": [1, 2]})
    event.set("/tmp/a", "tmp.input.path")
    event.tags.append("word")
    template = Template(
        "{{ data.user.name }} {{ data.list[1] }} {{ tmp.input.path }} {{ tags|join }} {{ uuid }}"
    )
    assert not template.fixed
    assert template.render(event) == f"x 2 /tmp/a word {event.uuid}"


@pytest.mark.parametrize("field", ["data", "errors", "tags", "timestamp", "tmp", "ttl", "uuid"])
def test_every_field_of_an_event_can_be_used(field):
    event = Event("hello")
    assert Template(f"{{{{ {field} }}}}").render(event) == str(event.get(field))


def test_a_template_reads_the_fields_of_a_log():
    assert Template("{{ data.module }}").render(Event(Log(1.0, 6, 1, "input", "hello"))) == "input"


def test_statements_and_comments_work_and_the_last_newline_is_kept():
    template = Template("{# why #}{% for tag in tags %}<{{ tag }}>{% endfor %}\n")
    event = Event()
    event.tags.extend(["a", "b"])
    assert template.render(event) == "<a><b>\n"


def test_a_payload_is_never_rendered():
    event = Event({"text": "{{ 7 * 7 }}{% raw %}{#", "name": "x"})
    assert Template("{{ data.text }}").render(event) == "{{ 7 * 7 }}{% raw %}{#"


@pytest.mark.parametrize("statement", ["include", "import", "extends"])
def test_a_payload_cannot_include_a_template(statement):
    text = f"{{% {statement} data {'as x ' if statement == 'import' else ''}%}}"
    with pytest.raises(
        ConfigError, match=f"cannot be read: line 1: the statement '{statement}' is not available"
    ):
        Template(text)


def test_a_missing_field_is_an_error_of_the_event():
    with pytest.raises(InvalidData, match=r"The template '{{ data.usr }}' cannot be filled in: .* 'usr'"):
        Template("{{ data.usr }}").render(Event({"user": "x"}))


def test_a_failure_on_an_event_is_an_error_of_the_event():
    with pytest.raises(InvalidData, match="cannot be filled in") as caught:
        Template("{{ 1 / data }}").render(Event(0))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''|attr('__class__') }}",
        "{{ ''['__class__'] }}",
        "{{ data.__class__ }}",
        "{{ '{0.__class__}'.format(data) }}",
        "{{ data.format(tags) }}",
        "{{ greet.__globals__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ tags.append('x') }}",
        "{{ tmp.clear() }}",
    ],
)
def test_the_sandbox_refuses_access_beyond_the_event(text):
    event = Event("{0.__class__}")
    before = event.dump()
    with pytest.raises((InvalidData, ConfigError), match=r"cannot be filled in|cannot be read|no event has"):
        Template(text, {"greet": lambda: "hi"}).render(event)
    assert event.dump() == before


@pytest.mark.parametrize(
    "text", ["{{ user }}", "{{ event.data }}", "{% if usr %}x{% endif %}", "{{ acknowledgement }}"]
)
def test_an_unknown_name_is_refused_when_the_template_is_compiled(text):
    with pytest.raises(ConfigError, match="which no event has: the payload is 'data'"):
        Template(text)


@pytest.mark.parametrize("text", ["{{ data", "{% if data %}", "{{ data | nofilter }}", "{% bogus %}"])
def test_an_invalid_text_is_refused_when_the_template_is_compiled(text):
    with pytest.raises(ConfigError, match="cannot be read"):
        Template(text)


def test_a_template_calls_the_functions_it_is_given():
    template = Template("{{ double(data) }}", {"double": lambda value: value * 2})
    assert template.render(Event(21)) == "42"


def test_the_result_of_a_function_is_not_rendered():
    assert Template("{{ f() }}", {"f": lambda: "{{ data }}"}).render(Event("x")) == "{{ data }}"


def test_functions_of_one_template_are_unknown_to_another():
    Template("{{ f() }}", {"f": str})
    with pytest.raises(ConfigError, match="names f, which no event has"):
        Template("{{ f() }}")


def test_a_template_shows_its_text():
    assert repr(Template("{{ data }}")) == "Template('{{ data }}')"


def test_a_configuration_may_hold_a_text_or_a_template():
    template = Template("x")
    assert Template.from_argument(template, {}) is template
    assert Template.from_argument("y", {}).text == "y"
    assert Template.from_argument(5, {}).text == "5"
    with pytest.raises(TypeError, match="Expected a template"):
        Template.from_argument([5], {})


def test_a_part_of_the_payload_comes_before_a_method_of_python():
    template = Template(
        "{% for name, value in data.items() %}{{ name }}={{ value }} {% endfor %}{{ data.get }}"
    )
    assert template.render(Event({"get": 1})) == "get=1 1"
    with pytest.raises(InvalidData, match="has no attribute 'get'"):
        template.render(Event({"x": 1}))


def test_names_of_the_event_are_known_in_all_statements():
    text = "{% set x %}<{{ data }}>{% endset %}{% with y = data %}{{ x }}{{ y }}{{ uuid }}{% endwith %}"
    text += (
        "{% filter upper %}{{ data }}{% endfilter %}{% for z in tags if data %}{{ z }}{{ data }}{% endfor %}"
    )
    event = Event("x")
    event.tags.append("a")
    assert Template(text).render(event) == f"<x>x{event.uuid}Xax"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{% macro m() %}x{% endmacro %}", "line 1: the statement 'macro' is not available"),
        (
            "\n{% for x in data recursive %}{{ loop(x) }}{% endfor %}",
            "line 2: a recursive loop is not available",
        ),
        ("{% block b %}{% endblock %}", "the statement 'block' is not available"),
        ("{{ data|uper }}", "line 1: the filter 'uper' is not available. Did you mean 'upper'?"),
        ("{{ data|wordwrap }}", "the filter 'wordwrap' is not available. "),
        ("{{ data is strin }}", "the test 'strin' is not available. Did you mean 'string'?"),
        ("{{ data.stripp() }}", "the method 'stripp' is not available. Did you mean 'strip'?"),
        ("{{ data.encode('idna') }}", "the method 'encode' is not available"),
        ("{{ data() }}", "the function 'data' is not available"),
        ("{{ rnge(5) }}", "names rnge, which no event has"),
        ("{{ (data or tags)() }}", "a call is possible by name only"),
        ("{{ data|map(data.name) }}", "the filter that 'map' applies must be written as a text"),
        ("{{ data|map('attr', 'x') }}", "the filter 'attr' is not available"),
        ("{{ data|map('map', 'upper') }}", "'map' cannot apply the filter 'map'"),
        ("{{ data|map('format', 1) }}", "'map' cannot apply the filter 'format'"),
        ("{{ data|selectattr('x', data.test) }}", "the test that 'selectattr' applies must be written"),
        ("{{ data|reject('callable') }}", "the test 'callable' is not available"),
        ("{{ data|join(*data.x) }}", "arguments after '*' and '**' are not available"),
        ("{{ data.x|format(1) }}", "a format must be written in the template itself"),
        ("{{ data.x.format(1) }}", "a format must be written in the template itself"),
        ("{% set x.y = 1 %}", "the assignment to a part of a variable is not available"),
    ],
)
def test_what_is_not_available_is_refused_when_the_template_is_compiled(text, message):
    with pytest.raises(ConfigError) as caught:
        Template(text)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_variable_does_not_hide_a_function():
    with pytest.raises(InvalidData, match="str is not a function"):
        Template("{% set range = data %}{{ range(1) }}").render(Event("x"))
