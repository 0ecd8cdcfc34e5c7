import pytest
from gevent.pywsgi import WSGIServer

from wishbone_output_ledgerly import Ledgerly
from wishbone_testing import Harness, Pipeline
from wishbone_testing.conformance import OutputConformance


class TestLedgerly(OutputConformance):
    module = Ledgerly
    environment = {"TOKEN": "s3cret"}
    wrong_arguments = ({"url": "here", "token": "t"}, {"url": "http://a", "token": "t\n"})

    @pytest.fixture
    def arguments(self):
        self.requests, self.answers = [], []
        self.server = WSGIServer(("127.0.0.1", 0), self.answer, log=None, spawn=10)
        self.server.start()
        yield {"url": f"http://127.0.0.1:{self.server.server_port}", "token": "s3cret"}
        self.server.stop(timeout=0)

    def answer(self, environ, start_response):
        what = [environ[name] for name in ("REQUEST_METHOD", "PATH_INFO", "HTTP_AUTHORIZATION")]
        self.requests.append([*what, environ["wsgi.input"].read()])
        start_response(self.answers.pop(0) if self.answers else "202 Accepted", [])
        return []

    def break_peer(self):
        self.server.stop(timeout=0)

    def stall_peer(self):
        self.server.stop_accepting()

    def test_acknowledges_a_batch_when_it_is_accepted_after_retries(self, clock, arguments):
        self.answers = ["429 Busy", "503 Busy"]
        file = __file__.replace("test_ledgerly.py", "ledgerly.yaml")
        environment = self.environment | {"LEDGERLY": arguments["url"]}
        with Pipeline(file, keep=["ledgerly"], environment=environment) as pipeline:
            settlements = [pipeline.feed_acknowledged(entry, "input") for entry in "ab"]
            clock.advance(1 + 1 + 2)
            assert all(settlement.wait().acknowledged for settlement in settlements)
        assert self.requests == [["POST", "/v1/entries", "Bearer s3cret", b'{"entries":["a","b"]}']] * 3

    @pytest.mark.parametrize(("code", "error"), [(422, "InvalidData"), (503, "ConnectionError")])
    def test_fails_a_batch_that_is_refused_or_was_retried_for_a_minute(self, clock, arguments, code, error):
        self.answers = [f"{code} No"] * 7
        with Harness(Ledgerly, arguments) as output:
            output.feed(["a"])
            clock.advance(1 + 2 + 4 + 8 + 16 + 32)
            errors = output.receive("failed").errors["module"]
            assert (errors["type"], len(self.requests)) == (error, 1 if code == 422 else 7)
            assert "s3cret" not in str([output.messages(), output.logs, errors])
