from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone.checkpoint import Checkpointer
from wishbone.error import InvalidData
from wishbone.event import Event


class Failures(list):
    """Records the calls of the checkpointer's callbacks."""

    def __call__(self, position, error):
        self.append((position, str(error)))


def settle(acknowledgement, error=None):
    acknowledgement.retain()
    acknowledgement.release(error)


def test_committed_is_the_start_when_nothing_is_tracked():
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


def test_a_failed_position_holds_back_until_it_is_decided():
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


def test_goes_on_after_a_position_that_was_given_up():
    committer = Checkpointer(0, Failures())
    settle(committer.track(1), ValueError("no"))
    committer.give_up(1)
    assert (committer.committed, committer.pending) == (1, 0)


def test_a_position_may_be_given_up_in_the_callback_of_its_failure():
    committer = Checkpointer(0, lambda position, error: committer.give_up(position))
    settle(committer.track(1), ValueError("no"))
    assert committer.committed == 1


def test_calls_back_when_nothing_is_in_flight():
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
def test_retry_and_give_up_are_refused_for_a_position_that_has_not_failed(decide):
    committer = Checkpointer(0, Failures())
    committer.track(1)
    for position in (1, 2):
        with pytest.raises(InvalidData, match=f"{position} has not failed"):
            getattr(committer, decide)(position)


def test_a_position_is_not_tracked_twice():
    committer = Checkpointer(0, Failures())
    committer.track(1)
    with pytest.raises(InvalidData, match="tracked already"):
        committer.track(1)


def test_settled_positions_after_an_unsettled_one_are_not_kept():
    committer = Checkpointer(0, Failures())
    committer.track(1)
    for position in range(2, 1_000):
        settle(committer.track(position))
    assert len(committer._open) == 1
    assert committer.committed == 0


@given(st.data())
def test_commits_as_a_list_of_states_does(data):
    """The model is a list of states: committed is the last one before the first that is not settled."""
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
