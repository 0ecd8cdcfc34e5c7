"""Clock: what time it is, for everything that waits, expires or measures.

Modules ask `clock.monotonic()` and `clock.time()`, through this module and not by importing the
functions, so that a test can put a clock of its own in their place.
"""

from __future__ import annotations

import time as _time

__all__ = ["monotonic", "time"]

monotonic = _time.monotonic
"""Seconds since some moment, never set back: for intervals and deadlines."""

time = _time.time
"""Seconds since 1970 (UTC): for what people and other machines read."""
