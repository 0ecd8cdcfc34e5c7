"""Loads bootstrap files into a router in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone_cli.bootstrap.build import build
from wishbone_cli.bootstrap.diagnostic import Diagnostics
from wishbone_cli.bootstrap.document import read
from wishbone_cli.bootstrap.parse import parse
from wishbone_cli.bootstrap.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from wishbone.router import Default
    from wishbone_cli.bootstrap.document import Document
    from wishbone_cli.bootstrap.model import Definition


def load(
    paths: Iterable[str | Path],
    router: Default,
    diagnostics: Diagnostics | None = None,
    environment: Mapping[str, str] | None = None,
) -> Definition:
    """Read bootstrap files, validate them, and build their modules and routes in a router.

    Args:
        paths: Files and folders.
        router: Gets the modules and routes.
        diagnostics: Gets errors and warnings; give it to read warnings or to hide secrets in other texts.
        environment: The environment variables; those of the process by default.

    Returns:
        The modules and routes.

    Raises:
        BootstrapError: There are errors; it has all of them.
        PluginFailed: A strict plugin of the router failed.
    """
    diagnostics = diagnostics or Diagnostics(Secrets())
    return load_document(read(paths, diagnostics, environment), router, diagnostics)


def load_document(document: Document, router: Default, diagnostics: Diagnostics) -> Definition:
    """Validate a document, and build its modules and routes in a router.

    Args:
        document: What `read` returned.
        router: Gets the modules and routes.
        diagnostics: What `read` was given.

    Returns:
        The modules and routes.

    Raises:
        BootstrapError: There are errors; it has all of them.
        PluginFailed: A strict plugin of the router failed.
    """
    if not document.complete:
        diagnostics.check()
    definition = parse(document, diagnostics)
    build(definition, router, diagnostics)
    diagnostics.check()
    return definition
