"""Conformance of codecs: decoders and encoders."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from wishbone.codec import Decoder, Encoder
from wishbone_testing.conformance.construction import refuse_io, refuse_unclear
from wishbone_testing.conformance.decoding import Decoding
from wishbone_testing.conformance.documentation import require_documented_arguments, require_summary
from wishbone_testing.conformance.encoding import Encoding
from wishbone_testing.conformance.installation import require_entry_point, require_types
from wishbone_testing.conformance.subject import refuse
from wishbone_testing.conformance.world import Witness

if TYPE_CHECKING:
    from collections.abc import Iterator


class CodecConformance(Decoding, Encoding):
    r"""What every codec must pass: a decoder, an encoder, or the two that belong together.

    class TestConformance(CodecConformance):
        decoder = MsgpackDecoder
        encoder = MsgpackEncoder
        values = [1, "two", {"three": [3]}]
        bad = b"\xc1"
    """

    def test_is_discovered_by_its_entry_point(self) -> None:
        """The distribution offers the classes, and they have the base of their group."""
        for codec, group, base in self._codecs():
            require_entry_point(codec, group)
            if not issubclass(codec, base):
                refuse(
                    f"{codec.__name__} is no {base.__name__.lower()}: derive it from"
                    f" wishbone.codec.{base.__name__}."
                )

    def test_is_typed(self) -> None:
        """Every argument has a type, every method says what it takes and returns, the package says so."""
        for codec, _, _ in self._codecs():
            require_types(codec)

    def test_says_what_it_does(self) -> None:
        """The docstring begins with one line that says what the codec reads or writes."""
        for codec, _, _ in self._codecs():
            require_summary(codec)

    def test_documents_every_argument(self) -> None:
        """Each parameter of `__init__` stands in `Args:`, and nothing else does."""
        for codec, _, _ in self._codecs():
            require_documented_arguments(codec)

    def test_does_no_io_in_init(self) -> None:
        """A codec opens nothing, ever: it is given bytes."""
        for codec, _, _ in self._codecs():
            with Witness(codec.__init__.__code__) as witness:
                self.make(codec, self.arguments_of(codec))
            refuse_io(codec.__name__, witness)

    def test_refuses_wrong_arguments(self) -> None:
        """An error of the arguments says which one is wrong, and is never another error by accident."""
        for codec, _, _ in self._codecs():
            refuse_unclear(codec.__name__, codec, self.arguments_of(codec), partial(self.make, codec))

    def _codecs(self) -> Iterator[tuple[Any, str, type]]:
        if self.decoder is None and self.encoder is None:
            refuse(f"{type(self).__name__} names no codec: set 'decoder', 'encoder' or both to its classes.")
        if self.decoder is not None:
            yield self.decoder, "wishbone.decode", Decoder
        if self.encoder is not None:
            yield self.encoder, "wishbone.encode", Encoder
