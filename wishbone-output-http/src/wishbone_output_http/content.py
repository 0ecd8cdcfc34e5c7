"""Content: what the headers of a request say about its body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wishbone.factory import EncoderFactory
    from wishbone_output_http.body import BodyKind

UNKNOWN = "application/octet-stream"

TEXT = "text/plain; charset=utf-8"

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "msgpack": "application/vnd.msgpack",
    "plain": TEXT,
}
"""The type of what an encoder makes, by its name."""

CODINGS = frozenset({"br", "deflate", "gzip", "zstd"})
"""Encoders that compress what another makes, and are named as HTTP names their coding."""


def content_headers(kind: BodyKind) -> dict[str, str]:
    """Return the headers that describe bodies of a kind."""
    if kind.template is not None:
        return {"Content-Type": TYPES["json"] if kind.format == "array" else TEXT}
    name: Any = kind.encoder.name
    headers: dict[str, str] = {}
    if name in CODINGS:
        headers["Content-Encoding"] = name
        name = _inner(kind.encoder)
    content_type = TYPES.get(name, UNKNOWN) if isinstance(name, str) else UNKNOWN
    if name == "json" and kind.batch and kind.format == "lines":
        content_type = "application/x-ndjson"
    return {"Content-Type": content_type, **headers}


def _inner(encoder: EncoderFactory) -> Any:
    """Return the name of the encoder whose output another one compresses."""
    inner = encoder.arguments.get("encoder", "json")
    return next(iter(inner), None) if isinstance(inner, dict) else inner
