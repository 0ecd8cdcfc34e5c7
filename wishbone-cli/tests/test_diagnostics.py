"""Each file in `diagnostics` has errors; the text file beside it has what is reported about them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wishbone.router import Default
from wishbone_cli.bootstrap import BootstrapError, load

FOLDER = Path(__file__).parent / "diagnostics"
ENVIRONMENT = {"TEXT": "many", "STRUCTURE": "{a: [1, 2]}", "PASSWORD": "hunter2"}


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_an_invalid_file_is_reported_as_expected(name, registry, monkeypatch):
    monkeypatch.chdir(FOLDER)
    with pytest.raises(BootstrapError) as caught:
        load([f"{name}.yaml"], Default(registry=registry), environment=ENVIRONMENT)
    report = re.sub(r"\(\S*[/<]\S+, line \d+\)", "(FILE, line N)", str(caught.value)) + "\n"
    expected = FOLDER / f"{name}.txt"
    if not expected.exists():
        expected.write_text(report)
        pytest.fail(f"{expected} was missing and has been written: check it")
    assert report == expected.read_text()
    assert "hunter2" not in report or name == "secret_unknown_source"


def test_a_missing_file_is_reported():
    with pytest.raises(
        BootstrapError, match=r"^nowhere.yaml: The file 'nowhere.yaml' cannot be read: No such"
    ):
        load(["nowhere.yaml"], Default())


def test_errors_of_several_files_are_reported_together(tmp_path):
    (tmp_path / "a.yaml").write_text("modules: {a: {}}\n")
    (tmp_path / "b.toml").write_text("[modules.b]\nmodule = 3\n")
    with pytest.raises(BootstrapError) as caught:
        load([tmp_path], Default())
    assert [diagnostic.location.line for diagnostic in caught.value.diagnostics] == [1, 2]


@pytest.mark.usefixtures("modules")
@pytest.mark.parametrize("decoder", ["jsn", "{jsn: {max_size: 5}}"])
def test_a_codec_that_is_not_installed_is_reported(decoder, registry, tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        f"modules:\n  a:\n    module: wishbone.input.talker\n    arguments:\n      decoder: {decoder}\n"
    )
    with pytest.raises(BootstrapError) as caught:
        load([path], Default(registry=registry))
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.location.line, diagnostic.path) == (5, "modules.a.arguments.decoder")
    assert (
        "No codec 'wishbone.decode.jsn' is installed. Did you mean 'wishbone.decode.json'?"
        in diagnostic.message
    )
