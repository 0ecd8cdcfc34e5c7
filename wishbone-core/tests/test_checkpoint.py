from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone.checkpoint import Checkpointer
from wishbone.error import InvalidData
from wishbone.event import Event


class Failures(list):
    """What the committer told about failures."""

    def __call__(self, position, error):
        self.append((position, str(error)))


def settle(acknowledgement, error=None):
    acknowledgement.retain()
    acknowledgement.release(error)


def test_has_committed_its_start_when_nothing_is_tracked():
    assert Checkpointer(7, Failures()).committed == 7


def test_commits_only_up_to_the_oldest_unsettled():
    committer = Checkpointer(0, Failures())
    one, two, three = (committer.track(position) for position in (1, 2, 3))
    settle(three)
    assert (committer.committed, committer.pending) == (0, 2)
    settle(one)
    assert (committer.committed, committer.pending) == (1, 1)
    settle(two)
    assert (committer.committed, committer.pending) == (3, 0)


def test_is_held_back_by_what_failed_until_it_is_decided():
    failures = Failures()
    committer = Checkpointer(0, failures)
    one, two = committer.track(1), committer.track(2)
    settle(one, ValueError("no"))
    settle(two)
    assert failures == [(1, "no")]
    assert (committer.committed, committer.pending, committer.in_flight) == (0, 1, 0)
    again = committer.retry(1)
    assert (committer.committed, committer.in_flight) == (0, 1)
    settle(again)
    assert committer.committed == 2


def test_goes_on_behind_what_was_given_up():
    committer = Checkpointer(0, Failures())
    settle(committer.track(1), ValueError("no"))
    committer.give_up(1)
    assert (committer.committed, committer.pending) == (1, 0)


def test_can_be_told_to_give_up_while_it_tells_of_the_failure():
    committer = Checkpointer(0, lambda position, error: committer.give_up(position))
    settle(committer.track(1), ValueError("no"))
    assert committer.committed == 1


def test_tells_when_nothing_is_in_flight():
    calls = []
    committer = Checkpointer(0, Failures(), lambda: calls.append(committer.committed))
    one, two = committer.track(1), committer.track(2)
    settle(two, ValueError("no"))
    assert calls == []
    settle(one)
    assert calls == [1]


def test_follows_an_event():
    committer = Checkpointer(0, Failures())
    event = Event("x", committer.track(1))
    event.acknowledgement.release()
    assert committer.committed == 1


@pytest.mark.parametrize("decide", ["retry", "give_up"])
def test_refuses_to_decide_about_what_has_not_failed(decide):
    committer = Checkpointer(0, Failures())
    committer.track(1)
    for position in (1, 2):
        with pytest.raises(InvalidData, match=f"{position} has not failed"):
            getattr(committer, decide)(position)


def test_refuses_a_position_that_is_open():
    committer = Checkpointer(0, Failures())
    committer.track(1)
    with pytest.raises(InvalidData, match="tracked already"):
        committer.track(1)


def test_keeps_nothing_of_what_is_settled_behind_an_open_one():
    committer = Checkpointer(0, Failures())
    committer.track(1)
    for position in range(2, 1_000):
        settle(committer.track(position))
    assert len(committer._open) == 1
    assert committer.committed == 0


@given(st.data())
def test_commits_what_a_plain_list_of_states_says(data):
    """The model: a list of states in order; committed is what comes before the first that is not settled."""
    failures = Failures()
    committer = Checkpointer(0, failures)
    states: list[str] = []
    acknowledgements = {}
    for _ in range(data.draw(st.integers(0, 60))):
        flying = [number for number, state in enumerate(states, 1) if state == "flying"]
        failed = [number for number, state in enumerate(states, 1) if state == "failed"]
        actions = ["track", *["settle", "fail"] * bool(flying), *["retry", "give up"] * bool(failed)]
        action = data.draw(st.sampled_from(actions))
        if action == "track":
            states.append("flying")
            acknowledgements[len(states)] = committer.track(len(states))
        elif action in ("settle", "fail"):
            number = data.draw(st.sampled_from(flying))
            settle(acknowledgements[number], None if action == "settle" else ValueError("no"))
            states[number - 1] = "settled" if action == "settle" else "failed"
        else:
            number = data.draw(st.sampled_from(failed))
            if action == "retry":
                acknowledgements[number] = committer.retry(number)
                states[number - 1] = "flying"
            else:
                committer.give_up(number)
                states[number - 1] = "settled"
        unsettled = [number for number, state in enumerate(states, 1) if state != "settled"]
        assert committer.committed == (unsettled[0] - 1 if unsettled else len(states))
        assert committer.pending == len(unsettled)
        assert committer.in_flight == states.count("flying")
