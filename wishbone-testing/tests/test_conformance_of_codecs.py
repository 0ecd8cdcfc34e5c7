"""The tests of codecs find each mistake, and pass correct codecs."""

from __future__ import annotations

import pytest
from failure_message import failure_message, passes

from wishbone.codec import BadFrame, Decoder, Encoder
from wishbone.error import InvalidData
from wishbone_testing.conformance import CodecConformance


class Lines(Decoder):
    """Reads numbers, one a line.

    Args:
        max_size: Bytes of the longest line.
    """

    def __init__(self, max_size: int = 1 << 20) -> None:
        self.max_size = max_size
        self.rest = b""
        self.skipping = False

    def decode(self, data: bytes) -> list[object]:
        found = []
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            if self.skipping:
                self.skipping = False
            else:
                found.append(self.read(line))
        if len(self.rest) > self.max_size:
            if not self.skipping:
                found.append(self.too_long(self.rest))
            self.skipping = True
            self.rest = b""
        return found

    def flush(self) -> list[object]:
        rest, self.rest = self.rest, b""
        return [self.read(rest)] if rest and not self.skipping else []

    def read(self, line: bytes) -> object:
        if len(line) > self.max_size:
            return self.too_long(line)
        try:
            return int(line)
        except ValueError:
            return BadFrame(line, InvalidData("This line is not a number: write digits."))

    def too_long(self, line: bytes) -> BadFrame:
        return BadFrame(line, InvalidData("This line is too long: raise 'max_size'."))


class Numbers(Encoder):
    """Writes numbers, one a line."""

    def __init__(self) -> None:
        pass

    def encode(self, value: object) -> bytes:
        if not isinstance(value, int):
            raise InvalidData("This is not a number.")
        return b"%d\n" % value


def suite(decoder=Lines, encoder=Numbers, **options):
    options = {"values": [1, 23, 456], "bad": b"four\n", "large": lambda suite, size: 10**size, **options}
    return type("Suite", (CodecConformance,), {"decoder": decoder, "encoder": encoder, **options})


EVERY = [
    "test_says_what_it_does",
    "test_documents_every_argument",
    "test_does_no_io_in_init",
    "test_refuses_wrong_arguments",
    "test_decodes_the_same_wherever_the_bytes_are_cut",
    "test_puts_a_bad_frame_in_the_place_of_what_it_cannot_decode",
    "test_refuses_frames_longer_than_max_size",
    "test_keeps_no_more_than_a_frame",
    "test_raises_nothing_whatever_the_bytes_are",
    "test_encodes_what_decodes_to_the_same",
    "test_refuses_what_it_cannot_encode_and_goes_on",
]


@pytest.mark.parametrize("test", EVERY)
def test_a_correct_codec_passes(test):
    assert passes(suite(), test)


class GivesUp(Lines):
    """Reads numbers, one a line, up to the first invalid line."""

    def __init__(self) -> None:
        super().__init__()
        self.over = False

    def decode(self, data: bytes) -> list[object]:
        found = [] if self.over else super().decode(data)
        for number, value in enumerate(found):
            if isinstance(value, BadFrame):
                self.over = True
                self.rest = b""
                return found[: number + 1]
        return found


class GivesUpAndSaysSo(GivesUp):
    """Reads numbers, one a line, up to the first invalid line."""

    @property
    def desynchronized(self) -> bool:
        return self.over


def test_a_decoder_that_gives_up_must_be_desynchronized():
    test = "test_puts_a_bad_frame_in_the_place_of_what_it_cannot_decode"
    assert passes(suite(GivesUpAndSaysSo, recovers=False), test)
    assert "'desynchronized' must be true then" in failure_message(suite(GivesUp, recovers=False), test)


def test_a_suite_without_a_codec_is_reported():
    assert "Suite names no codec" in failure_message(suite(None, None), "test_is_typed")


def test_a_missing_entry_point_is_reported():
    found = failure_message(suite(), "test_is_discovered_by_its_entry_point")
    assert found.startswith("Lines is not installed: put <name> = '")


def test_a_decoder_that_forgets_incomplete_frames_is_reported():
    class Forgets(Lines):
        def decode(self, data: bytes) -> list[object]:
            self.rest = b""
            return super().decode(data)

    found = failure_message(suite(Forgets), "test_decodes_the_same_wherever_the_bytes_are_cut")
    assert found.startswith("Forgets decodes [1, 23, 456] as [")
    assert "if the stream arrives as [b'1', b'\\n', " in found


def test_a_decoder_that_drops_bad_frames_is_reported():
    class Swallows(Lines):
        def decode(self, data: bytes) -> list[object]:
            return [item for item in super().decode(data) if not isinstance(item, BadFrame)]

    found = failure_message(suite(Swallows), "test_puts_a_bad_frame_in_the_place_of_what_it_cannot_decode")
    assert found.startswith("Swallows decodes 1, a bad frame and 23 as [1, 23]: return one BadFrame")


def test_a_decoder_that_ignores_max_size_is_reported():
    class Patient(Lines):
        def __init__(self, max_size: int = 1 << 20) -> None:
            super().__init__(max_size * 10)

    found = failure_message(suite(Patient), "test_refuses_frames_longer_than_max_size")
    assert "although 'max_size' is 1000: return one BadFrame" in found


def test_a_decoder_that_keeps_everything_is_reported():
    class Hoards(Lines):
        def decode(self, data: bytes) -> list[object]:
            self.rest += data
            return []

    assert failure_message(suite(Hoards), "test_keeps_no_more_than_a_frame").startswith("Hoards keeps ")


def test_a_decoder_that_raises_is_reported():
    class Raises(Lines):
        def read(self, line: bytes) -> object:
            return int(line)

    found = failure_message(suite(Raises), "test_raises_nothing_whatever_the_bytes_are")
    assert found.startswith("Raises raises ValueError(")


def test_a_bad_frame_with_another_error_is_reported():
    class Odd(Lines):
        def read(self, line: bytes) -> object:
            return BadFrame(line, ValueError("no"))

    found = failure_message(suite(Odd), "test_raises_nothing_whatever_the_bytes_are")
    assert "whose error is not an InvalidData" in found


def test_a_pair_that_does_not_agree_is_reported():
    class Other(Numbers):
        def encode(self, value: object) -> bytes:
            return b"%d\n" % (value + 1)

    found = failure_message(suite(encoder=Other), "test_encodes_what_decodes_to_the_same")
    assert found.startswith("Other encodes [1, 23, 456], but Lines decodes [2, 24, 457]")


def test_an_encoder_that_returns_text_is_reported():
    class Text(Numbers):
        def encode(self, value: object) -> str:
            return f"{value}\n"

    assert "return bytes from encode and flush" in failure_message(
        suite(encoder=Text), "test_encodes_what_decodes_to_the_same"
    )


def test_an_encoder_with_another_error_is_reported():
    class Raises(Numbers):
        def encode(self, value: object) -> bytes:
            return b"%d\n" % value

    found = failure_message(suite(encoder=Raises), "test_refuses_what_it_cannot_encode_and_goes_on")
    assert found.startswith("Raises raises TypeError(")


def test_an_encoder_that_writes_half_a_value_is_reported():
    class Half(Numbers):
        started = b""

        def encode(self, value: object) -> bytes:
            try:
                return self.started + super().encode(value)
            except InvalidData:
                self.started = b"half\n"
                raise

    found = failure_message(suite(encoder=Half), "test_refuses_what_it_cannot_encode_and_goes_on")
    assert "what follows is decoded as [1, a bad frame, 23]" in found
