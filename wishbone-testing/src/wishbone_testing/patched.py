"""Patches the standard library as the command `wishbone` does: `pytest -p wishbone_testing.patched`.

Without it, a module that calls `time.sleep`, or a client that does not use gevent, blocks all modules. To
test such a module as it will run, add this to the configuration of pytest:

    [tool.pytest.ini_options]
    addopts = ["-p", "wishbone_testing.patched"]

pytest imports plugins named there before all others, and before the tests.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()
