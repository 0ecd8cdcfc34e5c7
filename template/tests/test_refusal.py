from __future__ import annotations

import pytest
from baking import bake


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"name": ""}, "The name '' is not valid"),
        ({"name": "a.b"}, "The name 'a.b' is not valid"),
        ({"name": "a b"}, "The name 'a b' is not valid"),
        ({"name": "a-b"}, "The name 'a-b' is not valid"),
        ({"name": "Upper"}, "The name 'Upper' is not valid"),
        ({"name": "1st"}, "The name '1st' is not valid"),
        ({"name": "_hidden"}, "The name '_hidden' is not valid"),
        ({"name": "../outside"}, "The name '../outside' is not valid"),
        ({"name": "a/b"}, "The name 'a/b' is not valid"),
        ({"name": "ümlaut"}, "The name 'ümlaut' is not valid"),
        ({"name": "it's"}, 'The name "it\'s" is not valid'),
        ({"name": "lambda"}, "'lambda' is a keyword of Python"),
        ({"name": "input_module"}, "would hide one of wishbone"),
        ({"name": "a" * 25}, "has 25 characters"),
        ({"description": " "}, "The description is empty"),
        ({"description": "."}, "The description is empty"),
        ({"description": 'says "hi"'}, "without double quotes"),
        ({"description": "two\nlines"}, "must be one line"),
        ({"description": "d" * 81}, "has 81 characters"),
        ({"author": ""}, "The author is empty"),
        ({"author": "back\\slash"}, "without double quotes and backslashes"),
        ({"kind": "outptu"}, "outptu"),
    ],
)
def test_invalid_answers_are_rejected_and_leave_nothing_behind(tmp_path, answers, message):
    output = tmp_path / "baked"
    output.mkdir()
    answers = {"kind": "input", **answers}
    finished = bake(output, answers.pop("kind"), check=False, **answers)
    assert finished.returncode != 0
    assert message in finished.stderr + finished.stdout
    assert list(output.iterdir()) == []


def test_an_existing_folder_is_not_changed(tmp_path):
    package = tmp_path / "baked" / "wishbone-input-my-thing"
    package.mkdir(parents=True)
    (package / "mine").touch()
    assert bake(package.parent, "input", check=False).returncode != 0
    assert [path.name for path in package.iterdir()] == ["mine"]
