from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wishbone.arguments import Template
from wishbone.error import InvalidData
from wishbone_output_file import File
from wishbone_output_file.open_file import CannotOpenError, open_file
from wishbone_output_file.path_template import MAX_NAME, FilePath, PathTemplate
from wishbone_testing import Harness

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

PIECES = st.sampled_from(["..", ".", "/", "a", "~", "\0", "\n", "link", " ", "é", "\ud800", "-", "\\", "%2e"])


@pytest.mark.parametrize(
    "name",
    [
        *("..", ".", "", "../x", "a/../../x", "/etc/passwd", "a//b", "a/"),
        *("a\0b", "a\nb", "\x1b[2J", "a\ud800", "a/" * 3000 + "b"),
        *("app.log.20261123T160501.000000Z", "app.log.20261123T160501.000000Z.gz.part"),
    ],
)
def test_a_payload_that_is_not_a_valid_name_fails_its_event(tmp_path, name):
    base = tmp_path / "base"
    with Harness(File, {"path": str(base / "{{ data }}")}) as file:
        file.feed(name)
        assert file.receive("failed").errors["module"]["type"].endswith("InvalidData")
    assert [*base.iterdir()] == []
    assert [*tmp_path.iterdir()] == [base]


@pytest.mark.parametrize("base", [None, "logs"])
def test_a_template_may_have_folders(tmp_path, monkeypatch, base):
    monkeypatch.chdir(tmp_path)
    path = "{{ data.host }}/{{ data.app }}.log"
    arguments = {"path": path if base else f"logs/{path}", "base": base, "encoder": {"plain": {}}}
    with Harness(File, arguments) as file:
        assert file.feed_acknowledged({"host": "web", "app": "cart"}).wait().acknowledged
    assert (tmp_path / "logs" / "web" / "cart.log").exists()


@pytest.mark.parametrize("link", ["a", "a/b"])
def test_a_link_below_the_base_is_not_followed(tmp_path, link):
    outside, base = tmp_path / "outside", tmp_path / "base"
    outside.mkdir()
    (base / link).parent.mkdir(parents=True)
    (base / link).symlink_to(outside if link == "a" else outside / "file")
    with Harness(File, {"path": "{{ data }}", "base": str(base)}, unconnected=("failed",)) as file:
        assert file.feed_acknowledged("a/b").wait().failed
        assert "link" in file.messages()[0]
    assert [*outside.iterdir()] == []


def test_a_link_that_takes_the_place_of_an_open_file_is_not_followed(tmp_path):
    outside, base = tmp_path / "outside", tmp_path / "base"
    outside.write_text("")
    with Harness(File, {"path": str(base / "{{ data }}")}, unconnected=("failed", "success")) as file:
        assert file.feed_acknowledged("a").wait().acknowledged
        (base / "a").unlink()
        (base / "a").symlink_to(outside)
        assert file.feed_acknowledged("a").wait().failed
    assert outside.read_text() == ""


def test_the_base_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "base").symlink_to(tmp_path / "real")
    with Harness(File, {"path": "{{ data }}", "base": str(tmp_path / "base")}) as file:
        assert file.feed_acknowledged("a").wait().acknowledged
    assert (tmp_path / "real" / "a").read_text() == "a\n"


def test_long_names_that_differ_stay_different_and_are_legal(tmp_path):
    names = ["é" * 300 + end for end in "ab"]
    with Harness(File, {"path": "{{ data }}", "base": str(tmp_path)}) as file:
        assert all(file.feed_acknowledged(name).wait().acknowledged for name in names)
    found = sorted(tmp_path.iterdir())
    assert {path.read_text().strip() for path in found} == {*names}
    assert all(len(os.fsencode(path.name)) <= MAX_NAME for path in found)


@given(st.lists(PIECES, max_size=6).map("".join) | st.text(max_size=300))
@example("link/x")
@example("link")
@example("é" * 101)
def test_whatever_a_path_is_rendered_to_the_file_is_below_the_base(rendered):
    with TemporaryDirectory() as folder:
        base, outside = Path(folder, "base"), Path(folder, "outside")
        base.mkdir()
        outside.mkdir()
        (base / "link").symlink_to(outside)
        places = PathTemplate(Template("{{ data }}"), str(base))
        try:
            opened = open_file(places.check(rendered), 0o600)
        except (InvalidData, CannotOpenError):
            made = {*Path(folder).rglob("*")} - {base, outside, base / "link"}
            assert all(path.is_dir() and base in path.parents for path in made)
            return
        real = Path(f"/proc/self/fd/{opened.descriptor}").readlink()
        opened.close()
        assert base in real.parents
        assert [*outside.iterdir()] == []


def test_a_path_that_does_not_begin_as_its_template_does_is_refused():
    places = PathTemplate(Template("/var/log/ {%- if data %}x{% endif %}"), None)
    with pytest.raises(InvalidData, match="does not begin with '/var/log/'"):
        places.check("/var/lo")


def test_says_what_to_do_when_too_many_files_are_open(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("wishbone_output_file.open_file.open_folder", refuse)
    with pytest.raises(CannotOpenError, match="lower 'max_open' or raise ulimit -n"):
        open_file(FilePath(str(tmp_path), ("out.log",)), 0o640)
