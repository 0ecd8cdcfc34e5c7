"""`syslog-relay.yaml`, between real senders, logger and rsyslog, and a real rsyslog as the central server."""

from __future__ import annotations

import re
import socket
import subprocess
from contextlib import contextmanager

from peers import EXAMPLES, free_port, lines, needs, run_example, running, wait_for_port

from wishbone_testing import wait_until

pytestmark = [needs("rsyslogd", "rsyslog"), needs("logger", "bsdutils")]

LOG = lines(EXAMPLES / "dpkg.log")

RECEIVER = """
global(workDirectory="{folder}" net.enableDNS="off")
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="line" type="string"
         string="%syslogseverity-text% %hostname% %app-name% %msg:::drop-last-lf%\\n")
action(type="omfile" file="{folder}/out" template="line" flushOnTXEnd="on")
"""

SENDER = """
global(workDirectory="{folder}" net.enableDNS="off" localHostname="web1")
module(load="imfile" PollingInterval="1")
input(type="imfile" File="{log}" Tag="dpkg:" Severity="info" Facility="local0")
action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" queue.type="direct")
"""


@contextmanager
def rsyslog(folder, text, **settings):
    folder.mkdir(exist_ok=True)
    (folder / "conf").write_text(text.format(folder=folder, **settings))
    with running("rsyslogd", "-n", "-f", folder / "conf", "-i", folder / "pid"):
        yield lambda: lines(folder / "out")


def log(port, protocol, severity, message):
    options = [
        "--server",
        "127.0.0.1",
        "--port",
        str(port),
        f"--{protocol}",
        "--priority",
        f"user.{severity}",
    ]
    subprocess.run(["logger", *options, "--tag", "app", message], check=True, timeout=20)


def messages(out):
    """Return severity and text of each line of a receiver, without the space that RFC 3164 has before it."""
    return {(line.split()[0], line.split(maxsplit=3)[3]) for line in out()}


def test_relays_by_severity_and_keeps_host_and_program_over_udp_and_tcp(tmp_path):
    port, urgent_port, central_port = free_port(), free_port(), free_port()
    settings = {
        "PORT": port,
        "URGENT": f"127.0.0.1:{urgent_port}",
        "CENTRAL": f"127.0.0.1:{central_port}",
        "STANDBY": f"127.0.0.1:{free_port()}",
    }
    with (
        rsyslog(tmp_path / "urgent", RECEIVER, port=urgent_port) as urgent,
        rsyslog(tmp_path / "central", RECEIVER, port=central_port) as central,
        run_example("syslog-relay.yaml", tmp_path, **settings) as relay,
    ):
        wait_for_port(port, relay)
        for protocol in ("udp", "tcp"):
            log(port, protocol, "crit", f"the disk fails, {protocol}")
            log(port, protocol, "notice", f"ada came, {protocol}")
            log(port, protocol, "debug", f"x is 1, {protocol}")
        with rsyslog(tmp_path / "sender", SENDER, port=port, log=EXAMPLES / "dpkg.log"):
            wait_until(lambda: len(central()) == len(LOG) + 2, "the central server to have all", 30)
        wait_until(lambda: len(urgent()) == 2, "the urgent ones")
        (debug,) = (tmp_path / "debug").iterdir()
        wait_until(lambda: len(lines(debug)) == 2, "those of debugging")
        assert relay.stop() == 0
        assert messages(urgent) == {("crit", "the disk fails, udp"), ("crit", "the disk fails, tcp")}
        assert [line for line in central() if "web1 dpkg" in line] == [
            f"info web1 dpkg {line}" for line in LOG
        ]
        assert {("notice", "ada came, udp"), ("notice", "ada came, tcp")} <= messages(central)
        host = re.escape(debug.stem)
        assert all(re.search(rf" {host} app .*x is 1, (udp|tcp)$", line) for line in lines(debug))


def test_what_nobody_can_be_given_waits_also_when_the_relay_is_killed(tmp_path):
    port, urgent_port, standby_port = free_port(), free_port(), free_port()
    settings = {
        "PORT": port,
        "URGENT": f"127.0.0.1:{urgent_port}",
        "CENTRAL": f"127.0.0.1:{free_port()}",
        "STANDBY": f"127.0.0.1:{standby_port}",
    }
    with run_example("syslog-relay.yaml", tmp_path, **settings) as relay:
        wait_for_port(port, relay)
        with socket.create_connection(("127.0.0.1", port)) as sender:
            sender.sendall(b"<11>1 - web1 app - - - broken\n<14>1 - web1 app - - - well\n99 <14>1 - web1 app")
        wait_until(lambda: len(lines(tmp_path / "spool.log")) == 2, "the messages to be kept")
        wait_until(lambda: lines(tmp_path / "broken.log") == ["<14>1 - web1 app"], "what is cut off")
        relay.kill()
        with (
            rsyslog(tmp_path / "urgent", RECEIVER, port=urgent_port) as urgent,
            rsyslog(tmp_path / "standby", RECEIVER, port=standby_port) as standby,
        ):
            relay.start()
            wait_until(lambda: messages(urgent) == {("err", "broken")}, "the urgent one")
            wait_until(lambda: messages(standby) == {("info", "well")}, "the other one")
            assert relay.stop() == 0


def test_nothing_is_lost_of_a_spool_that_was_rotated_while_the_server_was_away(tmp_path):
    small = tmp_path / "small.yaml"
    text = (EXAMPLES / "syslog-relay.yaml").read_text(encoding="utf-8")
    small.write_text(text.replace("100000000", "5000").replace("10000}", "10}"), encoding="utf-8")
    port, central_port = free_port(), free_port()
    settings = {"PORT": port, "CENTRAL": f"127.0.0.1:{central_port}", "STANDBY": f"127.0.0.1:{free_port()}"}

    def spooled():
        return [line for path in tmp_path.glob("spool.log*") for line in lines(path)]

    with run_example(small, tmp_path, **settings) as relay:
        wait_for_port(port, relay)
        with socket.create_connection(("127.0.0.1", port)) as sender:
            for number in range(400):
                sender.sendall(b"<14>1 - web1 app - - - number %d\n" % number)
                if number % 40 == 39:
                    wait_until(lambda number=number: len(spooled()) == number + 1, "what was sent")
        assert len(list(tmp_path.glob("spool.log*"))) > 3
        with rsyslog(tmp_path / "central", RECEIVER, port=central_port) as central:
            wait_until(
                lambda: messages(central) == {("info", f"number {n}") for n in range(400)}, "all of it"
            )
