"""Patches the standard library as the command `wishbone` does: `pytest -p wishbone_testing.patched`.

A module that calls `time.sleep`, or a client that knows nothing of gevent, holds everything up where nothing
is patched. Tests that are to run as the server does ask for it in their own configuration:

    [tool.pytest.ini_options]
    addopts = ["-p", "wishbone_testing.patched"]

Named so, pytest imports this file before any other plugin and before the tests.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()
