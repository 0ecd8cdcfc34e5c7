from __future__ import annotations

import resource

import pytest
from logs import says

from wishbone_network import ConnectionLimiter, DescriptorReservation
from wishbone_network import descriptors as descriptors_module


@pytest.fixture
def limits(monkeypatch):
    """The soft and the hard limit of open files, as a list that a test may change."""
    limits = [1024, 4096]
    monkeypatch.setattr("resource.getrlimit", lambda _: tuple(limits))
    monkeypatch.setattr("resource.setrlimit", lambda _, both: limits.__setitem__(slice(None), both))
    monkeypatch.setattr(descriptors_module, "_process", descriptors_module._Process())
    return limits


def test_each_listener_adds_to_the_limit_of_open_files_as_far_as_it_goes(limits):
    assert DescriptorReservation(1000).limit == 1000
    assert limits == [2024, 4096]
    assert DescriptorReservation(1000).limit == 1000
    assert limits == [3024, 4096]
    DescriptorReservation(5000)
    assert limits == [4096, 4096]


def test_listeners_share_a_hard_limit_that_is_too_low_and_leave_a_reserve(limits):
    limits[:] = [1024, 1024]
    reservations = [DescriptorReservation(wanted) for wanted in (1000, 1000, 3000)]
    assert [each.limit for each in reservations] == [192, 192, 576]
    assert sum(each.limit for each in reservations) == 1024 - descriptors_module.RESERVE
    assert limits == [1024, 1024]


def test_descriptors_that_are_released_are_there_for_the_others(limits):
    limits[:] = [1024, 1024]
    first, second = DescriptorReservation(1000), DescriptorReservation(1000)
    assert second.limit == 480
    first.release()
    first.release()
    assert second.limit == 960


def test_a_listener_that_starts_again_does_not_raise_the_limit_again(limits):
    for _ in range(5):
        DescriptorReservation(1000).release()
    assert limits == [2024, 4096]


def test_every_listener_may_have_one_connection(limits):
    limits[:] = [10, 10]
    assert DescriptorReservation(1000).limit == 1


@pytest.mark.parametrize("soft", [1024, resource.RLIM_INFINITY])
def test_a_system_without_a_limit_allows_all(limits, soft):
    limits[:] = [soft, resource.RLIM_INFINITY]
    assert DescriptorReservation(1_000_000).limit == 1_000_000


def test_limit_that_is_announced_is_applied(limits, idle):
    limits[:] = [70, 70]
    limiter = ConnectionLimiter(idle.module, 100)
    limiter.start()
    says(idle, "The system allows 6 connections, not the 100 of 'max_connections': raise the process's limit")
    assert [limiter.admit() for _ in range(8)] == [True] * 6 + [False] * 2
    assert limiter.open == limiter.limit == 6
    assert limiter.refused.total == 2
    limiter.leave()
    assert limiter.admit()
    limiter.close()


def test_connection_over_the_limit_is_refused_with_its_cure(idle):
    limiter = ConnectionLimiter(idle.module, 1)
    assert limiter.admit("192.0.2.1")
    assert limiter.full
    assert not limiter.admit("192.0.2.2")
    says(idle, "Refused a connection, because 1 are open: raise 'max_connections', or set 'idle_timeout'.")


def test_connections_of_one_address_are_limited(idle):
    limiter = ConnectionLimiter(idle.module, 10, 2)
    assert [limiter.admit("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert limiter.admit("192.0.2.2")
    says(idle, "Refused a connection from 192.0.2.1, which has 2 open: raise 'max_per_host'.")
    limiter.leave("192.0.2.1")
    assert limiter.admit("192.0.2.1")
    for host in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        limiter.leave(host)
    assert limiter.open == len(limiter._hosts) == 0
