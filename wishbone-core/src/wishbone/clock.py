"""Clock: the time, for everything that waits, expires or measures.

Call `clock.monotonic()` and `clock.time()`, and do not import the two functions by name, so that a test
can replace them by a clock of its own.
"""

from __future__ import annotations

import time as _time

__all__ = ["monotonic", "time"]

monotonic = _time.monotonic
"""Returns seconds since an arbitrary moment, never set back: for intervals and deadlines."""

time = _time.time
"""Returns seconds since 1970 (UTC): for timestamps that people and other machines read."""
