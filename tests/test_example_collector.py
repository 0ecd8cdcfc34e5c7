"""`collector.yaml`, with curl and a hundred lines of a log."""

from __future__ import annotations

import json

from peers import EXAMPLES, curl, free_port, lines, needs, run_example, wait_for_port

pytestmark = needs("curl", "curl")

ENTRIES = [{"line": line} for line in lines(EXAMPLES / "dpkg.log")[:100]]
TOKEN = ("-H", "Authorization: Bearer a-token")


def test_what_is_answered_is_on_the_disk_and_stays_there_when_it_is_killed(tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with run_example("collector.yaml", tmp_path, PORT=port, TOKEN="a-token") as server:
        wait_for_port(port, server)
        assert curl(f"{url}/healthz") == 200
        body = "".join(f"{json.dumps(entry)}\n" for entry in ENTRIES)
        assert curl(f"{url}/debian/dpkg", *TOKEN, "--data-binary", body) == 200
        assert curl(f"{url}/web", *TOKEN, "--data", '{"user": "ada"}') == 200
        assert curl(f"{url}/web", "--data", '{"user": "eve"}') == 401
        assert curl(f"{url}/web", *TOKEN, "--data", "no json") == 400
        server.kill()
        assert [json.loads(line) for line in lines(tmp_path / "logs/debian/dpkg.jsonl")] == ENTRIES
        assert lines(tmp_path / "logs/web.jsonl") == ['{"user":"ada"}']
        assert "a-token" not in server.output


def test_no_path_leads_out_of_the_folder(tmp_path):
    port = free_port()
    folder = tmp_path / "folder"
    folder.mkdir()
    with run_example("collector.yaml", folder, PORT=port, TOKEN="a-token") as server:
        wait_for_port(port, server)
        for path in ("/../outside", "/%2e%2e/outside", "/a/../../../outside"):
            address = f"http://127.0.0.1:{port}{path}"
            assert curl(address, "--path-as-is", *TOKEN, "--data", "{}") == 500
        assert server.stop() == 0
    assert [found.name for found in tmp_path.rglob("*") if found.is_file()] == []
