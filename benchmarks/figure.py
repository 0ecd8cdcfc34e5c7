"""Figure: one measured value, and what it must reach."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Args:
        work: What was done.
        name: What was measured, or against whom.
        figure: The measured values in words: `612,000/s to 98,000/s`.
        ratio: The value that is judged: a ratio within one run, or milliseconds, or megabytes.
        least: What it must be at least.
        most: What it may be at most.
    """

    work: str
    name: str
    figure: str
    ratio: float | None
    least: float | None = None
    most: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether it is what it must be; None where nothing is demanded, or nothing was measured."""
        if self.ratio is None or (self.least is None and self.most is None):
            return None
        return (self.least is None or self.ratio >= self.least) and (
            self.most is None or self.ratio <= self.most
        )

    def cells(self) -> list[str]:
        """Return it as the cells of a table."""
        ratio = "" if self.ratio is None else f"{self.ratio:.3g}"
        demand = (
            f"≥ {self.least:g}"
            if self.least is not None
            else f"≤ {self.most:g}"
            if self.most is not None
            else ""
        )
        return [
            self.work,
            self.name,
            self.figure,
            ratio,
            demand,
            {True: "yes", False: "no", None: ""}[self.reached],
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {**asdict(self), "reached": self.reached}
