"""`fan-out.yaml`, with two services of which one is down."""

from __future__ import annotations

from peers import EXAMPLES, Service, lines, run_example

from wishbone_testing import wait_until

LOG = EXAMPLES / "dpkg.log"
RATE = 200


def assert_rate_kept(service):
    """In no stretch of requests did more come than the rate allows, and one that was late."""
    times = [request.time for request in service.requests]
    for first in range(0, len(times), 10):
        for last in range(first + 30, len(times), 10):
            assert last - first <= (times[last] - times[first]) * RATE + 20


def test_one_service_goes_on_while_the_other_is_down_and_gets_all_when_it_is_back(tmp_path):
    expected = [f"{line}\n" for line in lines(LOG)]
    with Service() as search, Service(down=True) as archive:
        settings = {"EVENTS": LOG, "SEARCH": search.url, "ARCHIVE": archive.url, "RATE": RATE}
        with run_example("fan-out.yaml", tmp_path, **settings) as server:
            search.wait(len(expected))
            assert search.bodies == expected
            assert archive.requests == []
            archive.start()
            archive.wait(len(expected))
            assert archive.bodies == expected
            assert_rate_kept(search)
            assert_rate_kept(archive)
            assert server.stop() == 0
            assert len(search.requests) == len(expected)


def test_what_a_service_has_not_when_it_all_dies_it_gets_afterwards(tmp_path):
    expected = [f"{line}\n" for line in lines(LOG)]
    with Service() as search, Service(down=True) as archive:
        settings = {"EVENTS": LOG, "SEARCH": search.url, "ARCHIVE": archive.url, "RATE": 1000}
        with run_example("fan-out.yaml", tmp_path, **settings) as server:
            search.wait(100)
            server.kill()
            server.start()
            archive.start()
            archive.wait(len(expected))
            assert archive.bodies == expected
            wait_until(lambda: set(search.bodies) == set(expected), "the other one to have all")
            assert server.stop() == 0
