"""Conformance: the docstring of the class is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from wishbone.actor import traits_of
from wishbone.arguments.convert import parameters
from wishbone.queue import DEFAULT_QUEUES
from wishbone_cli.docstring import read_docstring
from wishbone_testing.conformance.module_under_test import NOTHING, ModuleUnderTest, fail
from wishbone_testing.conformance.snippet import check_snippet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Documentation(ModuleUnderTest):
    """The docstring of the class is the manual that `wishbone show` prints."""

    environment: ClassVar[Mapping[str, str]] = NOTHING
    """Environment variables that the snippet uses."""

    def test_says_what_it_does(self) -> None:
        """The docstring begins with one line that says what the module does to an event."""
        require_summary(self.module)

    def test_documents_every_argument(self) -> None:
        """`Args:` describes each parameter of `__init__`, and nothing else."""
        require_documented_arguments(self.module)

    def test_documents_every_queue(self, given: dict[str, Any]) -> None:
        """`Queues:` describes each queue that the module creates, and nothing else.

        A name in angle brackets describes queues whose names come from a configuration or a route.
        """
        documented = read_docstring(self.module).queues
        actor = self.build(given)
        existing = actor.pool.listQueues(names=True, default=False)
        traits = traits_of(actor)
        dynamic = ["<any name>"] if traits.dynamic_inputs or traits.dynamic_outputs else []
        described_together = any("<" in name for name in documented)
        missing = [
            name for name in [*existing, *dynamic] if name not in documented and not described_together
        ]
        if missing:
            fail(
                f"{self.name} does not document its queue {missing[0]!r}: describe in 'Queues:' of the class"
                " docstring what it carries."
            )
        known = {*existing, *DEFAULT_QUEUES}
        unknown = [name for name in documented if "<" not in name and name not in known]
        if unknown:
            fail(
                f"{self.name} documents a queue {unknown[0]!r} that it does not have: remove it from"
                " 'Queues:', or create it in __init__."
            )

    def test_shows_a_snippet_that_passes_wishbone_check(self, tmp_path: Path) -> None:
        """The docstring has an indented bootstrap file that uses the module and can run as it is."""
        require_snippet(self.module, self.group, tmp_path, self.environment)


def require_snippet(target: type, named: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Fail unless the docstring has a bootstrap file that contains `named` and passes `wishbone check`."""
    snippet = read_docstring(target).snippet
    if "modules:" not in snippet or named not in snippet:
        fail(
            f"{target.__name__} shows no bootstrap file: add one that uses it, indented, to the docstring of"
            " the class."
        )
    problems = check_snippet(snippet, folder, environment)
    if problems:
        fail(f"The snippet of {target.__name__} does not pass 'wishbone check': {problems}")


def require_summary(target: type) -> None:
    """Fail unless the docstring says in one line what the class does."""
    if not read_docstring(target).summary:
        fail(f"{target.__name__} has no docstring: begin it with one line that says what the class does.")


def require_documented_arguments(target: type) -> None:
    """Fail unless the docstring describes the arguments of the class, and nothing else."""
    documented = read_docstring(target).arguments
    existing = [parameter.name for parameter in parameters(target)]
    for name in existing:
        if not documented.get(name):
            fail(
                f"{target.__name__} does not document its argument {name!r}: describe it in 'Args:' of the"
                " class docstring, with its unit."
            )
    for name in documented:
        if name not in existing:
            fail(
                f"{target.__name__} documents an argument {name!r} that it does not take: remove it from"
                " 'Args:', or add it to __init__."
            )
