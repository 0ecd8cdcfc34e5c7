"""The pytest fixtures `harness`, `pipeline`, `clock` and `server`.

pytest imports this file in every run. So it imports only pytest, and patches nothing: see
`wishbone_testing.patched`.
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
    """A `VirtualClock` that controls the time during the test."""
    import wishbone_testing  # noqa: PLC0415 - imports the clock when it is used

    with wishbone_testing.VirtualClock() as active:
        yield active


@pytest.fixture
def harness() -> Iterator[Callable[..., Harness]]:
    """A function that takes the arguments of `Harness` and starts one, which stops after the test."""
    yield from _starter("Harness")


@pytest.fixture
def pipeline() -> Iterator[Callable[..., Pipeline]]:
    """A function that takes the arguments of `Pipeline` and starts one, which stops after the test."""
    yield from _starter("Pipeline")


@pytest.fixture
def server() -> Iterator[Callable[..., Server]]:
    """A function that takes the arguments of `Server` and starts one, which is killed after the test."""
    yield from _starter("Server")


def _starter(name: str) -> Iterator[Callable[..., Any]]:
    import wishbone_testing  # noqa: PLC0415 - imports the class when it is used

    create = getattr(wishbone_testing, name)
    with ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(create(*args, **kwargs))
