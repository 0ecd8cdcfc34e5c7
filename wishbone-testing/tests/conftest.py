from __future__ import annotations

import sys
from pathlib import Path

# Tests are no package; what they share stands in a module beside them.
sys.path.insert(0, str(Path(__file__).parent))
