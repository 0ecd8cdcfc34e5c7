from __future__ import annotations

import sys

import pytest
from pipe import assert_failed

from wishbone.acknowledgement import Acknowledgement
from wishbone.error import InvalidData
from wishbone_testing import Settlement


@pytest.mark.parametrize("death", [SystemExit, InvalidData])
def test_linked_acknowledgements_settle_even_if_one_of_them_raises(death):
    def settled(error):
        raise SystemExit

    parents = [Acknowledgement(settled) if death is SystemExit else Settlement(), Settlement(), Settlement()]
    child = Acknowledgement(lambda _: None)
    child.retain()
    for parent in parents:
        child.link_to(parent)
    if death is InvalidData:
        parents[0].release()
    with pytest.raises(death):
        child.release(ValueError("boom"))
    for parent in parents[1:]:
        assert_failed(parent, ValueError, "boom")


def test_a_chain_longer_than_the_recursion_limit_settles():
    first = Settlement()
    chain = [first]
    for _ in range(3 * sys.getrecursionlimit()):
        chain.append(Acknowledgement(lambda _: None, chain[-1]))
    chain[-1].retain()
    chain[-1].release(ValueError("boom"))
    assert_failed(first, ValueError, "boom")
    assert all(acknowledgement.done for acknowledgement in chain)
