"""Which modules of a bootstrap file a test replaces, and by what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import NoSuchModule
from wishbone_testing.fake_module import FakeInput, FakeModule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from wishbone.actor import Actor
    from wishbone_cli.bootstrap import Definition


def replacements(
    definition: Definition,
    replace: Collection[str] | Mapping[str, type[Actor] | None] | None,
    keep: Collection[str],
) -> dict[str, type[Actor]]:
    """Return the class that replaces each module, by the module's name.

    Args:
        definition: The content of the bootstrap files.
        replace: The modules to replace, optionally with classes; None for all inputs and outputs.
        keep: The modules not to replace.

    Raises:
        NoSuchModule: A name is not the name of a module.
    """
    check_names(definition, [*(replace or ()), *keep])
    kinds = {name: _kind(module.module) for name, module in definition.modules.items()}
    if replace is None:
        replace = [name for name, kind in kinds.items() if kind in {"input", "output"}]
    given = replace if isinstance(replace, Mapping) else {}
    return {
        name: given.get(name) or (FakeInput if kinds[name] == "input" else FakeModule)
        for name in replace
        if name not in keep
    }


def check_names(definition: Definition, names: Iterable[str]) -> None:
    """Check that modules exist.

    Raises:
        NoSuchModule: One does not.
    """
    for name in names:
        if name not in definition.modules:
            message = f"There is no module {name!r}. {did_you_mean(name, definition.modules)}"
            raise NoSuchModule(message)


def _kind(module: str) -> str:
    """Return `input` for `wishbone.input.file`."""
    return module.split(".")[1] if module.count(".") > 1 else ""
