"""Conformance of codecs: decoders and encoders."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from wishbone.codec import Decoder, Encoder
from wishbone_testing.conformance.construction import refuse_io, refuse_unclear
from wishbone_testing.conformance.decoding import Decoding
from wishbone_testing.conformance.documentation import (
    require_documented_arguments,
    require_snippet,
    require_summary,
)
from wishbone_testing.conformance.encoding import Encoding
from wishbone_testing.conformance.installation import names_of, require_entry_point, require_types
from wishbone_testing.conformance.subject import NOTHING, refuse
from wishbone_testing.conformance.world import Witness

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class CodecConformance(Decoding, Encoding):
    r"""What every codec must pass: a decoder, an encoder, or the two that belong together.

        class TestConformance(CodecConformance):
            decoder = NumberDecoder
            encoder = NumberEncoder
            values = [1, 23, 456]
            bad = b"four\n"

    Each class is told what stands in `decoder_arguments` and `encoder_arguments`.
    """

    environment: ClassVar[Mapping[str, str]] = NOTHING
    """Environment variables that the snippets name."""

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

    def test_shows_a_snippet_that_passes_wishbone_check(self, tmp_path: Path) -> None:
        """Each docstring has an indented bootstrap file that uses the codec and can be run as it stands."""
        for codec, group, _ in self._codecs():
            for name in names_of(codec, group):
                require_snippet(codec, name, tmp_path, self.environment)

    def test_does_no_io_in_init(self) -> None:
        """A codec opens nothing, ever: it is given bytes."""
        for codec, _, _ in self._codecs():
            with Witness(codec.__init__) as witness:
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
