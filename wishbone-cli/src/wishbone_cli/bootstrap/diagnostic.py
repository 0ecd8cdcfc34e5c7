"""Diagnostic: an error or warning about a bootstrap file; Diagnostics: all of them; BootstrapError."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wishbone.error import ConfigError
from wishbone_cli.bootstrap.location import SourceLocation, join_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wishbone_cli.bootstrap.secret import Secrets


class Diagnostic(NamedTuple):
    """An error or a warning: where it is, and what to do about it."""

    location: SourceLocation
    path: str
    """The value's path in the structure of the file: `modules.input.arguments.interval`."""

    message: str
    related: tuple[SourceLocation, ...] = ()
    """Other locations that matter, such as the first of two definitions of one name."""

    severity: str = "error"
    """`error`; or `warning` for what runs but is probably unintended."""

    def __str__(self) -> str:
        """Write it in one line that starts with the location."""
        path = f"{self.path}: " if self.path else ""
        warning = "warning: " if self.severity == "warning" else ""
        related = "".join(f" See {location}." for location in self.related)
        return f"{self.location}: {warning}{path}{self.message}{related}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return {
            "severity": self.severity,
            **self.location._asdict(),
            "path": self.path,
            "message": self.message,
            "related": [location._asdict() for location in self.related],
        }


class BootstrapError(ConfigError):
    """A bootstrap file cannot be run; `diagnostics` has everything that was found."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Describe all of them, one per line."""
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(map(str, diagnostics)))


class Diagnostics:
    """Collects errors and warnings, so that all are reported at once, with secrets hidden.

    Args:
        secrets: Texts that no message may contain.
    """

    def __init__(self, secrets: Secrets) -> None:
        """Start empty."""
        self.secrets = secrets
        self.found: list[Diagnostic] = []

    def add(
        self,
        location: SourceLocation,
        path: Iterable[object],
        message: str,
        *related: SourceLocation,
        severity: str = "error",
    ) -> None:
        """Add a diagnostic.

        Args:
            location: Where it is.
            path: Its path in the structure of the file.
            message: What was expected, what was found, and what is close to it.
            *related: Other locations that matter.
            severity: `error` or `warning`.
        """
        hidden = self.secrets.hide(message)
        self.found.append(Diagnostic(location, join_path(list(path)), hidden, related, severity))

    @property
    def sorted(self) -> list[Diagnostic]:
        """All of them, ordered by location, without the secrets that were read after they were found."""
        hide = self.secrets.hide
        hidden = [diagnostic._replace(message=hide(diagnostic.message)) for diagnostic in self.found]
        return sorted(hidden, key=lambda diagnostic: diagnostic.location)

    def check(self) -> None:
        """Raise if there are errors.

        Raises:
            BootstrapError: There is at least one error; warnings alone raise nothing.
        """
        if any(diagnostic.severity == "error" for diagnostic in self.found):
            raise BootstrapError(self.sorted)
