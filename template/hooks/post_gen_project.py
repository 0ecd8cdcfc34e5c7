"""Removes what the repository of wishbone has for all its packages, if the package is baked into it."""

import shutil
from pathlib import Path

if Path("../wishbone-core/pyproject.toml").is_file():
    shutil.rmtree(".github")
    Path("ruff.toml").unlink()
