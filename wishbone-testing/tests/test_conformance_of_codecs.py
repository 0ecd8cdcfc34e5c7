"""Each test of the suite of codecs finds what it is there for, and nothing in a codec that is in order."""

from __future__ import annotations

import pytest
from complaint import complaint, passes

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
            return BadFrame(line, InvalidData("This line is no number: write digits."))

    def too_long(self, line: bytes) -> BadFrame:
        return BadFrame(line, InvalidData("This line is too long: raise 'max_size'."))


class Numbers(Encoder):
    """Writes numbers, one a line."""

    def __init__(self) -> None:
        pass

    def encode(self, value: object) -> bytes:
        if not isinstance(value, int):
            raise InvalidData("This is no number.")
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
def test_a_codec_in_order_passes(test):
    assert passes(suite(), test)


class GivesUp(Lines):
    """Reads numbers, one a line, up to the first line that is none."""

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
    """Reads numbers, one a line, up to the first line that is none."""

    @property
    def desynchronized(self) -> bool:
        return self.over


def test_a_decoder_that_gives_up_must_say_so():
    test = "test_puts_a_bad_frame_in_the_place_of_what_it_cannot_decode"
    assert passes(suite(GivesUpAndSaysSo, recovers=False), test)
    assert "let 'lost' be true then" in complaint(suite(GivesUp, recovers=False), test)


def test_a_suite_without_a_codec_is_told():
    assert "Suite names no codec" in complaint(suite(None, None), "test_is_typed")


def test_what_no_distribution_offers_is_not_installed():
    found = complaint(suite(), "test_is_discovered_by_its_entry_point")
    assert found.startswith("Lines is not installed: put <name> = '")


def test_what_forgets_the_rest_depends_on_the_cuts():
    class Forgets(Lines):
        def decode(self, data: bytes) -> list[object]:
            self.rest = b""
            return super().decode(data)

    found = complaint(suite(Forgets), "test_decodes_the_same_wherever_the_bytes_are_cut")
    assert found.startswith("Forgets makes [")
    assert "of [1, 23, 456] when the stream comes as [b'1', b'\\n', " in found


def test_what_leaves_a_bad_frame_out_is_told():
    class Swallows(Lines):
        def decode(self, data: bytes) -> list[object]:
            return [item for item in super().decode(data) if not isinstance(item, BadFrame)]

    found = complaint(suite(Swallows), "test_puts_a_bad_frame_in_the_place_of_what_it_cannot_decode")
    assert found.startswith("Swallows makes [1, 23] of 1, a frame that it cannot decode and 23: hand out one")


def test_what_reads_frames_of_any_length_is_told():
    class Patient(Lines):
        def __init__(self, max_size: int = 1 << 20) -> None:
            super().__init__(max_size * 10)

    found = complaint(suite(Patient), "test_refuses_frames_longer_than_max_size")
    assert "of 1, a frame of 3002 bytes and 23 when 'max_size' is 1000: hand out one BadFrame" in found


def test_what_keeps_everything_is_told():
    class Hoards(Lines):
        def decode(self, data: bytes) -> list[object]:
            self.rest += data
            return []

    assert complaint(suite(Hoards), "test_keeps_no_more_than_a_frame").startswith("Hoards keeps ")


def test_what_raises_is_told():
    class Raises(Lines):
        def read(self, line: bytes) -> object:
            return int(line)

    found = complaint(suite(Raises), "test_raises_nothing_whatever_the_bytes_are")
    assert found.startswith("Raises raises ValueError(")


def test_a_bad_frame_with_an_error_of_another_kind_is_told():
    class Odd(Lines):
        def read(self, line: bytes) -> object:
            return BadFrame(line, ValueError("no"))

    found = complaint(suite(Odd), "test_raises_nothing_whatever_the_bytes_are")
    assert "whose error is no InvalidData" in found


def test_two_that_do_not_agree_are_told():
    class Other(Numbers):
        def encode(self, value: object) -> bytes:
            return b"%d\n" % (value + 1)

    found = complaint(suite(encoder=Other), "test_encodes_what_decodes_to_the_same")
    assert found.startswith("Other writes [1, 23, 456] so that Lines reads [2, 24, 457]")


def test_a_text_in_the_place_of_bytes_is_told():
    class Text(Numbers):
        def encode(self, value: object) -> str:
            return f"{value}\n"

    assert "encode and flush return bytes" in complaint(
        suite(encoder=Text), "test_encodes_what_decodes_to_the_same"
    )


def test_an_error_of_another_kind_is_told():
    class Raises(Numbers):
        def encode(self, value: object) -> bytes:
            return b"%d\n" % value

    found = complaint(suite(encoder=Raises), "test_refuses_what_it_cannot_encode_and_goes_on")
    assert found.startswith("Raises raises TypeError(")


def test_what_writes_half_a_value_is_told():
    class Half(Numbers):
        started = b""

        def encode(self, value: object) -> bytes:
            try:
                return self.started + super().encode(value)
            except InvalidData:
                self.started = b"half\n"
                raise

    found = complaint(suite(encoder=Half), "test_refuses_what_it_cannot_encode_and_goes_on")
    assert "what follows is read as [1, a bad frame, 23]" in found
