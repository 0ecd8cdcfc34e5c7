"""Conformance of codecs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from wishbone.codec import Decoder, Encoder
from wishbone_testing.conformance.construction import require_clear_errors, require_no_io
from wishbone_testing.conformance.decoding import Decoding
from wishbone_testing.conformance.documentation import (
    require_documented_arguments,
    require_snippet,
    require_summary,
)
from wishbone_testing.conformance.encoding import Encoding
from wishbone_testing.conformance.installation import names_of, require_entry_point, require_types
from wishbone_testing.conformance.io_audit import IOAudit
from wishbone_testing.conformance.module_under_test import NOTHING, fail

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class CodecConformance(Decoding, Encoding):
    r"""The tests of every codec: a decoder, an encoder, or a pair.

    class TestConformance(CodecConformance):
        decoder = NumberDecoder
        encoder = NumberEncoder
        values = [1, 23, 456]
        bad = b"four\n"
    """

    environment: ClassVar[Mapping[str, str]] = NOTHING
    """Environment variables that the snippets use."""

    def test_is_discovered_by_its_entry_point(self) -> None:
        """The distribution offers the classes, and they have the base class of their group."""
        for codec, group, base in self._codecs():
            require_entry_point(codec, group)
            if not issubclass(codec, base):
                kind = base.__name__
                fail(f"{codec.__name__} is not an {kind}: derive it from wishbone.codec.{kind}.")

    def test_is_typed(self) -> None:
        """Every argument and every method has types, and the package has `py.typed`."""
        for codec, _, _ in self._codecs():
            require_types(codec)

    def test_says_what_it_does(self) -> None:
        """The docstring begins with one line that says what the codec decodes or encodes."""
        for codec, _, _ in self._codecs():
            require_summary(codec)

    def test_documents_every_argument(self) -> None:
        """`Args:` describes each parameter of `__init__`, and nothing else."""
        for codec, _, _ in self._codecs():
            require_documented_arguments(codec)

    def test_shows_a_snippet_that_passes_wishbone_check(self, tmp_path: Path) -> None:
        """Each docstring has an indented bootstrap file that uses the codec and can run as it is."""
        for codec, group, _ in self._codecs():
            for name in names_of(codec, group):
                require_snippet(codec, name, tmp_path, self.environment)

    def test_does_no_io_in_init(self) -> None:
        """A codec does no I/O: it only gets bytes."""
        for codec, _, _ in self._codecs():
            with IOAudit(codec.__init__) as audit:
                self.make(codec)
            require_no_io(codec.__name__, audit)

    def test_refuses_wrong_arguments(self) -> None:
        """An error about an argument names it; no argument causes an unrelated error."""
        for codec, _, _ in self._codecs():
            require_clear_errors(codec.__name__, codec, self.arguments_of(codec), partial(self.make, codec))

    def _codecs(self) -> Iterator[tuple[Any, str, type]]:
        if self.decoder is None and self.encoder is None:
            fail(f"{type(self).__name__} names no codec: set 'decoder', 'encoder' or both to its classes.")
        if self.decoder is not None:
            yield self.decoder, "wishbone.decode", Decoder
        if self.encoder is not None:
            yield self.encoder, "wishbone.encode", Encoder
