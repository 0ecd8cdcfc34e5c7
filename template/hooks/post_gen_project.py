"""Leaves out what wishbone's own repository has for all, where a package is baked into it."""

import shutil
from pathlib import Path

if Path("../wishbone-core/pyproject.toml").is_file():
    shutil.rmtree(".github")
    Path("ruff.toml").unlink()
