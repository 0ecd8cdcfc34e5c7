"""A secret that something cut before it could be hidden."""

from __future__ import annotations

import json

import pytest

from wishbone.logging import MAX_MESSAGE_LENGTH, Logging, shorten
from wishbone.queue import Queue
from wishbone_cli.bootstrap import BootstrapError, Diagnostics, Secrets, load
from wishbone_cli.bootstrap.secret import MIN_CUT

SECRET = "HUNTZ2 " + "QXJZQ-VQWKX-9" * 10


@pytest.fixture
def secrets():
    secrets = Secrets()
    secrets.add(SECRET)
    return secrets


def parts(text):
    """Return the pieces of the secret that a text shows."""
    length = MIN_CUT
    return [
        SECRET[start : start + length]
        for start in range(len(SECRET) - length + 1)
        if SECRET[start : start + length] in text
    ]


@pytest.mark.parametrize("mark", ["…", "...", "'…", '"...'])
@pytest.mark.parametrize("length", [3, 8, 50, 100, len(SECRET) - 1])
def test_a_beginning_before_a_mark_is_hidden(secrets, mark, length):
    text = f"Found {SECRET[:length]}{mark} in 'a'"
    assert secrets.hide(text) == f"Found (secret){mark} in 'a'"


@pytest.mark.parametrize("length", [8, 50, 100])
def test_a_beginning_at_the_end_of_the_text_is_hidden(secrets, length):
    assert secrets.hide(f"password: {SECRET[:length]}") == "password: (secret)"
    assert secrets.hide(f"password: '{SECRET[:length]}'") == "password: '(secret)'"


@pytest.mark.parametrize("length", [3, 8, 50])
def test_an_end_after_a_mark_is_hidden(secrets, length):
    assert secrets.hide(f"… (200 characters) …{SECRET[-length:]} was refused") == (
        "… (200 characters) …(secret) was refused"
    )
    assert secrets.hide(f"...{SECRET[-length:]} was refused") == "...(secret) was refused"


def test_words_that_begin_like_a_secret_are_shown(secrets):
    assert secrets.hide("The HUNT and the QXJ… are here.") == "The HUNT and the QXJ… are here."


@pytest.mark.parametrize("before", [0, 40, MAX_MESSAGE_LENGTH - 600, MAX_MESSAGE_LENGTH])
@pytest.mark.parametrize("after", [0, 400, 3000])
def test_a_long_log_shows_no_part_of_a_secret(secrets, before, after):
    queue = Queue()
    early, late = Logging("m", queue), Logging("m", queue)
    message = "." * before + SECRET + "!" * after
    # What a module says while it is built is cut before the secrets are known.
    early.error(message)
    early.hide_secrets(secrets.hide)
    late.hide_secrets(secrets.hide)
    late.error(message)
    for event in (queue.get(block=False), queue.get(block=False)):
        assert parts(event.data.message) == []
        assert len(event.data.message) <= MAX_MESSAGE_LENGTH + len("(secret)") * 2


@pytest.mark.parametrize("offset", [*range(0, 60, 5)])
def test_an_error_in_a_file_shows_no_part_of_a_secret(tmp_path, offset):
    """The value in an error is cut at 50 characters, wherever the secret begins in it."""
    path = tmp_path / "pipeline.json"
    modules = {"b": {"module": 1, "arguments": {"a": {"!secret": "env:PASSWORD"}}}}
    path.write_text(json.dumps({"modules": {"a": "-" * offset + SECRET, **modules}}))
    with pytest.raises(BootstrapError) as raised:
        load([path], None, Diagnostics(Secrets()), {"PASSWORD": SECRET})
    assert parts(str(raised.value)) == []


def test_a_short_text_is_not_cut():
    assert shorten("x" * MAX_MESSAGE_LENGTH) == "x" * MAX_MESSAGE_LENGTH
    cut = shorten("a" * 1_000_000 + "z" * 400)
    assert len(cut) == MAX_MESSAGE_LENGTH
    assert "… (1000400 characters) …" in cut
    assert cut.endswith("z" * 400)
