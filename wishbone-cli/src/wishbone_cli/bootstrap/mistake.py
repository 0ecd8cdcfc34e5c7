"""Mistake: something wrong in a bootstrap file; Mistakes: all of them; BootstrapError: raised with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wishbone.error import ConfigError
from wishbone_cli.bootstrap.place import Place, join_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wishbone_cli.bootstrap.secret import Secrets


class Mistake(NamedTuple):
    """Something wrong: where, and what to do about it."""

    place: Place
    path: str
    """Where it stands in the structure of the file: `modules.input.arguments.interval`."""

    message: str
    related: tuple[Place, ...] = ()
    """Other places that have a part in it: the first definition of what is defined twice."""

    severity: str = "error"
    """`error`, or `warning` for what runs but probably is not meant."""

    def __str__(self) -> str:
        """Write it in one line, the place first."""
        path = f"{self.path}: " if self.path else ""
        warning = "warning: " if self.severity == "warning" else ""
        related = "".join(f" See {place}." for place in self.related)
        return f"{self.place}: {warning}{path}{self.message}{related}"

    def as_dict(self) -> dict[str, Any]:
        """Return what a machine reads."""
        related = [place._asdict() for place in self.related]
        return {
            "severity": self.severity,
            **self.place._asdict(),
            "path": self.path,
            "message": self.message,
            "related": related,
        }


class BootstrapError(ConfigError):
    """A bootstrap file cannot be run; `mistakes` has everything that was found."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        """Describe all of them, one per line."""
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, mistakes)))


class Mistakes:
    """Collects mistakes, so that all of them can be shown at once, and hides secrets in their texts."""

    def __init__(self, secrets: Secrets) -> None:
        """Begin without any.

        Args:
            secrets: What no message may contain.
        """
        self.secrets = secrets
        self.found: list[Mistake] = []

    def add(
        self, place: Place, path: Iterable[object], message: str, *related: Place, severity: str = "error"
    ) -> None:
        """Note a mistake.

        Args:
            place: Where it stands.
            path: Where it stands in the structure of the file.
            message: What was expected, what was found, what is near.
            *related: Other places that have a part in it.
            severity: `error` or `warning`.
        """
        hidden = self.secrets.hide(message)
        self.found.append(Mistake(place, join_path(list(path)), hidden, related, severity))

    @property
    def sorted(self) -> list[Mistake]:
        """All of them, in the order in which they stand in the files."""
        return sorted(self.found, key=lambda mistake: mistake.place)

    def check(self) -> None:
        """Raise what was found.

        Raises:
            BootstrapError: At least one error was found; warnings alone raise nothing.
        """
        if any(mistake.severity == "error" for mistake in self.found):
            raise BootstrapError(self.sorted)
