"""Content: what the headers of a request say about its body."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wishbone_output_http.body import BodyKind

JSON = "application/json"

LINES = "application/x-ndjson"

TEXT = "text/plain; charset=utf-8"


def content_headers(kind: BodyKind) -> dict[str, str]:
    """Return the headers that describe bodies of a kind."""
    if kind.template is not None:
        return {"Content-Type": JSON if kind.format == "array" else TEXT}
    encoder = kind.encoder()
    lines = encoder.content_type == JSON and kind.batch and kind.format == "lines"
    headers = {"Content-Type": LINES if lines else encoder.content_type}
    if encoder.content_coding:
        headers["Content-Encoding"] = encoder.content_coding
    return headers
