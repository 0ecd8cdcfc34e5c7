"""Subject: what a conformance suite is about, a module's class and its arguments."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import pytest

from wishbone.actor import ActorConfig
from wishbone.router import Default
from wishbone_testing.harness import Harness

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wishbone.actor import Actor

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Subject:
    """Names the class under test, and builds and runs it."""

    kind: ClassVar[str]
    """What it is: `input`, `output`, `function`, `flow`. Each suite has its own."""

    module: ClassVar[Any]
    """The class under test."""

    arguments: ClassVar[Any] = NOTHING
    """What its `__init__` takes: a mapping, or a pytest fixture of this name that returns one."""

    inputs: ClassVar[Sequence[str]] = ()
    """Queues to feed, for a module that takes any."""

    outputs: ClassVar[Sequence[str]] = ()
    """Queues to receive from, for a module that brings out by any."""

    patience: ClassVar[float] = 5
    """Seconds that it is given for what it ought to do at once: used up only by one that does not."""

    @pytest.fixture
    def given(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        """The arguments, wherever they are from."""
        if isinstance(self.arguments, Mapping):
            return dict(self.arguments)
        return dict(request.getfixturevalue("arguments"))

    @pytest.fixture(autouse=True)
    def collected(self) -> Iterator[None]:
        """Collect what a test leaves behind, so that no later test is blamed for a socket of this one."""
        yield
        gc.collect()

    @property
    def group(self) -> str:
        """The entry-point group that it stands in."""
        return f"wishbone.{self.kind}"

    @property
    def name(self) -> str:
        """What messages call it."""
        return str(self.module.__name__)

    def build(self, arguments: Mapping[str, Any]) -> Actor:
        """Build the module, without what surrounds it."""
        try:
            return self._router.registerModule(self.module, ActorConfig("module"), arguments)
        finally:
            self._router.modules.clear()

    def run(self, arguments: Mapping[str, Any], **options: Any) -> Harness:
        """Return a harness around the module.

        Args:
            arguments: What its `__init__` takes.
            **options: What `Harness` takes beside them.
        """
        return Harness(self.module, arguments, inputs=self.inputs, outputs=self.outputs, **options)

    def outlets(self, arguments: Mapping[str, Any]) -> list[str]:
        """Return the names of the queues that the module's own events leave by."""
        pool = self.build(arguments).pool
        own = [
            name for name in pool.listQueues(names=True, default=False) if not pool.getQueue(name).consumers
        ]
        return [name for name in dict.fromkeys([*own, *self.outputs]) if name not in self.inputs]

    @cached_property
    def _router(self) -> Default:
        """What builds the module again and again: to make one loads the plugins."""
        return Default()


def refuse(message: str) -> NoReturn:
    """Fail a test with what is to be mended, and nothing else."""
    pytest.fail(message, pytrace=False)
