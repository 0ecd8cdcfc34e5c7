"""Which modules of a definition a test replaces, and by what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import NoSuchModule
from wishbone_testing.stand_in import InputStandIn, StandIn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from wishbone.actor import Actor
    from wishbone_cli.bootstrap import Definition


def replacements(
    definition: Definition,
    replace: Collection[str] | Mapping[str, type[Actor] | None] | None,
    keep: Collection[str],
) -> dict[str, type[Actor]]:
    """Return the class to build in the place of each module that is to be replaced.

    Args:
        definition: What the files describe.
        replace: The names of the modules, with a class for some of them; each input and output, if it is
            None.
        keep: Those that are not to be replaced.

    Raises:
        NoSuchModule: One of them is not described.
    """
    check_names(definition, [*(replace or ()), *keep])
    kinds = {name: kind_of(module.module) for name, module in definition.modules.items()}
    if replace is None:
        replace = [name for name, kind in kinds.items() if kind in {"input", "output"}]
    given = replace if isinstance(replace, Mapping) else {}
    return {
        name: given.get(name) or (InputStandIn if kinds[name] == "input" else StandIn)
        for name in replace
        if name not in keep
    }


def check_names(definition: Definition, names: Iterable[str]) -> None:
    """Refuse the name of a module that is not described.

    Raises:
        NoSuchModule: There is one.
    """
    for name in names:
        if name not in definition.modules:
            message = f"There is no module {name!r}. {did_you_mean(name, definition.modules)}"
            raise NoSuchModule(message)


def kind_of(module: str) -> str:
    """Return the kind that a module's full name says: `wishbone.input.file` is an input."""
    return module.split(".")[1] if module.count(".") > 1 else ""
