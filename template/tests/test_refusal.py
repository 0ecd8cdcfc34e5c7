from __future__ import annotations

import pytest
from baking import bake


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"name": ""}, "A module cannot be called ''"),
        ({"name": "a.b"}, "A module cannot be called 'a.b'"),
        ({"name": "a b"}, "A module cannot be called 'a b'"),
        ({"name": "a-b"}, "A module cannot be called 'a-b'"),
        ({"name": "Upper"}, "A module cannot be called 'Upper'"),
        ({"name": "1st"}, "A module cannot be called '1st'"),
        ({"name": "_hidden"}, "A module cannot be called '_hidden'"),
        ({"name": "../outside"}, "A module cannot be called '../outside'"),
        ({"name": "a/b"}, "A module cannot be called 'a/b'"),
        ({"name": "ümlaut"}, "A module cannot be called 'ümlaut'"),
        ({"name": "it's"}, 'A module cannot be called "it\'s"'),
        ({"name": "lambda"}, "'lambda', a keyword of Python"),
        ({"name": "input_module"}, "would hide one of wishbone's"),
        ({"name": "a" * 25}, "has 25 characters"),
        ({"description": ""}, "The description is empty"),
        ({"description": "."}, "The description is empty"),
        ({"description": 'says "hi"'}, "without double quotes"),
        ({"description": "two\nlines"}, "must be one line"),
        ({"description": "d" * 81}, "has 81 characters"),
        ({"author": ""}, "The author is empty"),
        ({"author": "back\\slash"}, "without double quotes and backslashes"),
        ({"kind": "outptu"}, "outptu"),
    ],
)
def test_bad_answers_are_refused_and_leave_nothing_behind(tmp_path, answers, message):
    output = tmp_path / "baked"
    output.mkdir()
    answers = {"kind": "input", **answers}
    finished = bake(output, answers.pop("kind"), check=False, **answers)
    assert finished.returncode != 0
    assert message in finished.stderr + finished.stdout
    assert list(output.iterdir()) == []


def test_what_is_there_already_is_left_alone(tmp_path):
    package = tmp_path / "baked" / "wishbone-input-my-thing"
    package.mkdir(parents=True)
    (package / "mine").touch()
    assert bake(package.parent, "input", check=False).returncode != 0
    assert [path.name for path in package.iterdir()] == ["mine"]
