"""The bootstrap file: read to a document with places, defined as modules and routes, built in a router."""

from wishbone_cli.bootstrap.build import build
from wishbone_cli.bootstrap.define import define
from wishbone_cli.bootstrap.definition import Definition, ModuleDefinition, RouteDefinition
from wishbone_cli.bootstrap.document import Document, read
from wishbone_cli.bootstrap.load import load, load_document
from wishbone_cli.bootstrap.mistake import BootstrapError, Mistake, Mistakes
from wishbone_cli.bootstrap.node import Node
from wishbone_cli.bootstrap.place import Place
from wishbone_cli.bootstrap.secret import Secrets

__all__ = [
    "BootstrapError",
    "Definition",
    "Document",
    "Mistake",
    "Mistakes",
    "ModuleDefinition",
    "Node",
    "Place",
    "RouteDefinition",
    "Secrets",
    "build",
    "define",
    "load",
    "load_document",
    "read",
]
