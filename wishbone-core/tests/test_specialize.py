from __future__ import annotations

import inspect

from wishbone import Actor
from wishbone._engine.specialize import clone_code
from wishbone.module import FlowModule


def add(one: int, *, other: int = 2) -> int:
    """Add."""
    return one + other


def test_a_copy_does_the_same_with_its_own_code():
    copy = clone_code(add)
    assert copy(1) == 3
    assert copy(1, other=5) == 6
    assert inspect.signature(copy) == inspect.signature(add)
    assert (copy.__doc__, copy.__qualname__, copy.__module__) == (add.__doc__, "add", __name__)
    assert copy.__code__ is not add.__code__


def test_a_copy_keeps_what_the_function_closes_over():
    def outer(number):
        def inner():
            return number

        return inner

    assert clone_code(outer(7))() == 7


def test_every_class_of_modules_submits_with_its_own_code():
    class One(FlowModule):
        pass

    class Other(One):
        pass

    codes = {id(kind.submit.__code__) for kind in (Actor, FlowModule, One, Other)}
    assert len(codes) == 4
