from __future__ import annotations

import pytest
from http_client import Client, post, request
from pipeline import running

from wishbone import ActorConfig
from wishbone.actor import traits_of
from wishbone_input_http import Http
from wishbone_testing import wait_until
from wishbone_testing.conformance import InputConformance


class TestConformance(InputConformance):
    module = Http
    arguments = {"port": 0, "queue_timeout": 30}
    wrong_arguments = (
        {"port": 65536},
        {"host": "no-such-host.invalid"},
        {"host": "no..name"},
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


def test_event_has_details_of_its_request():
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


def test_changed_details_do_not_leak_into_later_events_of_a_batch():
    seen = []

    def touch(event):
        seen.append(event.get("tmp.http.path"))
        event.set("changed", "tmp.http.path")

    with running(size=1) as pipeline:
        pipeline.output.touch = touch
        assert post(pipeline.port, "1\n2\n3\n4\n5").status == 200
        assert seen == ["/"] * 5


def test_path_and_method_select_the_queue():
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


def test_response_405_lists_the_allowed_methods():
    with running({"routes": [{"path": "/a", "methods": ["POST", "PUT"]}]}) as pipeline:
        answer = post(pipeline.port, path="/a", method="DELETE")
        assert (answer.status, answer.headers["Allow"]) == (405, "POST, PUT, OPTIONS")
        answer = post(pipeline.port, b"", path="/a", method="OPTIONS")
        assert (answer.status, answer.headers["Allow"], answer.body) == (204, "POST, PUT, OPTIONS", b"")
        assert post(pipeline.port, b"", path="/b", method="OPTIONS").status == 404


def test_response_to_head_has_no_body():
    with running({"health": "/healthz"}) as pipeline, Client(pipeline.port) as client:
        answer = client.request(b"", path="/healthz", method="HEAD")
        assert (answer.status, answer.body) == (200, b"")
        assert int(answer.headers["Content-Length"]) > 0
        assert client.request(b"", path="/", method="HEAD").status == 405
        assert client.request(b"1").status == 200


def test_query_with_too_many_fields_is_refused():
    with running() as pipeline:
        assert post(pipeline.port, path="/?" + "a=b&" * 101).status == 400


def test_health_check_is_answered_without_authentication():
    with running({"health": "/healthz", "authentication": {"bearer": ["s"]}}) as pipeline:
        answer = post(pipeline.port, b"", path="/healthz", method="GET")
        assert (answer.status, answer.body) == (200, b'{"status":"accepting"}')
        assert not pipeline.output.payloads


def test_responses_are_counted_and_errors_logged_without_the_query():
    with running() as pipeline:
        post(pipeline.port, "1")
        post(pipeline.port, "{", path="/hook?token=secret")
        wait_until(lambda: pipeline.http.answered == {200: 1, 400: 1})
        assert any("POST '/hook' from 127.0.0.1: 400" in text for text in pipeline.messages)
        assert not any("secret" in text for text in pipeline.messages)


def test_log_of_a_request_is_bounded():
    with running() as pipeline:
        post(pipeline.port, "1", path="/" + "x" * 5000, headers={"Content-Encoding": "y" * 5000})
        (text,) = wait_until(lambda: [text for text in pipeline.messages if "415" in text])
        assert len(text) < 1000


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
        ("203.0.113.7:4711", "203.0.113.7"),
        ("203.0.113.7:4711, 10.1.2.3:80", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443, [::ffff:10.1.2.3]:80", "2001:db8::1"),
        ("203.0.113.7:port", "127.0.0.1"),
        ("[203.0.113.7", "127.0.0.1"),
        ("2001:db8::1:443, 10.1.2.3", "2001:db8::1:443"),
    ],
)
def test_address_before_trusted_proxies_is_found(header, peer):
    with running({"trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]}) as pipeline:
        post(pipeline.port, "1", headers={"X-Forwarded-For": header})
        assert pipeline.output.events[0].tmp["http"]["peer"] == peer


@pytest.mark.parametrize(
    ("header", "peer"),
    [
        ("for=203.0.113.7", "203.0.113.7"),
        ('For="203.0.113.7:4711";proto=https;by=10.0.0.1', "203.0.113.7"),
        ('proto=http; for="[2001:db8::1]:443"', "2001:db8::1"),
        ("for=198.51.100.1, for=203.0.113.7, for=10.1.2.3", "203.0.113.7"),
        ("for=203.0.113.7, for=unknown", "127.0.0.1"),
        ("for=_hidden", "127.0.0.1"),
        ("proto=https", "127.0.0.1"),
        ("xfor=203.0.113.7", "127.0.0.1"),
    ],
)
def test_address_in_the_header_forwarded_is_found(header, peer):
    with running({"trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]}) as pipeline:
        post(pipeline.port, "1", headers={"Forwarded": header})
        assert pipeline.output.events[0].tmp["http"]["peer"] == peer


def test_forged_forwarded_header_is_ignored_after_a_proxy_that_writes_x_forwarded_for():
    with running({"trusted_proxies": ["127.0.0.1"]}) as pipeline:
        post(pipeline.port, headers={"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=192.0.2.99"})
        assert pipeline.output.events[0].tmp["http"]["peer"] == "203.0.113.7"


def test_header_from_an_untrusted_peer_is_ignored():
    with running({"trusted_proxies": ["10.0.0.0/8"]}) as pipeline:
        post(pipeline.port, "1", headers={"X-Forwarded-For": "203.0.113.7"})
        assert pipeline.output.events[0].tmp["http"]["peer"] == "127.0.0.1"


def test_access_log_has_every_request():
    with running({"access_log": True}) as pipeline:
        post(pipeline.port, "1", path="/a?b=c")
        wait_until(lambda: "POST '/a' from 127.0.0.1: 200" in pipeline.messages)


@pytest.mark.parametrize(("answer", "replays"), [("acknowledged", True), ("at once", False)])
def test_declares_whether_a_sender_sends_a_failed_event_again(answer, replays):
    http = Http(ActorConfig("http"), answer=answer)
    assert traits_of(http).replays(http) is replays
