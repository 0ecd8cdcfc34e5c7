"""The snippets of the READMEs work."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from packages import FOLDERS, ROOT

from wishbone.router import Default
from wishbone_cli.bootstrap import load

FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Anything(defaultdict):
    """An environment in which every variable is set."""

    def __init__(self):
        super().__init__(lambda: "1")

    def __contains__(self, name):
        return True

    def get(self, name, default=None):
        return self[name] if default is None else default


def blocks(language, beginning=""):
    for path in (ROOT / "README.md", *(folder / "README.md" for folder in FOLDERS)):
        for number, block in enumerate(FENCE.finditer(path.read_text(encoding="utf-8"))):
            if block["language"] == language and block["text"].startswith(beginning):
                yield pytest.param(block["text"], id=f"{path.parent.name}-{number}")


@pytest.mark.parametrize("text", [*blocks("yaml", "modules:")])
def test_a_bootstrap_file_can_be_run(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shown.yaml").write_text(text, encoding="utf-8")
    load(["shown.yaml"], Default(), environment=Anything())


@pytest.mark.parametrize("text", [*blocks("python")])
def test_code_can_be_compiled(text):
    compile(text, "README.md", "exec")
