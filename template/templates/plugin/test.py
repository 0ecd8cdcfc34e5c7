from __future__ import annotations

import {{ cookiecutter.__import }}
from wishbone.event import Event
from wishbone.discovery.plugins import Plugins
from wishbone.arguments import Template
from wishbone_testing.conformance import PluginConformance


class TestConformance(PluginConformance):
    module = {{ cookiecutter.__import }}


def test_templates_can_call_it():
    names = {}
    for functions in Plugins(strict=True).call("register_template_functions"):
        names |= functions
    template = Template("{% raw %}{{{% endraw %} {{ cookiecutter.name }}(data) {% raw %}}}{% endraw %}", names)
    assert template.render(Event("hello")) == "HELLO"
