from __future__ import annotations

from importlib.metadata import entry_points

import {{ cookiecutter.__import }}
from wishbone.event import Event
from wishbone.plugin import Plugins
from wishbone.template import Template


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone", name="{{ cookiecutter.name }}")
    assert entry_point.load() is {{ cookiecutter.__import }}
    assert "{{ cookiecutter.name }}" in Plugins(strict=True).names


def test_templates_can_call_it():
    (functions,) = Plugins(strict=True).call("register_template_functions")
    template = Template("{% raw %}{{{% endraw %} {{ cookiecutter.name }}(data) {% raw %}}}{% endraw %}", functions)
    assert template.render(Event("hello")) == "HELLO"
