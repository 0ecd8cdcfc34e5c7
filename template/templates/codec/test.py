from __future__ import annotations

from importlib.metadata import entry_points

import pytest

from {{ cookiecutter.__import }} import (
    {{ cookiecutter.__class }}Decoder,
    {{ cookiecutter.__class }}Encoder,
)


def test_is_installed():
    (decoder,) = entry_points(group="wishbone.decode", name="{{ cookiecutter.name }}")
    (encoder,) = entry_points(group="wishbone.encode", name="{{ cookiecutter.name }}")
    assert decoder.load() is {{ cookiecutter.__class }}Decoder
    assert encoder.load() is {{ cookiecutter.__class }}Encoder


@pytest.mark.parametrize("size", range(1, 9))
def test_decodes_what_was_encoded_wherever_it_is_cut(size):
    values = ["one", "", "zwölf"]
    data = b"".join(map({{ cookiecutter.__class }}Encoder().encode, values))
    decoder = {{ cookiecutter.__class }}Decoder()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert [value for piece in pieces for value in decoder.decode(piece)] == values
    assert list(decoder.flush()) == []


def test_gives_what_has_no_end_at_the_end():
    decoder = {{ cookiecutter.__class }}Decoder()
    assert list(decoder.decode(b"one\ntwo")) == ["one"]
    assert list(decoder.flush()) == ["two"]
    assert list(decoder.flush()) == []
