"""Leaves out the workflow where a package is baked into wishbone's own repository, which has its own."""

import shutil
from pathlib import Path

if Path("../wishbone-core/pyproject.toml").is_file():
    shutil.rmtree(".github")
