"""The JSON Schema (draft 7) of a bootstrap file, derived from the installed modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from wishbone.arguments import DecoderFactory, EncoderFactory, EventKey, Expression, KeySelector, Template
from wishbone.arguments.convert import Parameter, parameters
from wishbone.error import WishboneError
from wishbone_cli.bootstrap.model import OVERFLOWS
from wishbone_cli.describe_type import written_default
from wishbone_cli.docstring import read_docstring

if TYPE_CHECKING:
    from wishbone.discovery.registry import Offer, Registry

DRAFT = "http://json-schema.org/draft-07/schema#"
_NAME = "^(?!_wishbone)[A-Za-z_][A-Za-z0-9_-]*$"
_END = r"[^.\s]+\.[^.\s]+"
_VARIABLE = {"type": "string", "pattern": r"\$\{"}
_KNOWN_TYPES: dict[type, dict[str, Any]] = {
    EventKey: {"type": "string"},
    Expression: {"type": ["string", "number", "boolean"]},
    KeySelector: {"type": "string"},
    Template: {"type": ["string", "number"]},
    DecoderFactory: {"$ref": f"#/definitions/{DecoderFactory.group}"},
    EncoderFactory: {"$ref": f"#/definitions/{EncoderFactory.group}"},
}
_ANYTHING: dict[str, Any] = {"type": ["array", "boolean", "null", "number", "object", "string"]}


def bootstrap_schema(registry: Registry) -> dict[str, Any]:
    """Return the schema of a bootstrap file. Broken modules and codecs are left out."""
    definitions: dict[str, Any] = {"reference": _reference()}
    names = _define(registry, registry.modules(), definitions)
    for factory in (DecoderFactory, EncoderFactory):
        codecs = _define(registry, registry.offers(factory.group), definitions)
        definitions[factory.group] = _codec(codecs)
    return {
        "$schema": DRAFT,
        "title": "A bootstrap file of wishbone",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "include": {
                "anyOf": [_text(), {"type": "array", "items": _text()}],
                "description": "Files and folders to include, relative to this file.",
            },
            "modules": _modules(names, definitions),
            "routingtable": {
                "type": ["array", "null"],
                "items": _route(),
                "description": "The routes: which queue is connected to which.",
            },
            "tests": {"type": ["array", "null"], "items": {"type": "object"}, "description": "Test cases."},
        },
        "definitions": definitions,
    }


def _define(registry: Registry, offers: list[Offer], definitions: dict[str, Any]) -> list[str]:
    """Add the schemas of the arguments to the definitions, and return the names of the modules."""
    names = []
    for name in sorted({offer.full_name for offer in offers}):
        try:
            definitions.update(_arguments(name, registry.load(name)))
        except WishboneError:
            continue
        names.append(name)
    return names


def _codec(names: list[str]) -> dict[str, Any]:
    """Return the schema of a codec as an argument: its name, or its name with arguments."""
    short = {name.rpartition(".")[2]: {"$ref": f"#/definitions/{name}"} for name in names}
    with_arguments = {
        "type": "object",
        "properties": short,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"anyOf": [{"enum": [*short]}, with_arguments]}


def _modules(names: list[str], definitions: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {_NAME: _module(names, definitions)},
        "description": "The modules, by a name that you choose.",
    }


def _module(names: list[str], definitions: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["module"],
        "additionalProperties": False,
        "properties": {
            "module": {"anyOf": [{"enum": names}, _VARIABLE], "description": "The module to run."},
            "arguments": {"type": ["object", "null"], "description": "The arguments of the module."},
            "description": _text("What the module is for."),
            "size": _or_reference({"type": "integer", "minimum": 1}, "Events that each of its queues holds."),
            "frequency": _or_reference({"type": "number", "exclusiveMinimum": 0}, "Seconds between metrics."),
        },
        "allOf": [_if_module(name, definitions[name]) for name in names],
    }


def _if_module(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    then: dict[str, Any] = {"properties": {"arguments": {"$ref": f"#/definitions/{name}"}}}
    if arguments["required"]:
        then["required"] = ["arguments"]
    condition = {"properties": {"module": {"const": name}}, "required": ["module"]}
    return {"if": condition, "then": then}


def _arguments(name: str, module: type) -> dict[str, Any]:
    """Return the schema of the arguments of a module, and the schemas that it refers to."""
    docstring = read_docstring(module)
    found = parameters(module)
    notes = {parameter.name: _note(parameter) for parameter in found}
    schemas, components = msgspec.json.schema_components(
        [Any if notes[parameter.name] else parameter.type for parameter in found],
        schema_hook=_custom_type,
        ref_template=f"#/definitions/{name}:{{name}}",
    )
    texts = {name: f"{docstring.arguments.get(name, '')}{note}".strip() for name, note in notes.items()}
    properties = {
        parameter.name: _argument(parameter, schema, texts[parameter.name])
        for parameter, schema in zip(found, schemas, strict=True)
    }
    required = [parameter.name for parameter in found if parameter.required]
    own = {
        "type": "object" if required else ["object", "null"],
        "description": docstring.summary,
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return {name: own, **{f"{name}:{component}": schema for component, schema in components.items()}}


def _note(parameter: Parameter) -> str:
    """Return why the type of an argument cannot be described; it then allows any value."""
    try:
        msgspec.json.schema_components([parameter.type], schema_hook=_custom_type)
    except TypeError as error:
        # Such as a default of a type that only the module knows.
        return f" (This schema allows any value: {str(error).removesuffix('.')}.)"
    return ""


def _argument(parameter: Parameter, schema: dict[str, Any], text: str) -> dict[str, Any]:
    described = _or_reference(schema, text)
    if not parameter.required and parameter.default is not None:
        described["default"] = written_default(parameter.default)
    return described


def _or_reference(schema: dict[str, Any], text: str) -> dict[str, Any]:
    """Allow a variable or a secret in place of the value."""
    return {"anyOf": [schema, {"$ref": "#/definitions/reference"}], "description": text}


def _reference() -> dict[str, Any]:
    secret = {"type": "object", "properties": {"!secret": {}}, "required": ["!secret"], "maxProperties": 1}
    return {"anyOf": [_VARIABLE, secret]}


def _route() -> dict[str, Any]:
    end = {"anyOf": [{"type": "string", "pattern": f"^{_END}$"}, _VARIABLE]}
    mapping = {
        "type": "object",
        "required": ["from", "to"],
        "additionalProperties": False,
        "properties": {
            "from": {**end, "description": "The queue that events leave through: module.queue."},
            "to": {**end, "description": "The queue that they enter: module.queue."},
            "size": _or_reference({"type": "integer", "minimum": 1}, "Events that the route holds."),
            "overflow": _or_reference({"enum": list(OVERFLOWS)}, "What happens when the route is full."),
        },
    }
    return {"anyOf": [{"type": "string", "pattern": rf"^\s*{_END}\s*->\s*{_END}\s*$"}, _VARIABLE, mapping]}


def _text(description: str = "") -> dict[str, Any]:
    return {"type": "string", **({"description": description} if description else {})}


def _custom_type(kind: type) -> dict[str, Any]:
    """Return the schema of a type that msgspec does not know: the type's own, or one that allows anything."""
    return _KNOWN_TYPES.get(kind) or dict(getattr(kind, "argument_schema", _ANYTHING))
