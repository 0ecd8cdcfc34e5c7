from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone.codec import BadFrame
from wishbone.error import InvalidData
from wishbone_codec_msgpack import MsgpackDecoder, MsgpackEncoder
from wishbone_testing.conformance import CodecConformance
from wishbone_testing.stream import assert_same_whatever_the_cuts, decode

MOMENT = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)
KEYS = st.text() | st.integers(-(2**63), 2**64 - 1)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=300),
    lambda value: st.lists(value, max_size=40) | st.dictionaries(KEYS, value, max_size=40),
    max_leaves=20,
)
HEADS = st.sampled_from([bytes([first]) for first in range(256)])


class TestConformance(CodecConformance):
    decoder = MsgpackDecoder
    encoder = MsgpackEncoder
    values = ("one", {"two": [b"2", None]}, 3)
    bad = b"\xa1\xff"


@given(st.lists(VALUES), st.integers(1, 50))
def test_encoded_values_are_decoded_wherever_they_are_cut(values, size):
    stream = b"".join(map(MsgpackEncoder().encode, values))
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert decode(MsgpackDecoder(), *pieces) == values


@pytest.mark.parametrize(
    "value",
    [
        *(b"x" * size for size in (0, 1, 255, 256, 65536)),
        *("x" * size for size in (0, 31, 32, 255, 256, 65536)),
        *([None] * size for size in (0, 15, 16, 65536)),
        *(dict.fromkeys(range(size)) for size in (0, 15, 16, 65536)),
        *(sign * 2**power - (sign > 0) for power in (5, 7, 8, 15, 16, 31, 32, 63) for sign in (1, -1)),
        *(msgspec.msgpack.Ext(5, b"x" * size) for size in (0, 1, 2, 3, 4, 8, 16, 17, 255, 256, 65536)),
        *(1.5, True, False, None, MOMENT),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_the_end_of_an_object_is_found_for_every_format(value):
    stream = MsgpackEncoder().encode(value) * 2 + b"\x05"
    assert decode(MsgpackDecoder(), *(stream[at : at + 7] for at in range(0, len(stream), 7))) == [
        value,
        value,
        5,
    ]


def test_a_float_of_32_bits_is_read():
    assert decode(MsgpackDecoder(), b"\xca\x3f\xc0\x00\x00\x01") == [1.5, 1]


@pytest.mark.parametrize(
    "bad", [b"\xa1\xff", b"\x81\x80\x01", b"\x91" * 100_000 + b"\x01", b"\xd7\xff" + b"\xff" * 8]
)
def test_an_object_that_cannot_be_read_fails_alone(bad):
    first, found, last = MsgpackDecoder().decode(b"\x01" + bad + b"\x02")
    assert (first, found.data, last) == (1, bad, 2)
    assert "The MessagePack object cannot be read" in str(found.error)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_an_object_that_is_too_long_is_skipped_to_its_end(size):
    long = msgspec.msgpack.encode({"a": ["x" * 200, [1, {"b": b"y" * 200}]] * 5})
    stream = b"\x01" + long + b"\x02"
    found = decode(
        MsgpackDecoder(max_size=100), *(stream[at : at + size] for at in range(0, len(stream), size))
    )
    assert (len(found), found[0], found[2]) == (3, 1, 2)
    assert "longer than the 100 bytes of 'max_size'" in found[1]


def test_a_wrong_length_takes_no_memory():
    decoder = MsgpackDecoder(max_size=100)
    for head in (
        b"\xdb\xff\xff\xff\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
    ):
        assert_same_whatever_the_cuts(lambda: MsgpackDecoder(100), [head, *[b"\x01" * 1000] * 20], most=100)
    assert list(decoder.decode(b"\xdd\xff\xff\xff\xff" * 1000)) != []


def test_nothing_is_read_after_an_invalid_byte():
    decoder = MsgpackDecoder()
    one, bad = decoder.decode(b"\x01\x92\x05\xc1\x02\x03")
    assert (one, bad.data) == (1, b"\x92\x05\xc1")
    assert decoder.desynchronized
    assert list(decoder.decode(b"\x04")) == []
    assert list(decoder.flush()) == []


def test_the_event_time_of_fluentd_is_a_time():
    record = b"\x93\xa3app\xd7\x00\x65\x53\xf1\x00\x00\x00\x30\x39\x81\xa1a\x01"
    moment = datetime(2023, 11, 14, 22, 13, 20, 12, tzinfo=UTC)
    assert decode(MsgpackDecoder(), record) == [["app", moment, {"a": 1}]]
    assert decode(MsgpackDecoder(), b"\xc7\x08\x00" + bytes(8)) == [datetime(1970, 1, 1, tzinfo=UTC)]


@pytest.mark.parametrize("data", [b"\x00" * 4, b"\xff" * 8])
def test_an_extension_that_is_no_event_time_stays_an_extension(data):
    value = msgspec.msgpack.Ext(0, data)
    assert decode(MsgpackDecoder(), msgspec.msgpack.encode(value)) == [value]


def test_an_object_whose_end_is_missing_is_an_error():
    decoder = MsgpackDecoder()
    assert list(decoder.decode(b"\x92\x01")) == []
    (bad,) = decoder.flush()
    assert isinstance(bad, BadFrame)
    assert bad.data == b"\x92\x01"


@given(st.lists(st.lists(HEADS).map(b"".join) | VALUES.map(msgspec.msgpack.encode)))
def test_values_do_not_depend_on_the_cuts(pieces):
    assert_same_whatever_the_cuts(lambda: MsgpackDecoder(20), pieces, most=20)
    assert_same_whatever_the_cuts(MsgpackDecoder, pieces)


@pytest.mark.long
@settings(max_examples=10_000)
@given(st.lists(st.binary(max_size=40) | VALUES.map(msgspec.msgpack.encode)), st.integers(1, 60))
def test_values_of_many_streams_do_not_depend_on_the_cuts(pieces, max_size):
    assert_same_whatever_the_cuts(lambda: MsgpackDecoder(max_size), pieces, most=max_size)


@pytest.mark.parametrize("value", [2**64, object(), "\ud800", {"a": {1, object()}}])
def test_a_value_that_msgpack_cannot_represent_fails(value):
    with pytest.raises(InvalidData, match="cannot be written as MessagePack"):
        MsgpackEncoder().encode(value)


def test_the_encoder_has_a_media_type():
    assert MsgpackEncoder().content_type == "application/vnd.msgpack"
