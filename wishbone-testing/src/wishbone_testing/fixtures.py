"""The fixtures for pytest: a module, a pipeline, a clock and a server, stopped when the test has ended.

pytest loads this file in every run where the package is installed, so it imports nothing but pytest, and
patches
nothing: see `wishbone_testing.patched`.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wishbone_testing.clock import VirtualClock
    from wishbone_testing.harness import Harness
    from wishbone_testing.pipeline import Pipeline
    from wishbone_testing.server import Server


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    """Rule the time of all modules: a `VirtualClock`."""
    from wishbone_testing.clock import VirtualClock  # noqa: PLC0415 - see above

    with VirtualClock() as ruling:
        yield ruling


@pytest.fixture
def harness() -> Iterator[Callable[..., Harness]]:
    """Build modules and run them: called as `Harness` is, it starts one, and stops it at the end."""
    from wishbone_testing.harness import Harness  # noqa: PLC0415 - see above

    yield from _maker(Harness)


@pytest.fixture
def pipeline() -> Iterator[Callable[..., Pipeline]]:
    """Build pipelines and run them: called as `Pipeline` is, it starts one, and stops it at the end."""
    from wishbone_testing.pipeline import Pipeline  # noqa: PLC0415 - see above

    yield from _maker(Pipeline)


@pytest.fixture
def server() -> Iterator[Callable[..., Server]]:
    """Run bootstrap files in processes: called as `Server` is, it starts one, and kills it at the end."""
    from wishbone_testing.server import Server  # noqa: PLC0415 - see above

    yield from _maker(Server)


def _maker(kind: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    with ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(kind(*args, **kwargs))
