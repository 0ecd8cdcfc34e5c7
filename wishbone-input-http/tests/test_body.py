"""How bodies are decompressed and decoded."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
from http_client import Client, post
from pipeline import running


@pytest.mark.parametrize(
    ("body", "payloads"),
    [
        ('{"n": 1}\n{"n": 2}\n{"n": 3}\n', [{"n": 1}, {"n": 2}, {"n": 3}]),
        ('{\n  "n": 1\n}', [{"n": 1}]),
        ("[1, 2]", [[1, 2]]),
    ],
)
def test_every_document_of_a_body_is_an_event(body, payloads):
    with running() as pipeline:
        assert json.loads(post(pipeline.port, body).body) == {"events": len(payloads)}
        assert pipeline.output.payloads == payloads


def test_array_is_a_batch_on_a_route_with_split():
    with running({"routes": [{"split": True}]}) as pipeline:
        assert post(pipeline.port, '[{"n": 1}, {"n": 2}] [] 3').body == b'{"events":3}'
        assert pipeline.output.payloads == [{"n": 1}, {"n": 2}, 3]
        assert post(pipeline.port, "[]").status == 400


def test_events_of_a_batch_do_not_share_their_details():
    with running({"headers": ["Host"]}) as pipeline:
        post(pipeline.port, "1\n2", path="/?a=b")
        one, two = pipeline.output.events
        one.set("changed", "tmp.http.query.a")
        one.set("changed", "tmp.http.headers.host")
        assert two.tmp["http"]["query"] == {"a": "b"}
        assert two.tmp["http"]["headers"] == {"host": "localhost"}


@pytest.mark.parametrize("body", ["{", '{"n": 1}\nnonsense\n{"n": 3}', b"\xff", '{"n": 1} }'])
def test_body_with_a_bad_value_is_refused_as_a_whole(body):
    with running() as pipeline:
        answer = post(pipeline.port, body)
        assert answer.status == 400
        assert "cannot be decoded" in answer.error
        assert not pipeline.output.payloads


def test_error_names_the_bad_value():
    with running() as pipeline:
        assert post(pipeline.port, '{"n": 1}\nnonsense\n').error.startswith("Value 2 of the body")


def test_empty_body_is_refused():
    with running() as pipeline, Client(pipeline.port) as client:
        assert client.request(b"").status == 400
        assert client.request(b" \n").status == 400
        assert client.request(b"", headers={"Content-Length": None}).status == 411
        assert client.request(b"1").status == 200


@pytest.mark.parametrize(
    ("coding", "compress"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_compressed_body_is_decompressed(coding, compress):
    with running() as pipeline, Client(pipeline.port) as client:
        headers = {"Content-Encoding": coding}
        assert client.request(compress(b'{"n": 1}'), headers=headers).status == 200
        assert client.request(compress(b'{"n": 1}')[:-4], headers=headers).status == 400
        assert client.request(compress(b'{"n": 1}') + b"more", headers=headers).status == 400
        assert client.request(b'{"n": 1}', headers=headers).status == 400
        assert client.request(b'{"n": 2}', headers={"Content-Encoding": "identity"}).status == 200
        assert pipeline.output.payloads == [{"n": 1}, {"n": 2}]


def test_body_that_decompresses_beyond_the_limit_is_refused():
    with running({"max_body": 100_000}) as pipeline, Client(pipeline.port) as client:
        bomb = gzip.compress(b" " * 10_000_000)
        assert len(bomb) < 100_000
        answer = client.request(bomb, headers={"Content-Encoding": "gzip"})
        assert answer.status == 413
        fits = gzip.compress(b" " * 99_999 + b"1")
        assert post(pipeline.port, fits, headers={"Content-Encoding": "gzip"}).status == 200


def test_unknown_coding_is_refused_with_a_list_of_the_known_ones():
    with running() as pipeline:
        answer = post(pipeline.port, headers={"Content-Encoding": "br"})
        assert (answer.status, answer.headers["Accept-Encoding"]) == (415, "gzip, deflate")
