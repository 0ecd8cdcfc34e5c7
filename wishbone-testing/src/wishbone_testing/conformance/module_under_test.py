"""ModuleUnderTest: the module that a conformance suite tests, and its arguments."""

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


class ModuleUnderTest:
    """Names the class under test, and builds and runs it."""

    kind: ClassVar[str]
    """`input`, `output`, `function` or `flow`. Each suite sets it."""

    module: ClassVar[Any]
    """The class under test."""

    arguments: ClassVar[Any] = NOTHING
    """The arguments of its `__init__`: a mapping, or a pytest fixture of this name that returns one."""

    inputs: ClassVar[Sequence[str]] = ()
    """Queues to feed, if the module has dynamic inputs."""

    outputs: ClassVar[Sequence[str]] = ()
    """Queues to receive from, if the module has dynamic outputs."""

    timeout: ClassVar[float] = 5
    """Seconds to wait for what should happen at once."""

    @pytest.fixture
    def given(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        """The arguments, from the attribute or the fixture."""
        if isinstance(self.arguments, Mapping):
            return dict(self.arguments)
        return dict(request.getfixturevalue("arguments"))

    @pytest.fixture(autouse=True)
    def collected(self) -> Iterator[None]:
        """Collect garbage after each test, so that an unclosed socket fails the test that left it."""
        yield
        gc.collect()

    @property
    def group(self) -> str:
        """The entry-point group of its kind."""
        return f"wishbone.{self.kind}"

    @property
    def name(self) -> str:
        """The name of the class, for messages."""
        return str(self.module.__name__)

    def build(self, arguments: Mapping[str, Any]) -> Actor:
        """Build the module alone."""
        try:
            return self._router.registerModule(self.module, ActorConfig("module"), arguments)
        finally:
            self._router.modules.clear()

    def run(self, arguments: Mapping[str, Any], **options: Any) -> Harness:
        """Return a harness around the module. The options are those of `Harness`."""
        return Harness(self.module, arguments, inputs=self.inputs, outputs=self.outputs, **options)

    def outgoing(self, arguments: Mapping[str, Any]) -> list[str]:
        """Return the names of the module's own outgoing queues."""
        pool = self.build(arguments).pool
        own = [
            name for name in pool.listQueues(names=True, default=False) if not pool.getQueue(name).consumers
        ]
        return [name for name in dict.fromkeys([*own, *self.outputs]) if name not in self.inputs]

    def require_hook(self, owner: type, name: str) -> None:
        """Skip the test unless the suite overrides a method of its owner."""
        if getattr(type(self), name) is getattr(owner, name):
            pytest.skip(f"{name} is not overridden for {self.name}")

    @cached_property
    def _router(self) -> Default:
        """One router for all builds: creating one loads all plugins."""
        return Default()


def fail(message: str) -> NoReturn:
    """Fail a test with a message only, which says how to fix the module."""
    pytest.fail(message, pytrace=False)
