from __future__ import annotations

import wishbone_network
from wishbone_network import Backoff


def test_every_public_name_is_there():
    assert all(hasattr(wishbone_network, name) for name in wishbone_network.__all__)
    assert sorted(wishbone_network.__all__) == wishbone_network.__all__


def test_delays_double_up_to_the_longest_and_are_shortened_by_up_to_half():
    backoff = Backoff(first=1, longest=60)
    for failures, most in [(1, 1), (2, 2), (3, 4), (7, 60), (10_000, 60)]:
        delays = [backoff.delay(failures) for _ in range(200)]
        assert most / 2 <= min(delays) < max(delays) <= most


def test_delays_of_many_clients_differ():
    assert len({Backoff().delay(1) for _ in range(100)}) > 90
