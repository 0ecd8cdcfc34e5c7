from __future__ import annotations

import sys
from pathlib import Path

# Tests are not a package. They share the modules in this folder.
sys.path.insert(0, str(Path(__file__).parent))
