"""Conformance: the class's docstring says everything that a user has to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from wishbone.actor import traits_of
from wishbone.arguments.convert import parameters
from wishbone.queue import DEFAULT_QUEUES
from wishbone_cli.docstring import read_docstring
from wishbone_testing.conformance.snippet import check_snippet
from wishbone_testing.conformance.subject import NOTHING, Subject, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Documentation(Subject):
    """The class docstring is the manual: `wishbone show` prints it."""

    environment: ClassVar[Mapping[str, str]] = NOTHING
    """Environment variables that the snippet names."""

    def test_says_what_it_does(self) -> None:
        """The docstring begins with one line that says what the module does to an event."""
        require_summary(self.module)

    def test_documents_every_argument(self) -> None:
        """Each parameter of `__init__` stands in `Args:`, and nothing else does."""
        require_documented_arguments(self.module)

    def test_documents_every_queue(self, given: dict[str, Any]) -> None:
        """Each queue that the module creates stands in `Queues:`, and nothing else does.

        A name in angle brackets stands for those whose names a configuration or a route gives.
        """
        documented = read_docstring(self.module).queues
        actor = self.build(given)
        existing = actor.pool.listQueues(names=True, default=False)
        traits = traits_of(actor)
        dynamic = ["<any name>"] if traits.dynamic_inputs or traits.dynamic_outputs else []
        named_elsewhere = any("<" in name for name in documented)
        missing = [name for name in [*existing, *dynamic] if name not in documented and not named_elsewhere]
        if missing:
            refuse(
                f"{self.name} does not document its queue {missing[0]!r}: say in 'Queues:' of the class"
                " docstring what comes through it."
            )
        known = {*existing, *DEFAULT_QUEUES}
        unknown = [name for name in documented if "<" not in name and name not in known]
        if unknown:
            refuse(
                f"{self.name} documents a queue {unknown[0]!r} that it does not have: take it out of"
                " 'Queues:', or create it in __init__."
            )

    def test_shows_a_snippet_that_passes_wishbone_check(self, tmp_path: Path) -> None:
        """The docstring has an indented bootstrap file that uses the module and can be run as it stands."""
        require_snippet(self.module, self.group, tmp_path, self.environment)


def require_snippet(target: type, named: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Fail unless a class shows a bootstrap file that uses it and passes `wishbone check`.

    Args:
        target: The class.
        named: What the file must hold to be about it.
        folder: Where to write it.
        environment: Environment variables that it names.
    """
    snippet = read_docstring(target).snippet
    if "modules:" not in snippet or named not in snippet:
        refuse(
            f"{target.__name__} shows no bootstrap file: put one that uses it, indented, into the docstring"
            " of the class."
        )
    complaint = check_snippet(snippet, folder, environment)
    if complaint:
        refuse(f"The snippet of {target.__name__} does not pass 'wishbone check': {complaint}")


def require_summary(target: type) -> None:
    """Fail unless a class says in a line what it does."""
    if not read_docstring(target).summary:
        refuse(f"{target.__name__} has no docstring: begin it with one line that says what the class does.")


def require_documented_arguments(target: type) -> None:
    """Fail unless the arguments that are documented are those that there are."""
    documented = read_docstring(target).arguments
    existing = [parameter.name for parameter in parameters(target)]
    for name in existing:
        if not documented.get(name):
            refuse(
                f"{target.__name__} does not document its argument {name!r}: say in 'Args:' of the class"
                " docstring what it is, with its unit."
            )
    for name in documented:
        if name not in existing:
            refuse(
                f"{target.__name__} documents an argument {name!r} that it does not take: take it out of"
                " 'Args:', or add it to __init__."
            )
