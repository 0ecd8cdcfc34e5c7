"""`nginx.yaml`, beside a real nginx."""

from __future__ import annotations

import pytest
from peers import Service, curl, free_port, lines, needs, run_example, running, wait_for_port

from wishbone_testing import wait_until

pytestmark = [needs("nginx", "nginx-light"), needs("curl", "curl")]

NGINX = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location = / {{ return 200 welcome; }}
    location = /old {{ return 301 /; }}
    location = /broken {{ return 503; }}
    location / {{ return 404; }}
  }}
}}
"""

PAGES = {"/": 200, "/old": 301, '/none?a="500"': 404, "/broken": 503}


@pytest.fixture
def site(tmp_path):
    """The address of an nginx that writes its access log to the folder of the test."""
    port = free_port()
    folder = tmp_path / "nginx"
    folder.mkdir()
    (folder / "conf").write_text(NGINX.format(folder=folder, port=port))
    with running("nginx", "-p", folder, "-c", folder / "conf", "-e", folder / "error.log"):
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}"


def filed(folder):
    return {status: lines(folder / f"{status}.log") for status in PAGES.values()}


def by_status(log):
    return {status: [line for line in log if f'" {status} ' in line] for status in PAGES.values()}


def test_files_each_line_by_its_status_and_alerts_also_when_killed_and_the_webhook_was_down(site, tmp_path):
    log = tmp_path / "nginx" / "access.log"
    webhook = Service(down=True)
    settings = {"ACCESS_LOG": log, "WEBHOOK": webhook.url}
    with webhook, run_example("nginx.yaml", tmp_path, **settings) as server:
        for page, status in PAGES.items():
            assert curl(site + page, "-A", 'curl] "GET / HTTP/1.1" 500 1 "') == status
        for _ in range(10):
            curl(f"{site}/broken")
        wait_until(lambda: filed(tmp_path) == by_status(lines(log)), "all lines to be filed")
        webhook.start()
        alert = webhook.wait(1)[0].json
        assert alert["text"].startswith("Ten server errors within a minute. The last: 127.0.0.1 ")
        assert '"GET /broken HTTP/1.1" 503' in alert["text"]

        with log.open("a", encoding="utf-8") as broken:
            broken.write("what a full disk left of a line\n")
        wait_until(lambda: lines(tmp_path / "unreadable.log") == ["what a full disk left of a line"])

        server.kill()
        curl(site)
        server.start()
        curl(f"{site}/none")
        wait_until(
            lambda: (
                {status: set(filed(tmp_path)[status]) for status in PAGES.values()}
                == {status: set(found) for status, found in by_status(lines(log)).items()}
            ),
            "what was written meanwhile",
        )
        assert server.stop() == 0
    assert len(lines(log)) == 17
    assert len(by_status(lines(log))[503]) == 11
