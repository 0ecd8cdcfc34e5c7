"""From files, or from what they say, to a router in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone_cli.bootstrap.build import build
from wishbone_cli.bootstrap.define import define
from wishbone_cli.bootstrap.document import read
from wishbone_cli.bootstrap.mistake import Mistakes
from wishbone_cli.bootstrap.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from wishbone.router import Default
    from wishbone_cli.bootstrap.definition import Definition
    from wishbone_cli.bootstrap.document import Document


def load(
    paths: Iterable[str | Path],
    router: Default,
    mistakes: Mistakes | None = None,
    environment: Mapping[str, str] | None = None,
) -> Definition:
    """Read bootstrap files, check them, and build what they describe in a router.

    Args:
        paths: Files and folders.
        router: Where modules and routes go.
        mistakes: Told what is wrong, if the caller wants to know secrets or warnings, too.
        environment: The environment variables; those of the process, if it is not given.

    Returns:
        What the files describe.

    Raises:
        BootstrapError: Something is wrong; it has everything that is.
        PluginFailed: A strict plugin of the router failed.
    """
    mistakes = mistakes or Mistakes(Secrets())
    return load_document(read(paths, mistakes, environment), router, mistakes)


def load_document(document: Document, router: Default, mistakes: Mistakes) -> Definition:
    """Check what bootstrap files say, and build what they describe in a router.

    Args:
        document: What `read` returned.
        router: Where modules and routes go.
        mistakes: What `read` was given.

    Returns:
        What the files describe.

    Raises:
        BootstrapError: Something is wrong; it has everything that is.
        PluginFailed: A strict plugin of the router failed.
    """
    if not document.complete:
        mistakes.check()
    definition = define(document, mistakes)
    build(definition, router, mistakes)
    mistakes.check()
    return definition
