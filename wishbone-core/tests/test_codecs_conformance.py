"""The codecs of the core pass the conformance suite."""

from __future__ import annotations

from wishbone.codecs.json import JsonDecoder, JsonEncoder
from wishbone.codecs.plain import PlainDecoder, PlainEncoder
from wishbone_testing.conformance import CodecConformance


class TestPlain(CodecConformance):
    decoder = PlainDecoder
    encoder = PlainEncoder
    values = ["one", "", "zwölf"]
    bad = b"\xff\n"


class TestPlainBytes(CodecConformance):
    decoder = PlainDecoder
    encoder = PlainEncoder
    decoder_arguments = {"delimiter": "\0", "encoding": None}
    encoder_arguments = {"delimiter": "\0"}
    values = [b"one", b"\xff", b""]

    def large(self, size):
        return b"x" * size


class TestPlainUtf16(CodecConformance):
    decoder = PlainDecoder
    encoder = PlainEncoder
    decoder_arguments = {"encoding": "utf-16-le"}
    encoder_arguments = {"encoding": "utf-16-le"}
    values = ["one", "\u0a0a", "zwölf"]
    bad = b"\x00\xd8\n\x00"


class TestJson(CodecConformance):
    decoder = JsonDecoder
    encoder = JsonEncoder
    values = ["one", 2, {"three": [3.5, None, "ü"]}]
    bad = b"{three: 3}\n"
