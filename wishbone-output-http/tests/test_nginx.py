"""With a real nginx."""

from __future__ import annotations

from nginx import needs_nginx

from wishbone_output_http import Http
from wishbone_testing import Harness, wait_until

pytestmark = needs_nginx

QUICK = {"pause": 0.01, "longest_pause": 0.1}


def http(server, path="/", **more):
    return Harness(Http, {"url": f"{server.url}{path}", **QUICK, **more}, unconnected=["failed"])


def statuses(server):
    return [request[0] for request in server.requests()]


def test_every_event_arrives_although_connections_are_closed_often(nginx):
    server = nginx(extra_server="keepalive_requests 7;")
    with http(server, "/{{ data }}", concurrency=4) as module:
        settlements = [module.feed_acknowledged(number) for number in range(1000)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    wait_until(lambda: len(server.requests()) >= 1000)
    assert sorted(int(target[1:]) for _, _, target, _ in server.requests()) == list(range(1000))


def test_event_that_is_too_large_fails_at_once_and_the_next_is_delivered(nginx):
    server = nginx(extra_server="client_max_body_size 10k;")
    with http(server, "/{{ data|length }}") as module:
        assert module.feed_acknowledged("x" * 10_000_000).wait().failed
        assert module.feed_acknowledged("x").wait().acknowledged
    # It logs a request when it is done with it, and it is long done with the second.
    wait_until(lambda: sorted(statuses(server)) == ["204", "413"])


def test_batch_that_is_too_large_is_divided(nginx):
    server = nginx(extra_server="client_max_body_size 10k;")
    with http(server, batch_size=8) as module:
        settlements = [module.feed_acknowledged("x" * 4_000) for _ in range(8)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    wait_until(lambda: sorted(statuses(server)) == ["204"] * 4 + ["413"] * 3)


def test_rate_limit_slows_down_and_loses_nothing(nginx):
    server = nginx(
        extra_http="limit_req_zone all zone=all:64k rate=50r/s; limit_req_status 429;",
        locations="location /slow { limit_req zone=all; proxy_pass http://127.0.0.1:1; }"
        " location /limited { limit_req zone=all; try_files /none @done; } location @done { return 204; }",
    )
    with http(server, "/limited", concurrency=4, retries=None) as module:
        settlements = [module.feed_acknowledged(number) for number in range(20)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    wait_until(lambda: statuses(server).count("204") == 20)
    assert "429" in statuses(server)


def test_gateway_error_is_retried(nginx):
    server = nginx(locations="location /gateway { proxy_pass http://127.0.0.1:1; }")
    with http(server, "/gateway", retries=2, breaker_failures=0) as module:
        assert module.feed_acknowledged("x").wait().failed
    wait_until(lambda: statuses(server) == ["502"] * 3)


def test_password_is_checked(nginx, tmp_path):
    (tmp_path / "users").write_text("ada:{PLAIN}secret\n")
    server = nginx(
        extra_server='auth_basic "x"; auth_basic_user_file {directory}/users;',
        locations="location /x { try_files /none @done; } location @done { return 204; }",
    )
    with http(server, "/x", username="ada", password="secret") as module:
        assert module.feed_acknowledged("x").wait().acknowledged
    with http(server, "/x", username="ada", password="wrong") as module:
        assert module.feed_acknowledged("x").wait().failed
    wait_until(lambda: statuses(server) == ["204", "401"])


def test_restart_of_the_server_loses_nothing(nginx):
    server = nginx()
    with http(server, "/{{ data }}", retries=None) as module:
        first = [module.feed_acknowledged(number) for number in range(50)]
        assert all(settlement.wait().acknowledged for settlement in first)
        server.stop()
        second = [module.feed_acknowledged(number) for number in range(50, 100)]
        wait_until(lambda: any("gave no answer" in text for text in module.messages()))
        server.start()
        assert all(settlement.wait().acknowledged for settlement in second)
    wait_until(lambda: len(server.requests()) >= 100)
    assert [int(target[1:]) for _, _, target, _ in server.requests()] == list(range(100))


def tls(authority, directory, extra=""):
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(directory / "server.pem")
    return {
        "listen": "ssl",
        "extra_server": "ssl_certificate {directory}/server.pem; ssl_certificate_key {directory}/server.pem;"
        + extra,
    }


def test_client_certificate_is_shown(nginx, authority, tmp_path):
    extra = "ssl_client_certificate {directory}/ca.pem; ssl_verify_client on;"
    server = nginx(**tls(authority, tmp_path, extra))
    own = authority.issue_cert("client.example")
    own.private_key_and_cert_chain_pem.write_to_path(tmp_path / "own.pem")
    ca_file = f"{tmp_path}/ca.pem"
    with http(server, ca_file=ca_file, cert_file=f"{tmp_path}/own.pem") as module:
        assert all(module.feed_acknowledged(number).wait().acknowledged for number in range(10))
    with http(server, ca_file=ca_file) as module:
        assert module.feed_acknowledged("x").wait().failed
    wait_until(lambda: statuses(server) == ["204"] * 10 + ["400"])
