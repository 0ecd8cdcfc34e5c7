from __future__ import annotations

import pytest

from wishbone import Actor, module
from wishbone.error import NoSuchModule


@pytest.mark.parametrize("name", ["InputModule", "OutputModule", "FunctionModule", "FlowModule"])
def test_the_bases_are_actors(name):
    assert issubclass(getattr(module, name), Actor)


def test_an_installed_class_is_imported_by_its_name_when_asked_for(site):
    site.install(
        "made-up",
        "[wishbone.flow]\nup = made_up:Upward",
        made_up="from wishbone.module import FlowModule\nclass Upward(FlowModule): pass",
    )
    printed = site.run(
        """
        import wishbone.module
        print("made_up" in sys.modules)
        from wishbone.module import Upward
        print(Upward is sys.modules["made_up"].Upward)
        """,
    )
    assert printed == ["False", "True"]


def test_a_class_that_is_not_installed_is_an_import_error_that_says_what_is():
    with pytest.raises(ImportError, match="No installed module has a class 'Qantum'"):
        from wishbone.module import Qantum  # noqa: F401 - it does not exist
    with pytest.raises(NoSuchModule):
        module.Qantum  # noqa: B018 - asking is the test


def test_private_names_are_not_modules():
    with pytest.raises(AttributeError):
        module._missing  # noqa: B018 - asking is the test
    assert not hasattr(module, "__wrapped__")
