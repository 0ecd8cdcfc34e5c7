from __future__ import annotations

from wishbone_input_socket.descriptors import make_room


def test_limit_of_open_files_is_raised_by_each_module_as_far_as_it_can_be(monkeypatch):
    limits = [1024, 4096]
    monkeypatch.setattr("resource.getrlimit", lambda _: tuple(limits))
    monkeypatch.setattr("resource.setrlimit", lambda _, both: limits.__setitem__(slice(None), both))
    assert make_room(1000) == make_room(1000) == 1000
    assert limits == [3024, 4096]
    assert make_room(5000) == 4032
    assert limits == [4096, 4096]
