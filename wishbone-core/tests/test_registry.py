from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from importlib_metadata import EntryPoint

from wishbone.discovery.registry import PUBLISHED_GROUP, Registry
from wishbone.error import InvalidModule, NoSuchModule


def registry(*entry_points):
    return Registry(EntryPoint(*entry_point) for entry_point in entry_points)


GENERATOR = ("generator", "made_up:Generator", "wishbone.input")
FANOUT = ("fanout", "made_up.flow:Fanout", "wishbone.flow")
REQUIREMENTS = {
    "wishbone.decode.csv": "made-up-csv",
    "wishbone.flow.funnel": "made-up-funnel",
    "wishbone.output.file": '"made-up-file>=4"',
}
PUBLISHED = ("made-up", "made_up_table:REQUIREMENTS", PUBLISHED_GROUP)


@pytest.fixture(autouse=True)
def _table(monkeypatch):
    monkeypatch.setitem(sys.modules, "made_up_table", SimpleNamespace(REQUIREMENTS=REQUIREMENTS))


def test_offers_are_found_by_group_and_name():
    offer = registry(GENERATOR).find("wishbone.input.generator")
    assert offer.full_name == "wishbone.input.generator"
    assert offer.class_name == "Generator"
    assert offer.target == "made_up:Generator"
    assert offer.distribution == "an unknown distribution"


def test_offers_of_other_projects_are_ignored():
    found = registry(("x", "a:b", "console_scripts"), ("y", "a:b", "wishbones.input"), GENERATOR)
    assert [offer.name for offer in found.modules()] == ["generator"]
    assert found.offers("console_scripts") == found.offers("wishbones.input") == []


def test_modules_are_ordered_by_kind_and_name_and_hold_no_codecs_or_plugins():
    found = registry(
        FANOUT,
        ("b", "m:B", "wishbone.input"),
        ("a", "m:A", "wishbone.input"),
        ("json", "m:J", "wishbone.decode"),
        ("plugin", "m", "wishbone"),
    )
    assert [offer.full_name for offer in found.modules()] == [
        "wishbone.input.a",
        "wishbone.input.b",
        "wishbone.flow.fanout",
    ]
    assert [offer.name for offer in found.offers("wishbone.decode")] == ["json"]
    assert [offer.full_name for offer in found.codecs()] == ["wishbone.decode.json"]


def test_an_unknown_name_is_reported_with_a_suggestion_and_the_installed_names():
    with pytest.raises(NoSuchModule) as caught:
        registry(GENERATOR, FANOUT).find("wishbone.input.generater")
    assert str(caught.value) == (
        "No module 'wishbone.input.generater' is installed. Did you mean 'wishbone.input.generator'?"
        " There are: wishbone.flow.fanout, wishbone.input.generator."
    )


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("wishbone.flow.generator", "wishbone.input.generator"),
        ("wishbone.inptu.generater", "wishbone.input.generator"),
        ("generator", "wishbone.input.generator"),
        ("wishbone.output.tpc", "wishbone.output.tcp"),
        ("wishbone.input.tcp2", "wishbone.input.tcp"),
    ],
)
def test_the_last_part_of_a_name_decides_the_suggestion(name, near):
    found = registry(GENERATOR, FANOUT, ("tcp", "m:T", "wishbone.input"), ("tcp", "m:T", "wishbone.output"))
    with pytest.raises(NoSuchModule, match=f"Did you mean '{near}'"):
        found.find(name)


def test_a_name_with_only_a_known_kind_has_no_suggestion():
    with pytest.raises(NoSuchModule) as caught:
        registry(GENERATOR, FANOUT).find("wishbone.input.quantum")
    assert "Did you mean" not in str(caught.value)


def test_an_unknown_codec_is_reported_with_the_codecs_of_its_direction():
    found = registry(GENERATOR, ("json", "m:D", "wishbone.decode"), ("jsonl", "m:E", "wishbone.encode"))
    with pytest.raises(NoSuchModule) as caught:
        found.find("wishbone.decode.jsn")
    assert str(caught.value) == (
        "No codec 'wishbone.decode.jsn' is installed. Did you mean 'wishbone.decode.json'?"
        " There are: wishbone.decode.json."
    )


@pytest.mark.parametrize(("name", "requirement"), REQUIREMENTS.items())
def test_a_missing_name_that_is_published_says_what_to_install(name, requirement):
    with pytest.raises(NoSuchModule, match=f"Install it: pip install {requirement}\\."):
        registry(("other", "m:O", "wishbone.output"), PUBLISHED).find(name)


def test_a_name_near_a_published_one_says_what_to_install():
    with pytest.raises(
        NoSuchModule, match=r"Did you mean 'wishbone\.flow\.funnel'\? .* pip install made-up-funnel\."
    ):
        registry(("x", "m:O", "wishbone.output"), PUBLISHED).find("wishbone.flow.funel")


@pytest.mark.parametrize("name", ["acme.metrics.quantum-consumer", "quantum", "", ".", "my.own.thing"])
def test_an_unknown_name_is_reported_without_a_package_to_install(name):
    with pytest.raises(NoSuchModule) as caught:
        registry(GENERATOR, PUBLISHED).find(name)
    assert "pip install" not in str(caught.value)
    assert "There are: wishbone.input.generator." in str(caught.value)


def test_without_a_published_mapping_no_package_is_named():
    with pytest.raises(NoSuchModule) as caught:
        registry(GENERATOR).find("wishbone.flow.funnel")
    assert str(caught.value) == (
        "No module 'wishbone.flow.funnel' is installed. There are: wishbone.input.generator."
    )


def test_an_empty_environment_is_reported_as_such():
    with pytest.raises(NoSuchModule, match=r"is installed\. There are none\."):
        registry().find("wishbone.output.quantum")


def test_a_missing_class_that_is_published_says_what_to_install():
    with pytest.raises(NoSuchModule, match=r"class 'Funnel'\. Install it: pip install made-up-funnel\."):
        registry(FANOUT, PUBLISHED).find_class("Funnel")


def test_the_import_of_a_missing_class_says_what_is_installed():
    with pytest.raises(ImportError, match=r"No installed module has a class 'NoSuchThing'\. "):
        from wishbone.module import NoSuchThing  # noqa: F401


def test_a_missing_class_suggests_a_name():
    with pytest.raises(NoSuchModule, match=r"Did you mean 'Fanout'\? There are: Fanout\.") as caught:
        registry(FANOUT).find_class("Fannout")
    assert "pip install" not in str(caught.value)


def test_a_name_offered_by_two_distributions_is_an_error_when_it_is_used(site):
    for owner in ("one", "two"):
        site.install(
            f"made-up-{owner}",
            f"[wishbone.input]\nsame=made_up_{owner}:Same\n{owner}=made_up_{owner}:Own\n",
        )
    found = site.registry
    assert found.find("wishbone.input.one").distribution == "made-up-one"
    assert len(found.offers("wishbone.input")) == 4
    for use in (lambda: found.find("wishbone.input.same"), lambda: found.find_class("Same")):
        with pytest.raises(InvalidModule, match=r"is offered by made-up-") as caught:
            use()
        assert "made-up-one 1.0" in str(caught.value)
        assert "made-up-two 1.0: uninstall all but one." in str(caught.value) or "made-up-two 1.0 and" in str(
            caught.value
        )


def test_an_ambiguous_class_name_is_reported_with_the_import_of_each():
    found = registry(
        ("tcp", "wishbone_input_socket:Tcp", "wishbone.input"),
        ("tcp", "wishbone_output_socket.tcp:Tcp", "wishbone.output"),
        ("funnel", "made_up:Funnel", "wishbone.flow"),
    )
    with pytest.raises(InvalidModule) as caught:
        found.find_class("Tcp")
    assert str(caught.value) == (
        "wishbone.input.tcp and wishbone.output.tcp each have a class 'Tcp': write 'from"
        " wishbone_input_socket import Tcp' or 'from wishbone_output_socket.tcp import Tcp' to say which one"
        " is meant."
    )
    assert found.find_class("Funnel").full_name == "wishbone.flow.funnel"


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (
            "import no_such_package_anywhere",
            "ModuleNotFoundError: No module named 'no_such_package_anywhere'",
        ),
        ("1 / 0", r"ZeroDivisionError: division by zero \(.*made_up_broken.py, line 1\)"),
        ("class Other: pass", "AttributeError: .*Broken"),
        ("import sys; sys.exit('not on this machine')", "SystemExit: not on this machine"),
        ("def", "SyntaxError"),
    ],
)
def test_a_failed_import_is_reported_with_its_distribution_and_cause(site, code, cause):
    site.install("made-up", "[wishbone.input]\nbroken = made_up_broken:Broken", "2.3", made_up_broken=code)
    found = site.registry
    expected = (
        rf"'wishbone\.input\.broken' of made-up 2\.3 cannot be imported from 'made_up_broken:Broken': {cause}"
    )
    with pytest.raises(InvalidModule, match=expected):
        found.load("wishbone.input.broken")


@pytest.mark.parametrize(
    ("group", "code", "base"),
    [
        ("input", "from wishbone.module import OutputModule\nclass Wrong(OutputModule): pass", "InputModule"),
        ("output", "class Wrong: pass", "OutputModule"),
        ("function", "def Wrong(event): pass", "FunctionModule"),
        ("flow", "from wishbone import Actor\nclass Wrong(Actor): pass", "FlowModule"),
        ("decode", "from wishbone.codec import Encoder\nclass Wrong(Encoder): pass", "Decoder"),
        ("encode", "class Wrong: pass", "Encoder"),
    ],
)
def test_a_class_without_the_base_of_its_group_is_refused(site, group, code, base):
    module = f"made_up_{group}"
    site.install("made-up", f"[wishbone.{group}]\nwrong = {module}:Wrong", **{module: code})
    expected = rf"{group}\.wrong' of made-up cannot be used: '{module}:Wrong' must be a class .*\.{base}\."
    with pytest.raises(InvalidModule, match=expected):
        site.registry.load(f"wishbone.{group}.wrong")


def test_listing_names_imports_nothing_and_use_imports_one_module(site):
    source = "from wishbone.module import FlowModule\nclass {0}(FlowModule): pass"
    site.install(
        "made-up",
        "[wishbone.flow]\nup = made_up:Up\ndown = made_down:Down",
        made_up=source.format("Up"),
        made_down=source.format("Down"),
    )
    printed = site.run(
        """
        from wishbone.discovery.registry import Registry
        names = [offer.full_name for offer in Registry.installed().modules()]
        print({"wishbone.flow.up", "wishbone.flow.down"} <= set(names))
        print("made_up" in sys.modules, "made_down" in sys.modules)
        Registry.installed().load("wishbone.flow.up")
        print("made_up" in sys.modules, "made_down" in sys.modules)
        """,
    )  # fmt: skip
    assert printed == ["True", "False", "False", "True", "False"]


def test_the_installed_distributions_are_read_once_per_process(site):
    printed = site.run(
        """
        import importlib_metadata
        scans = []
        scan = importlib_metadata.entry_points
        importlib_metadata.entry_points = lambda **wanted: scans.append(1) or scan(**wanted)
        from wishbone.discovery.registry import Registry
        from wishbone.router import Default
        Registry.installed().modules(); Default(); Default()
        print(len(scans))
        """,
    )
    assert printed == ["1"]


@pytest.mark.parametrize("metadata", [None, "Metadata-Version: 2.1\n"])
def test_a_distribution_without_metadata_hides_no_other(site, metadata):
    site.install("whole", "[wishbone.input]\nwhole = made_up:Whole\n")
    site.install("half", "[wishbone.input]\nhalf = made_up_half:Half\n")
    file = site.folder / "half-1.0.dist-info" / "METADATA"
    file.unlink()
    if metadata is not None:
        file.write_text(metadata, "utf-8")
    assert [offer.name for offer in site.registry.modules()] == ["half", "whole"]
    with pytest.raises(InvalidModule, match="half' of an unknown distribution"):
        site.registry.load("wishbone.input.half")


OLD = "from wishbone.module import OutputModule\nclass Old(OutputModule): pass"
IS_OF_2018 = "'wishbone.output.file' of {0} 3.0.0 is a module of the Wishbone project of 2018"


@pytest.mark.parametrize("requires", ["wishbone", "wishbone (>=3)", "wishbone>=3", "Wishbone[all]==3.1.3"])
def test_a_module_of_the_project_of_2018_is_refused_with_what_to_do(site, requires):
    site.install("made-up", "[wishbone.output]\nfile = made_up_old:Old", "3.0.0", made_up_old=OLD)
    file = site.folder / "made_up-3.0.0.dist-info" / "METADATA"
    file.write_text(file.read_text("utf-8") + f"Requires-Dist: {requires}\n", "utf-8")
    expected = IS_OF_2018.format("made-up") + ".* Uninstall it: pip uninstall made-up"
    with pytest.raises(InvalidModule, match=expected):
        site.registry.load("wishbone.output.file")
    assert [offer.name for offer in site.registry.outdated()] == ["file"]


def test_a_module_for_this_core_is_preferred_to_one_of_2018(site):
    site.install("wishbone", "[wishbone.output]\nfile = made_up_old:Old", "3.0.0", made_up_old="1 / 0")
    site.install("made-up", "[wishbone.output]\nfile = made_up_new:Old", made_up_new=OLD)
    assert site.registry.load("wishbone.output.file").__module__ == "made_up_new"
