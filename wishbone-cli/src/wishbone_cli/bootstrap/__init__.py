"""The bootstrap file: `read` it, `parse` it to modules and routes, `build` them; `load` does all three."""

from wishbone_cli.bootstrap.build import build
from wishbone_cli.bootstrap.diagnostic import BootstrapError, Diagnostic, Diagnostics
from wishbone_cli.bootstrap.document import Document, read
from wishbone_cli.bootstrap.load import load, load_document
from wishbone_cli.bootstrap.location import SourceLocation
from wishbone_cli.bootstrap.model import Definition, ModuleDefinition, RouteDefinition
from wishbone_cli.bootstrap.node import Node
from wishbone_cli.bootstrap.parse import parse
from wishbone_cli.bootstrap.secret import Secrets

__all__ = [
    "BootstrapError",
    "Definition",
    "Diagnostic",
    "Diagnostics",
    "Document",
    "ModuleDefinition",
    "Node",
    "RouteDefinition",
    "Secrets",
    "SourceLocation",
    "build",
    "load",
    "load_document",
    "parse",
    "read",
]
