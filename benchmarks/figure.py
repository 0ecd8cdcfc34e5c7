"""Figure: one measured value and its bound."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Args:
        work: The name of the work.
        name: What was measured, or the peer.
        figure: The measured values as text: `612,000/s to 98,000/s`.
        ratio: The value to compare with the bound: a ratio within one run, milliseconds, or megabytes.
        least: Lower bound of the ratio.
        most: Upper bound of the ratio.
    """

    work: str
    name: str
    figure: str
    ratio: float | None
    least: float | None = None
    most: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the ratio is within its bounds; None without a bound or a ratio."""
        if self.ratio is None or (self.least is None and self.most is None):
            return None
        return (self.least is None or self.ratio >= self.least) and (
            self.most is None or self.ratio <= self.most
        )

    def cells(self) -> list[str]:
        """Return the cells of a table row."""
        ratio = "" if self.ratio is None else f"{self.ratio:.3g}"
        bound = (
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
            bound,
            {True: "yes", False: "no", None: ""}[self.reached],
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return the figure for JSON."""
        return {**asdict(self), "reached": self.reached}
