"""Makes `callables.py` importable, as PYTHONPATH does for a user's own module."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
