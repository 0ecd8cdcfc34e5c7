from __future__ import annotations

import gevent
import pytest
import trustme
from rsyslog import needs_rsyslogd

from wishbone_output_syslog import Syslog
from wishbone_testing import Harness, wait_until

pytestmark = needs_rsyslogd

COUNT = 10_000


def numbers(lines):
    return [int(line.rsplit(" ", 1)[1]) for line in lines]


def feed_numbers(syslog, start, stop):
    for number in range(start, stop):
        syslog.feed(f"number {number}")
        if number % 100 == 0:
            gevent.sleep(0)


@pytest.mark.parametrize("transport", ["tcp", "local", "local stream"])
def test_everything_arrives_complete_and_in_order(rsyslog, transport):
    server = rsyslog(transport)
    with Harness(Syslog, server.arguments) as syslog:
        feed_numbers(syslog, 0, COUNT)
        syslog.wait_until_idle(30)
        lines = server.wait(COUNT)
    assert numbers(lines) == list(range(COUNT))


def test_newline_framing_arrives_complete_and_in_order(rsyslog):
    server = rsyslog("tcp")
    with Harness(Syslog, {**server.arguments, "framing": "newline"}) as syslog:
        feed_numbers(syslog, 0, 1_000)
        lines = server.wait(1_000)
    assert numbers(lines) == list(range(1_000))


def test_nearly_everything_arrives_over_udp_and_no_message_twice(rsyslog):
    server = rsyslog("udp")
    with Harness(Syslog, server.arguments) as syslog:
        feed_numbers(syslog, 0, COUNT)
        syslog.wait_until_idle(30)
        lines = server.wait(COUNT * 0.9)
    arrived = numbers(lines)
    assert len(set(arrived)) == len(arrived)
    assert set(arrived) <= set(range(COUNT))


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_fields_arrive_as_given(rsyslog, transport):
    server = rsyslog(transport)
    arguments = {
        **server.arguments,
        "facility": "local3",
        "severity": "{{ data.level }}",
        "app_name": "my app",
        "procid": "{{ data.pid }}",
        "msgid": "ID7",
        "hostname": "web1",
        "message": "{{ data.text }}",
    }
    with Harness(Syslog, arguments) as syslog:
        syslog.feed({"level": "err", "pid": 77, "text": "häß"})
        assert server.wait(1) == ["155 my_app 77 ID7 web1 häß"]


def test_local_socket_understands_the_default_format(rsyslog):
    server = rsyslog("local")
    with Harness(Syslog, {**server.arguments, "procid": "12", "facility": "mail"}) as syslog:
        syslog.feed("hello")
        (line,) = server.wait(1)
    assert line.startswith("22 wishbone 12 - ")
    assert line.endswith(" hello")


def test_restart_loses_at_most_what_was_in_the_buffers(rsyslog):
    server = rsyslog("tcp")
    with Harness(Syslog, server.arguments) as syslog:
        feed_numbers(syslog, 0, 500)
        server.wait(500)
        server.stop()
        feeder = gevent.spawn(feed_numbers, syslog, 500, 1_000)
        wait_until(lambda: any("Cannot reach" in text for text in syslog.messages()))
        server.start()
        feeder.join()
        lines = server.wait(1_000)
    assert numbers(lines) == list(range(1_000))


def test_restart_in_the_middle_keeps_what_comes_after(rsyslog):
    server = rsyslog("tcp")
    with Harness(Syslog, server.arguments) as syslog:
        feeder = gevent.spawn(feed_numbers, syslog, 0, COUNT)
        server.wait(100)
        assert not feeder.dead
        server.stop()
        server.start()
        feeder.join(30)
        syslog.wait_until_idle(30)
        wait_until(lambda: server.lines()[-1:] and numbers(server.lines()[-1:]) == [COUNT - 1])
    arrived = numbers(server.lines())
    assert arrived == sorted(set(arrived))
    missing = sorted(set(range(COUNT)) - set(arrived))
    assert not missing or missing == list(range(missing[0], missing[-1] + 1))


def test_tls_reaches_a_real_rsyslogd(rsyslog, tmp_path):
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    extra = (
        f'DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="{tmp_path}/ca.pem"'
        f' DefaultNetstreamDriverCertFile="{tmp_path}/cert.pem"'
        f' DefaultNetstreamDriverKeyFile="{tmp_path}/key.pem"'
    )
    server = rsyslog("tls", extra_global=extra)
    arguments = {**server.arguments, "ca_file": f"{tmp_path}/ca.pem", "server_name": "localhost"}
    with Harness(Syslog, arguments) as syslog:
        feed_numbers(syslog, 0, 1_000)
        lines = server.wait(1_000)
    assert numbers(lines) == list(range(1_000))
