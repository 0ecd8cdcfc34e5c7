"""`csv-to-http.yaml`, with what dpkg knows of a Debian."""

from __future__ import annotations

import csv
import json
from threading import Event

from peers import EXAMPLES, Service, lines, run_example

from wishbone_testing import wait_until

PACKAGES = EXAMPLES / "packages.csv"


def records():
    with PACKAGES.open(encoding="utf-8", newline="") as file:
        return [{**record, "kilobytes": int(record["kilobytes"])} for record in csv.DictReader(file)]


def sent(api):
    return [record for request in api.requests for record in request.json]


def test_sends_every_record_in_batches_and_ends(tmp_path):
    with Service() as api:
        settings = {"CSV": PACKAGES, "API": f"{api.url}packages", "API_TOKEN": "a-token"}
        with run_example("csv-to-http.yaml", tmp_path, **settings) as server:
            assert server.wait() == 0
            assert "a-token" not in server.output
        assert sent(api) == records()
        assert [len(request.json) for request in api.requests] == [100, 100, 100, 38]
        assert {request.path for request in api.requests} == {"/packages"}
        assert {request.headers["authorization"] for request in api.requests} == {"Bearer a-token"}
        assert {request.headers["content-type"] for request in api.requests} == {"application/json"}

        with run_example("csv-to-http.yaml", tmp_path, **settings) as server:
            assert server.wait() == 0
        assert len(sent(api)) == len(records())


def test_what_is_wrong_with_a_record_is_told_and_the_others_are_sent(tmp_path):
    broken = tmp_path / "packages.csv"
    text = PACKAGES.read_text(encoding="utf-8")
    broken.write_text(f"{text}short,1.0\nlarge,1.0,admin,many,not a number\n", encoding="utf-8")
    with Service(lambda request: 400 if b'"adduser"' in request.body else 200) as api:
        settings = {"CSV": broken, "API": api.url, "API_TOKEN": "a-token"}
        with run_example("csv-to-http.yaml", tmp_path, **settings) as server:
            assert server.wait() == 0
        assert sorted(sent(api), key=str) == sorted(records()[1:], key=str)
    assert lines(tmp_path / "broken.csv") == ["short,1.0"]
    refused = [json.loads(line) for line in lines(tmp_path / "refused.jsonl")]
    why = {each["record"]["package"]: each["errors"] for each in refused}
    assert sorted(why) == ["adduser", "large"]
    assert "400" in why["adduser"]["api"]["message"]
    assert "many" in why["large"]["types"]["message"]


def test_nothing_is_lost_when_the_api_fails_in_the_middle_and_it_is_killed(tmp_path):
    stuck = Event()

    def accept_two(request):
        if len(api.requests) < 2:
            return 200
        stuck.set()
        return 503

    with Service(accept_two) as api:
        settings = {"CSV": PACKAGES, "API": api.url, "API_TOKEN": "a-token"}
        with run_example("csv-to-http.yaml", tmp_path, **settings) as server:
            wait_until(stuck.is_set, "the API to fail")
            server.kill()
            assert len(sent(api)) == 200
            api.answer = lambda request: 200
            server.start()
            assert server.wait() == 0
        assert {json.dumps(record) for record in sent(api)} == {json.dumps(record) for record in records()}
