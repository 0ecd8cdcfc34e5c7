from __future__ import annotations

import gzip
import random
import zlib

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone.arguments import DecoderFactory, EncoderFactory
from wishbone.arguments.convert import convert_arguments
from wishbone.codec import BadFrame, Decoder
from wishbone.codecs.plain import PlainEncoder
from wishbone.error import InvalidData
from wishbone_codec_compression import GzipDecoder, GzipEncoder, ZstdDecoder, ZstdEncoder
from wishbone_testing.conformance import CodecConformance
from wishbone_testing.stream import assert_same_whatever_the_cuts, decode

KINDS = {
    "gzip": (GzipDecoder, GzipEncoder, gzip.compress),
    "zstd": (ZstdDecoder, ZstdEncoder, zstd.compress),
}
LINES = b"".join(b"line %d of many that are much alike\n" % number for number in range(20_000))


@pytest.fixture(params=[*KINDS])
def kind(request):
    return request.param


@pytest.fixture
def decoder(kind):
    return KINDS[kind][0]


@pytest.fixture
def encoder(kind):
    return KINDS[kind][1]


@pytest.fixture
def compress(kind):
    return KINDS[kind][2]


def pieces_of(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


class TestConformanceOfGzip(CodecConformance):
    decoder = GzipDecoder
    encoder = GzipEncoder
    decoder_arguments = {"decoder": "json"}
    values = ("one", {"two": 2}, 3)
    bad = b"\xff" * 99
    recovers = False


class TestConformanceOfZstd(TestConformanceOfGzip):
    decoder = ZstdDecoder
    encoder = ZstdEncoder


def test_it_wraps_any_codec_that_a_configuration_names(kind, decoder, encoder):
    arguments, problems = convert_arguments(
        decoder, {"decoder": {kind: {"decoder": {"plain": {"delimiter": ";"}}}}}
    )
    assert problems == []
    twice = decoder(**arguments)
    data = KINDS[kind][2](KINDS[kind][2](b"a;b"))
    assert decode(twice, data) == ["a", "b"]
    assert convert_arguments(encoder, {"encoder": {"jsn": {}}})[1][0].path == ("encoder",)


@pytest.mark.parametrize("sync", [True, False])
@given(
    kind=st.sampled_from([*KINDS]),
    values=st.lists(st.dictionaries(st.text(), st.integers(-(2**53), 2**53) | st.text())),
    size=st.integers(1, 99),
)
def test_encoded_values_are_decoded_wherever_they_are_cut(kind, sync, values, size):
    encoder = KINDS[kind][1](EncoderFactory("json"), sync=sync)
    stream = b"".join(map(encoder.encode, values)) + encoder.flush()
    decoder = KINDS[kind][0](DecoderFactory("json"))
    assert decode(decoder, *pieces_of(stream, size)) == values


def test_with_sync_each_value_can_be_read_at_once(decoder, encoder):
    writer, reader = encoder(), decoder(DecoderFactory("json"))
    for number in range(100):
        assert [*reader.decode(writer.encode({"n": number}))] == [{"n": number}]


def test_without_sync_values_become_smaller(encoder):
    sizes = []
    for sync in (True, False):
        writer = encoder(sync=sync)
        sizes.append(sum(len(writer.encode({"n": number})) for number in range(1000)) + len(writer.flush()))
    assert sizes[1] < sizes[0] / 2


def test_a_higher_level_makes_it_smaller(encoder):
    low, high = encoder(EncoderFactory("plain"), level=1), encoder(EncoderFactory("plain"), level=9)
    assert len(high.encode(LINES)) < len(low.encode(LINES))


def test_other_programs_read_the_output(kind, encoder):
    writer = encoder(EncoderFactory("plain"))
    stream = writer.encode("one") + writer.encode("two") + writer.flush()
    read = {"gzip": gzip.decompress, "zstd": zstd.decompress}[kind]
    assert read(stream) == b"one\ntwo\n"


def test_resuming_a_stream_resumes_the_other_encoder(encoder, decoder):
    begun, resumed = (encoder(EncoderFactory("plain", encoding="utf-16")) for _ in range(2))
    resumed.resume()
    stream = begun.encode("one") + begun.flush() + resumed.encode("two") + resumed.flush()
    assert decode(decoder(DecoderFactory("plain", encoding="utf-16")), stream) == ["one", "two"]


def test_a_value_that_the_other_encoder_refuses_does_not_damage_the_stream(encoder, decoder):
    writer = encoder()
    stream = writer.encode(1)
    with pytest.raises(InvalidData, match="cannot be written as JSON"):
        writer.encode(object())
    assert decode(decoder(DecoderFactory("json")), stream + writer.encode(2) + writer.flush()) == [1, 2]


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_streams_that_follow_each_other_are_one(decoder, compress, size):
    stream = compress(b"a\nb") + compress(b"") + compress(b"c\nd\n")
    assert decode(decoder(), *pieces_of(stream, size)) == ["a", "bc", "d"]


def test_an_empty_stream_has_no_values(decoder, compress):
    assert decode(decoder()) == []
    assert decode(decoder(), compress(b"")) == []


def test_zeros_after_a_gzip_member_are_skipped():
    assert decode(GzipDecoder(), gzip.compress(b"a\n") + b"\0" * 10, b"\0" + gzip.compress(b"b\n")) == [
        "a",
        "b",
    ]


def test_skippable_zstd_frames_are_skipped():
    skippable = b"\x5f\x2a\x4d\x18\x05\0\0\0" + b"\x28\xb5\x2f\xfdx"
    for size in (1, 2, 100):
        stream = (
            skippable
            + zstd.compress(b"a\n")
            + skippable
            + b"\x50\x2a\x4d\x18\0\0\0\0"
            + zstd.compress(b"b\n")
        )
        assert decode(ZstdDecoder(), *pieces_of(stream, size)) == ["a", "b"]


@pytest.mark.parametrize("level", [1, 3, 19])
@pytest.mark.parametrize("checksum", [0, 1])
def test_frames_of_zstd_of_all_shapes_are_read(level, checksum):
    options = {
        zstd.CompressionParameter.compression_level: level,
        zstd.CompressionParameter.checksum_flag: checksum,
    }
    for text in (b"x\n", b"\n" * 300_000, LINES, bytes(range(256)) * 600 + b"\n", b""):
        whole = zstd.compress(text, options=options)
        piecewise = zstd.ZstdCompressor(options=options)
        flushed = b"".join(
            piecewise.compress(part, piecewise.FLUSH_BLOCK) for part in pieces_of(text, 70_000)
        )
        for stream in (whole, flushed + piecewise.flush()):
            decoder = ZstdDecoder(DecoderFactory("plain", encoding=None))
            assert decode(decoder, *pieces_of(stream, 1000)) == text.split(b"\n")[:-1]


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_values_before_a_damage_are_delivered(decoder, compress, size):
    stream = bytearray(compress(LINES))
    middle = len(stream) // 2
    stream[middle : middle + 50] = b"\xff" * 50
    *found, bad = decode(decoder(), *pieces_of(bytes(stream), size), b"more")
    assert found[:5000] == LINES.decode().splitlines()[:5000]
    assert bad.startswith("The compressed stream is damaged")


@given(
    kind=st.sampled_from([*KINDS]),
    at=st.integers(0, 2000),
    byte=st.integers(1, 255),
    cuts=st.lists(st.integers(1, 300), min_size=1),
)
def test_values_do_not_depend_on_the_cuts_nor_on_damage(kind, at, byte, cuts):
    make, _, compress = KINDS[kind]
    text = b"".join(b"%d\n" % (number * number) for number in range(300))
    stream = bytearray(compress(text[:600]) + compress(text[600:]))
    stream[at % len(stream)] ^= byte
    pieces, start = [], 0
    for cut in cuts:
        pieces.append(bytes(stream[start : start + cut]))
        start += cut
    pieces.append(bytes(stream[start:]))
    assert_same_values(make, pieces)


@given(kind=st.sampled_from([*KINDS]), pieces=st.lists(st.binary()), begun=st.booleans())
def test_no_bytes_raise_anything_else(kind, pieces, begun):
    make, _, compress = KINDS[kind]
    assert_same_values(make, [compress(b"a\n")[: 9 if begun else None], *pieces])


@pytest.mark.long
@settings(max_examples=20_000)
@given(
    kind=st.sampled_from([*KINDS]),
    texts=st.lists(st.binary(max_size=2000), min_size=1, max_size=4),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 255)), max_size=3),
    cuts=st.lists(st.integers(1, 200), min_size=1, max_size=40),
)
def test_values_of_many_streams_do_not_depend_on_the_cuts(kind, texts, changes, cuts):
    make, _, compress = KINDS[kind]
    stream = bytearray(b"".join(map(compress, texts)))
    for at, byte in changes:
        stream[at % len(stream)] ^= byte
    pieces, start = [], 0
    for cut in cuts:
        pieces.append(bytes(stream[start : start + cut]))
        start += cut
    assert_same_values(make, [*pieces, bytes(stream[start:])])


def assert_same_values(make, pieces):
    inner = DecoderFactory("plain", max_size=50)
    assert_same_whatever_the_cuts(lambda: WithoutData(make(inner, max_expanded=3000)), pieces)


class WithoutData(Decoder):
    """Removes the compressed bytes from bad frames: how many had come depends on the cuts."""

    def __init__(self, decoder):
        self.decoder = decoder

    def decode(self, data):
        return map(self.bare, self.decoder.decode(data))

    def flush(self):
        return map(self.bare, self.decoder.flush())

    def bare(self, value):
        return BadFrame(b"", value.error) if isinstance(value, BadFrame) else value


def test_a_damaged_stream_fails_as_it_came(decoder, compress):
    stream = compress(b"one\n") + b"no such thing"
    (bad,) = (value for value in decoder().decode(stream) if isinstance(value, BadFrame))
    assert (bad.data, bad.truncated) == (stream, False)
    cut = decoder()
    values = [*cut.decode(stream[:-20]), *cut.flush()]
    assert values[-1].data == stream[:-20]


def test_of_a_long_damaged_stream_the_beginning_fails(decoder, compress):
    stream = compress(random.Random(0).randbytes(100_000)) + b"no such thing"
    *_, bad = decoder(DecoderFactory("plain", encoding=None)).decode(stream)
    assert (bad.data, bad.truncated) == (stream[: 1 << 16], True)


def test_an_encoder_that_is_resumed_passes_the_beginning_on(encoder, compress):
    class Resumed(PlainEncoder):
        beginnings = []

        def resume(self, beginning=b""):
            self.beginnings.append(beginning)

    for beginning in (compress(b"name,role\n"), b"no such thing"):
        encoder(Resumed).resume(beginning)
    assert Resumed.beginnings == [b"name,role\n", b""]


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_a_stream_that_ends_too_early_is_an_error_without_a_partial_value(decoder, compress, size):
    stream = compress(b"one\ntwo\nthree")
    found = decode(decoder(), *pieces_of(stream[:-3], size))
    assert found[-1].startswith("The compressed stream ends too early")
    assert {*found[:-1]} <= {"one", "two"}


def bomb(kind, size):
    """Return a stream that expands to zeros, a thousand times and more its size."""
    if kind == "gzip":
        member = zlib.compressobj(9, zlib.DEFLATED, 31)
        return b"".join(member.compress(bytes(1 << 20)) for _ in range(size >> 20)) + member.flush()
    frame = zstd.ZstdCompressor(19)
    return b"".join(frame.compress(bytes(1 << 20)) for _ in range(size >> 20)) + frame.flush()


def test_a_bomb_is_cut_at_the_limit(kind, decoder):
    stream = bomb(kind, 32 << 20)
    wanted = decoder(DecoderFactory("plain", delimiter="|", max_size=1000), max_expanded=1 << 20)
    too_long, too_much = decode(wanted, *pieces_of(stream, 1000))
    assert "'max_size'" in too_long
    assert "more than the 1048576 bytes of 'max_expanded'" in too_much


def test_a_decoder_is_desynchronized_when_its_stream_or_the_inner_decoder_is(decoder, compress):
    class GivesUp(Decoder):
        desynchronized = False

        def decode(self, data):
            self.desynchronized = True
            return ["first"]

        def flush(self):
            return ["last"]

    whole, damaged = decoder(max_expanded=2), decoder()
    assert decode(whole, compress(b"1\n")) == ["1"]
    assert not whole.desynchronized
    assert "damaged" in decode(damaged, b"no such thing")[0]
    assert damaged.desynchronized
    inner = decoder(GivesUp)
    assert decode(inner, compress(b"1\n"), compress(b"2\n")) == ["first"]
    assert inner.desynchronized


def test_a_bomb_takes_no_memory_before_its_values_are_read(kind, decoder):
    import tracemalloc

    stream = bomb(kind, 64 << 20)
    tracemalloc.start()
    try:
        wanted = decoder(DecoderFactory("plain", delimiter="\0" * 1024))
        count = sum(1 for _ in wanted.decode(stream))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 64 << 10
    assert most < 16 << 20


def test_the_limit_is_exact_wherever_the_stream_is_cut(decoder, compress):
    stream = compress(b"1\n2\n3\n") + compress(b"4\n5\n")
    for size in (1, 7, 100):
        assert decode(decoder(max_expanded=10), *pieces_of(stream, size)) == ["1", "2", "3", "4", "5"]
        *found, bad = decode(decoder(max_expanded=7), *pieces_of(stream, size))
        assert found == ["1", "2", "3"]
        assert "'max_expanded'" in bad
    assert len(decode(decoder(max_expanded=None), stream)) == 5


def test_a_frame_of_zstd_that_asks_for_too_much_memory_is_refused():
    options = {
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    frame = zstd.ZstdCompressor(options=options)
    stream = frame.compress(LINES, frame.FLUSH_BLOCK) + frame.flush()
    (bad,) = decode(ZstdDecoder(), stream, b"x")
    assert "damaged" in bad
    assert len(decode(ZstdDecoder(max_window_log=27), stream)) == 20_000


def test_an_encoder_has_a_media_type_and_a_content_coding():
    outer = GzipEncoder(EncoderFactory("zstd", encoder="plain"))
    assert outer.content_type == "text/plain; charset=utf-8"
    assert outer.content_coding == "zstd, gzip"
    assert (ZstdEncoder().content_type, ZstdEncoder().content_coding) == ("application/json", "zstd")
