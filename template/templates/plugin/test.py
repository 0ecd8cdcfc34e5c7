from __future__ import annotations

from typing import TYPE_CHECKING

import {{ cookiecutter.__import }}
from wishbone.arguments import Template
from wishbone.discovery.plugins import Plugins
from wishbone.event import Event
from wishbone_testing.conformance import PluginConformance

if TYPE_CHECKING:
    from collections.abc import Callable


class TestConformance(PluginConformance):
    module = {{ cookiecutter.__import }}


def test_templates_can_call_it() -> None:
    names: dict[str, Callable[..., object]] = {}
    for functions in Plugins(strict=True).call("register_template_functions"):
        names |= functions
    template = Template("{% raw %}{{{% endraw %} {{ cookiecutter.name }}(data) {% raw %}}}{% endraw %}", names)
    assert template.render(Event("hello")) == "HELLO"
