"""How bodies are decompressed and decoded."""

from __future__ import annotations

import gzip
import json
import zlib
from time import monotonic

import gevent
import pytest
from http_client import Client, post
from pipeline import running

from wishbone.arguments import EncoderFactory


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


def test_empty_array_is_an_empty_batch_on_a_route_with_split():
    with running({"routes": [{"split": True}]}) as pipeline:
        answer = post(pipeline.port, "[]")
        assert (answer.status, answer.body) == (200, b'{"events":0}')
        assert post(pipeline.port, " ").status == 400
        assert pipeline.output.payloads == []


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


def test_all_members_of_gzip_are_decompressed():
    with running() as pipeline, Client(pipeline.port) as client:
        headers = {"Content-Encoding": "gzip"}
        members = [gzip.compress(b"%d\n" % number) for number in range(5)]
        assert client.request(b"".join(members), headers=headers).body == b'{"events":5}'
        assert client.request(b"".join(members)[:-1], headers=headers).status == 400
        large = gzip.compress(b'"' + b"x" * 100_000) + gzip.compress(b"y" * 100_000 + b'"')
        assert client.request(large, headers=headers).status == 200
        assert client.request(gzip.compress(b"") + gzip.compress(b"6"), headers=headers).status == 200
        assert pipeline.output.payloads == [*range(5), "x" * 100_000 + "y" * 100_000, 6]


def test_members_of_gzip_share_the_limit():
    with running({"max_body": 10_000}) as pipeline:
        bomb = gzip.compress(b" " * 5_000) * 3
        assert post(pipeline.port, bomb, headers={"Content-Encoding": "gzip"}).status == 413


@pytest.mark.parametrize("name", ["gzip", "zstd"])
@pytest.mark.parametrize("labelled", [True, False])
def test_decoder_that_decompresses_reads_its_own_coding(name, labelled):
    encoder = EncoderFactory(name, encoder="json")()
    body = encoder.encode({"n": 1}) + encoder.encode({"n": 2}) + encoder.flush()
    with running({"decoder": {name: {"decoder": "json"}}}) as pipeline:
        headers = {"Content-Encoding": name} if labelled else {}
        assert post(pipeline.port, body, headers=headers).status == 200
        assert pipeline.output.payloads == [{"n": 1}, {"n": 2}]


def bomb(name, data):
    encoder = EncoderFactory(name, encoder={"plain": {"delimiter": ""}})()
    return encoder.encode(data) + encoder.flush()


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("name", ["gzip", "zstd"])
@pytest.mark.parametrize("data", ["\n" * 50_000_000, "1\n" * 25_000_000, "[" * 50_000_000])
def test_decoder_decompresses_no_more_than_max_body(name, labelled, data):
    body = bomb(name, data)
    assert len(body) < 100_000
    with running({"decoder": {name: {"decoder": "json"}}, "max_body": 100_000}) as pipeline:
        began = monotonic()
        answer = post(pipeline.port, body, headers={"Content-Encoding": name} if labelled else {})
        assert answer.status in {400, 413}
        assert monotonic() - began < 1
        assert pipeline.output.payloads == []


def test_decoder_within_a_decoder_decompresses_no_more_than_max_body():
    body = gzip.compress(bomb("zstd", " " * 50_000_000))
    with running({"decoder": {"gzip": {"decoder": {"zstd": {"decoder": "json"}}}}}) as pipeline:
        answer = post(pipeline.port, body)
        assert (answer.status, "max_expanded" in answer.error) == (400, True)


def test_limit_of_the_decoder_replaces_max_body():
    decoder = {"gzip": {"decoder": "json", "max_expanded": 1_000_000}}
    with running({"decoder": decoder, "max_body": 10_000}) as pipeline:
        assert post(pipeline.port, gzip.compress(b'"' + b"x" * 500_000 + b'"')).status == 200


def test_number_of_events_is_limited():
    with running({"max_events": 3}) as pipeline:
        assert post(pipeline.port, "1 2 3").status == 200
        answer = post(pipeline.port, "1 2 3 4")
        assert (answer.status, "more than 3 events" in answer.error) == (413, True)
        assert post(pipeline.port, "1 " * 100_000).status == 413
        assert pipeline.output.payloads == [1, 2, 3]


def test_items_of_a_batch_count_as_events():
    with running({"max_events": 3, "routes": [{"split": True}]}) as pipeline:
        assert post(pipeline.port, "[1, 2, 3]").status == 200
        assert post(pipeline.port, "[1, 2] [3, 4]").status == 413


HOSTILE = {
    "brackets": b"[" * 300_000,
    "braces on lines": b"{\n" * 150_000,
    "tiny documents": b"1 " * 500_000,
    "empty arrays": b"[]" * 500_000,
    "not UTF-8": b"\xff" * 300_000,
    "quotes": b'"\n' * 500_000,
    "spaces": b" " * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("split", [True, False])
def test_health_check_is_answered_within_a_second_during_hostile_bodies(name, split):
    """Each is about 1 KB on the wire."""
    body = gzip.compress(HOSTILE[name])
    with running({"health": "/healthz", "routes": [{"split": split}]}) as pipeline:
        senders = [
            gevent.spawn(post, pipeline.port, body, headers={"Content-Encoding": "gzip"}, patience=60)
            for _ in range(10)
        ]
        slowest = 0.0
        while not all(sender.ready() for sender in senders):
            began = monotonic()
            assert post(pipeline.port, b"", path="/healthz", method="GET").status == 200
            slowest = max(slowest, monotonic() - began)
        assert {sender.get().status for sender in senders} <= {400, 413}
        assert slowest < 1
