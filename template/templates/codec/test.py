from __future__ import annotations

import pytest

from wishbone.codec import BadFrame
from wishbone.error import InvalidData
from {{ cookiecutter.__import }} import (
    {{ cookiecutter.__class }}Decoder,
    {{ cookiecutter.__class }}Encoder,
)
from wishbone_testing.conformance import CodecConformance


class TestConformance(CodecConformance):
    decoder = {{ cookiecutter.__class }}Decoder
    encoder = {{ cookiecutter.__class }}Encoder
    values = ["one", "", "zwölf"]
    bad = b"\xff\n"


class TestConformanceWithALongDelimiter(CodecConformance):
    decoder = {{ cookiecutter.__class }}Decoder
    encoder = {{ cookiecutter.__class }}Encoder
    decoder_arguments = {"delimiter": "<->"}
    encoder_arguments = {"delimiter": "<->"}
    values = ["<", "->", "one<-two"]
    bad = b"\xff<->"


def test_returns_an_unfinished_text_at_the_end() -> None:
    decoder = {{ cookiecutter.__class }}Decoder()
    assert list(decoder.decode(b"one\ntwo")) == ["one"]
    assert list(decoder.flush()) == ["two"]
    assert list(decoder.flush()) == []


def test_reports_the_length_of_a_text_that_is_too_long() -> None:
    decoder = {{ cookiecutter.__class }}Decoder(max_size=3)
    assert list(decoder.decode(b"1234")) == []
    (bad,) = decoder.decode(b"56\n")
    assert isinstance(bad, BadFrame)
    assert "6 bytes" in str(bad.error)


@pytest.mark.parametrize("value", [1, None, "two\nlines", "\ud800"])
def test_rejects_what_could_not_be_decoded(value: object) -> None:
    with pytest.raises(InvalidData):
        {{ cookiecutter.__class }}Encoder().encode(value)
