from __future__ import annotations

import gzip
import json
import re
import zlib

import gevent
import pytest
from client import Client, post, request
from pipeline import running

from wishbone.error import ModuleInitFailure, WishboneError
from wishbone.router import Default
from wishbone_input_http import Http
from wishbone_input_http.descriptors import allow
from wishbone_testing import Harness, wait_until
from wishbone_testing.conformance import InputConformance


class TestConformance(InputConformance):
    module = Http
    arguments = {"port": 0, "queue_timeout": 30}
    wrong_arguments = (
        {"port": 65536},
        {"host": "no-such-host.invalid"},
        {"cert_file": "/no/such/file"},
        {"ca_file": "/no/such/file"},
        {"headers": ["Cookie"]},
        {"trusted_proxies": ["everybody"]},
        {"authentication": {}},
        {"routes": [{"path": "/a"}, {"path": "/a"}]},
        {"health": "healthz"},
    )

    def provoke(self, harness):
        for _ in range(self.producers):
            self.clients.append(Client(harness.module.port))
            self.clients[-1].send(request("1"))

    def exercise(self, harness):
        super().exercise(harness)
        self.break_peer()

    def break_peer(self):
        while self.clients:
            self.clients.pop().socket.close()

    @pytest.fixture(autouse=True)
    def _close_clients(self):
        self.clients = []
        yield
        self.break_peer()


def test_body_becomes_an_event():
    with running() as pipeline:
        answer = post(pipeline.port, '{"user": "ada"}')
        assert (answer.status, answer.body) == (200, b'{"events":1}')
        assert answer.headers["Content-Type"] == "application/json"
        assert pipeline.output.payloads == [{"user": "ada"}]


def test_event_knows_its_request():
    with running({"headers": ["X-GitHub-Event", "X-Missing"]}) as pipeline:
        post(
            pipeline.port,
            path="/a%20b/c?x=1&y=%C3%A9&x=2&z=",
            headers={"X-GitHub-Event": "push", "Authorization": "Bearer s"},
        )
        (event,) = pipeline.output.events
        assert event.tmp["http"] == {
            "method": "POST",
            "path": "/a b/c",
            "query": {"x": "2", "y": "é", "z": ""},
            "peer": "127.0.0.1",
            "headers": {"x-github-event": "push"},
        }
        assert event.get("tmp.http.headers.x-github-event") == "push"


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


def test_array_is_a_batch_when_told_so():
    with running({"routes": [{"split": True}]}) as pipeline:
        assert post(pipeline.port, '[{"n": 1}, {"n": 2}] [] 3').body == b'{"events":3}'
        assert pipeline.output.payloads == [{"n": 1}, {"n": 2}, 3]
        assert post(pipeline.port, "[]").status == 400


def test_events_of_a_batch_share_no_notes():
    with running({"headers": ["Host"]}) as pipeline:
        post(pipeline.port, "1\n2", path="/?a=b")
        one, two = pipeline.output.events
        one.set("changed", "tmp.http.query.a")
        one.set("changed", "tmp.http.headers.host")
        assert two.tmp["http"]["query"] == {"a": "b"}
        assert two.tmp["http"]["headers"] == {"host": "localhost"}


def test_notes_are_those_of_the_request_whatever_is_done_with_them_meanwhile():
    seen = []

    def touch(event):
        seen.append(event.get("tmp.http.path"))
        event.set("changed", "tmp.http.path")

    with running(size=1) as pipeline:
        pipeline.output.touch = touch
        assert post(pipeline.port, "1\n2\n3\n4\n5").status == 200
        assert seen == ["/"] * 5


def test_requests_go_where_path_and_method_say():
    routes = [
        {"path": "/a", "queue": "one"},
        {"path": "/a", "queue": "two", "methods": ["PUT", "GET"]},
        {"path": "/a/*", "queue": "three"},
        {"path": "/a/b/*", "queue": "four", "decoder": {"plain": {}}},
    ]
    with running({"routes": routes}, queues=("one", "two", "three", "four")) as pipeline:
        for path, method, body in [
            ("/a", "POST", b"1"),
            ("/a", "PUT", b"2"),
            ("/a", "GET", b""),
            ("/a/x", "POST", b"3"),
            ("/a/b/c", "POST", b"4"),
        ]:
            assert post(pipeline.port, body, path=path, method=method).status == 200
        assert {name: output.payloads for name, output in pipeline.outputs.items()} == {
            "one": [1],
            "two": [2, None],
            "three": [3],
            "four": ["4"],
        }
        assert post(pipeline.port, path="/b").status == 404
        assert post(pipeline.port, path="/ab").status == 404


def test_wrong_method_is_told_the_right_ones():
    with running({"routes": [{"path": "/a", "methods": ["POST", "PUT"]}]}) as pipeline:
        answer = post(pipeline.port, path="/a", method="DELETE")
        assert (answer.status, answer.headers["Allow"]) == (405, "POST, PUT, OPTIONS")
        answer = post(pipeline.port, b"", path="/a", method="OPTIONS")
        assert (answer.status, answer.headers["Allow"], answer.body) == (204, "POST, PUT, OPTIONS", b"")
        assert post(pipeline.port, b"", path="/b", method="OPTIONS").status == 404


def test_answer_to_head_has_no_body():
    with running({"health": "/healthz"}) as pipeline, Client(pipeline.port) as client:
        answer = client.request(b"", path="/healthz", method="HEAD")
        assert (answer.status, answer.body) == (200, b"")
        assert int(answer.headers["Content-Length"]) > 0
        assert client.request(b"", path="/", method="HEAD").status == 405
        assert client.request(b"1").status == 200


def test_answer_waits_for_the_acknowledgement():
    with running() as pipeline, Client(pipeline.port) as client:
        pipeline.output.gate.clear()
        client.send(request("1\n2\n3"))
        answer = gevent.spawn(client.receive)
        answer.join(0.1)
        assert not answer.ready()
        pipeline.output.gate.set()
        assert answer.get(timeout=5).status == 200
        assert pipeline.output.payloads == [1, 2, 3]


def test_answer_at_once_does_not_wait():
    with running({"answer": "at once"}) as pipeline:
        pipeline.output.gate.clear()
        answer = post(pipeline.port, "1\n2\n3")
        assert (answer.status, answer.body) == (202, b'{"events":3}')
        assert not pipeline.output.payloads


def test_failed_event_is_answered_with_500():
    with running() as pipeline:
        pipeline.output.broken = True
        answer = post(pipeline.port, "1\n2\n3")
        assert answer.status == 500
        assert "broken" not in answer.error
        pipeline.output.broken = False
        assert post(pipeline.port, "4").status == 200
        assert pipeline.output.payloads == [4]


def test_event_that_does_not_settle_in_time_is_answered_with_503():
    with running({"acknowledge_timeout": 0.1, "retry_after": 7}) as pipeline:
        pipeline.output.gate.clear()
        answer = post(pipeline.port, "1")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
        pipeline.output.gate.set()
        wait_until(lambda: pipeline.output.payloads == [1])


def test_event_that_nobody_takes_is_acknowledged():
    with running(queues=()) as pipeline:
        assert post(pipeline.port, "1").status == 200


@pytest.mark.parametrize("body", ["{", '{"n": 1}\nnonsense\n{"n": 3}', b"\xff", '{"n": 1} }'])
def test_bad_body_is_refused_as_a_whole(body):
    with running() as pipeline:
        answer = post(pipeline.port, body)
        assert answer.status == 400
        assert "cannot be read" in answer.error
        assert not pipeline.output.payloads


def test_reason_names_the_bad_value():
    with running() as pipeline:
        assert post(pipeline.port, '{"n": 1}\nnonsense\n').error.startswith("Value 2 of the body")


def test_empty_body_is_refused():
    with running() as pipeline, Client(pipeline.port) as client:
        assert client.request(b"").status == 400
        assert client.request(b" \n").status == 400
        assert client.request(b"", headers={"Content-Length": None}).status == 411
        assert client.request(b"1").status == 200


def test_query_with_too_many_fields_is_refused():
    with running() as pipeline:
        assert post(pipeline.port, path="/?" + "a=b&" * 101).status == 400


@pytest.mark.parametrize(
    ("coding", "compress"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_compressed_body_is_expanded(coding, compress):
    with running() as pipeline, Client(pipeline.port) as client:
        headers = {"Content-Encoding": coding}
        assert client.request(compress(b'{"n": 1}'), headers=headers).status == 200
        assert client.request(compress(b'{"n": 1}')[:-4], headers=headers).status == 400
        assert client.request(compress(b'{"n": 1}') + b"more", headers=headers).status == 400
        assert client.request(b'{"n": 1}', headers=headers).status == 400
        assert client.request(b'{"n": 2}', headers={"Content-Encoding": "identity"}).status == 200
        assert pipeline.output.payloads == [{"n": 1}, {"n": 2}]


def test_body_that_expands_beyond_the_limit_is_refused():
    with running({"max_body": 100_000}) as pipeline, Client(pipeline.port) as client:
        bomb = gzip.compress(b" " * 10_000_000)
        assert len(bomb) < 100_000
        answer = client.request(bomb, headers={"Content-Encoding": "gzip"})
        assert answer.status == 413
        fits = gzip.compress(b" " * 99_999 + b"1")
        assert post(pipeline.port, fits, headers={"Content-Encoding": "gzip"}).status == 200


def test_unknown_coding_is_refused_with_the_known_ones():
    with running() as pipeline:
        answer = post(pipeline.port, headers={"Content-Encoding": "br"})
        assert (answer.status, answer.headers["Accept-Encoding"]) == (415, "gzip, deflate")


def test_full_queue_is_answered_with_503():
    with running({"queue_timeout": 0, "acknowledge_timeout": 0.05}, size=1) as pipeline:
        pipeline.output.gate.clear()
        assert post(pipeline.port, "1").status == 503
        assert post(pipeline.port, "2").status == 503
        answer = post(pipeline.port, "3")
        assert (answer.status, answer.error, answer.headers["Retry-After"]) == (
            503,
            "The pipeline is full.",
            "5",
        )
        pipeline.output.gate.set()
        wait_until(lambda: pipeline.output.payloads == [1, 2])
        assert post(pipeline.port, "4").status == 200
        assert pipeline.output.payloads == [1, 2, 4]


def test_request_waits_for_room_as_long_as_it_may():
    with running({"queue_timeout": 5}, size=1) as pipeline:
        pipeline.output.gate.clear()
        answers = [gevent.spawn(post, pipeline.port, str(number)) for number in range(10)]
        wait_until(lambda: pipeline.http.pool.queue.outbox.waited_total >= 8)
        pipeline.output.gate.set()
        assert [answer.get(timeout=5).status for answer in answers] == [200] * 10
        assert sorted(pipeline.output.payloads) == list(range(10))


def test_batch_larger_than_the_queue_gets_through():
    with running(size=2) as pipeline:
        assert post(pipeline.port, "\n".join(map(str, range(1000)))).body == b'{"events":1000}'
        assert pipeline.output.payloads == list(range(1000))


def test_batch_that_is_taken_by_half_says_so():
    with running({"queue_timeout": 0.05}, size=2) as pipeline:
        pipeline.output.gate.clear()
        answer = post(pipeline.port, "1\n2\n3\n4\n5")
        assert answer.status == 503
        taken = int(re.search(r"(\d) of 5 events were taken", answer.error)[1])
        assert 2 <= taken < 5
        pipeline.output.gate.set()
        assert post(pipeline.port, "1\n2\n3\n4\n5").status == 200
        assert pipeline.output.payloads == [*range(1, taken + 1), 1, 2, 3, 4, 5]


def test_health_is_told():
    with running({"health": "/healthz", "authentication": {"bearer": ["s"]}}) as pipeline:
        answer = post(pipeline.port, b"", path="/healthz", method="GET")
        assert (answer.status, answer.body) == (200, b'{"status":"accepting"}')
        assert not pipeline.output.payloads


def test_answers_are_counted_and_refusals_logged_without_the_query():
    with running() as pipeline:
        post(pipeline.port, "1")
        post(pipeline.port, "{", path="/hook?token=secret")
        wait_until(lambda: pipeline.http.answered == {200: 1, 400: 1})
        assert any("POST '/hook' from 127.0.0.1: 400" in text for text in pipeline.messages)
        assert not any("secret" in text for text in pipeline.messages)


@pytest.mark.parametrize(
    ("header", "peer"),
    [
        (None, "127.0.0.1"),
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("10.1.2.3", "10.1.2.3"),
        ("nonsense, 10.1.2.3", "10.1.2.3"),
        ("2001:db8::1", "2001:db8::1"),
        ("", "127.0.0.1"),
    ],
)
def test_address_before_trusted_proxies_is_told(header, peer):
    with running({"trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]}) as pipeline:
        post(pipeline.port, "1", headers={"X-Forwarded-For": header})
        assert pipeline.output.events[0].tmp["http"]["peer"] == peer


def test_header_of_a_proxy_that_is_not_trusted_is_not_believed():
    with running({"trusted_proxies": ["10.0.0.0/8"]}) as pipeline:
        post(pipeline.port, "1", headers={"X-Forwarded-For": "203.0.113.7"})
        assert pipeline.output.events[0].tmp["http"]["peer"] == "127.0.0.1"


def test_decoder_that_raises_is_answered_with_500_and_reported(monkeypatch):
    with running() as pipeline, Client(pipeline.port) as client:
        with monkeypatch.context() as patched:
            patched.setattr("wishbone_input_http.service.read_values", lambda *_, **__: 1 / 0)
            assert client.request("1").status == 500
        assert any("division by zero" in text for text in pipeline.messages)
        assert client.request("1").status == 200


def test_answers_and_connections_are_measured():
    with Harness(Http, {"port": 0}, frequency=0.05) as http, Client(http.module.port) as client:
        client.request("1")
        client.request("{")

        def measured():
            return {event.data.name: event.data.value for event in http.received("metrics")}

        wanted = {
            "module.module.answered.200": 1,
            "module.module.answered.400": 1,
            "module.module.connections": 1,
        }
        wait_until(lambda: wanted.items() <= measured().items())


def test_limit_of_open_files_is_raised_as_far_as_it_can_be(monkeypatch):
    limits = [1024, 4096]
    monkeypatch.setattr("resource.getrlimit", lambda _: tuple(limits))
    monkeypatch.setattr("resource.setrlimit", lambda _, both: limits.__setitem__(slice(None), both))
    assert allow(100) == 100
    assert limits == [1024, 4096]
    assert allow(2000) == 2000
    assert limits == [2064, 4096]
    assert allow(5000) == 4032
    assert limits == [4096, 4096]


def test_address_that_is_taken_is_named():
    with running() as pipeline:
        second = Default()
        second.registerModule(Http, "second", {"port": pipeline.port})
        with pytest.raises(
            ModuleInitFailure, match=f"listen at 127.0.0.1:{pipeline.port}: Address already in use"
        ):
            second.start()


def test_open_server_for_everybody_is_warned_about():
    with running({"host": "0.0.0.0"}) as pipeline:
        assert any("set 'authentication'" in text for text in pipeline.messages)
    with running({"host": "0.0.0.0", "authentication": {"bearer": ["s"]}}) as pipeline:
        assert not any("set 'authentication'" in text for text in pipeline.messages)


def test_port_may_be_shared():
    shared = {"reuse_port": True}
    with running(shared) as pipeline, running({**shared, "port": pipeline.port}) as other:
        assert post(other.port, "1").status == 200
        assert len(pipeline.output.payloads) + len(other.output.payloads) == 1


def test_every_address_of_a_name_is_served():
    with running({"host": "localhost"}) as pipeline:
        for family, _, _, _, address in gevent.socket.getaddrinfo("localhost", pipeline.port, type=1):
            with gevent.socket.socket(family) as peer:
                peer.connect(address)


def test_requests_are_logged_when_that_is_wanted():
    with running({"access_log": True}) as pipeline:
        post(pipeline.port, "1", path="/a?b=c")
        wait_until(lambda: "POST '/a' from 127.0.0.1: 200" in pipeline.messages)


def test_ipv6_is_served():
    with running({"host": "::1"}) as pipeline:
        client = Client.__new__(Client)
        client.socket = gevent.socket.create_connection(("::1", pipeline.port), 5)
        with client:
            assert client.request("1").status == 200
        assert pipeline.output.events[0].tmp["http"]["peer"] == "::1"


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        ({"headers": ["AUTHORIZATION"]}, "which has secrets"),
        ({"headers": ["X Y"]}, "headers"),
        ({"key_file": "key.pem"}, "need the 'cert_file'"),
        ({"routes": [{"path": "/a"}, {"path": "/a"}]}, "Two routes take POST /a"),
        ({"routes": [{"path": "a"}]}, "routes.0.path"),
        ({"routes": [{"path": "/a*b"}]}, "not at its end"),
        ({"routes": [{"methods": ["BREW"]}]}, "BREW"),
        ({"routes": [{"public": True, "authentication": {"bearer": ["s"]}}]}, "leave one out"),
        ({"routes": [{"queue": "failed"}]}, "failed"),
        ({"routes": [{"quene": "a"}]}, "quene"),
        ({"routes": [{"decoder": "jsom"}]}, "jsom"),
        ({"authentication": {}}, "at least one of"),
        ({"authentication": {"bearer": [""]}}, "bearer"),
        ({"authentication": {"basic": {"a:b": "c"}}}, "colon"),
        ({"authentication": {"signature": {"secrets": []}}}, "secrets"),
        ({"authentication": {"signature": {"secrets": ["s"], "style": "plain"}}}, "'header' is missing"),
        ({"trusted_proxies": ["10.0.0.1/8"]}, "trusted_proxies"),
        ({"max_body": 0}, "max_body"),
    ],
)
def test_wrong_arguments_are_refused(arguments, cause):
    with pytest.raises(WishboneError, match=cause):
        Default().registerModule(Http, "http", arguments)


def test_missing_certificate_is_named():
    router = Default()
    router.registerModule(Http, "http", {"port": 0, "cert_file": "/no/such.pem"})
    with pytest.raises(ModuleInitFailure, match=r"/no/such.pem"):
        router.start()
