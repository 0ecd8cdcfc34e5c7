from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from wishbone_flow_throttle.limiter import TOLERANCE, Limiter

rates = st.floats(0.01, 1000)
bursts = st.integers(1, 20)
gaps = st.lists(st.floats(0, 5) | st.just(0.0), min_size=1, max_size=100)


def passed(limiter, moments, key=""):
    """Return the times at which an event passed, of the times at which one arrived."""
    found = []
    for moment in moments:
        if limiter.wait(key, moment) == 0:
            limiter.take(key, moment)
            found.append(moment)
    return found


def sums(gaps, start=1000.0):
    moments = []
    for gap in gaps:
        start += gap
        moments.append(start)
    return moments


@given(rates, bursts, gaps)
def test_never_passes_more_than_burst_and_rate_allow_in_any_period(rate, burst, gaps):
    found = passed(Limiter(rate, burst, 10), sums(gaps))
    for first in range(len(found)):
        for last in range(first, len(found)):
            assert last - first + 1 <= burst + rate * (found[last] - found[first]) + 2 * TOLERANCE


@given(rates, bursts, gaps)
def test_passes_what_an_exact_model_passes(rate, burst, gaps):
    """The model uses fractions, so nothing is rounded."""
    limiter, tokens, before = Limiter(rate, burst, 10), Fraction(burst), Fraction(1000)
    for moment in sums(gaps):
        tokens = min(Fraction(burst), tokens + (Fraction(moment) - before) * Fraction(rate))
        before = Fraction(moment)
        has_token = limiter.wait("", moment) == 0
        assert has_token == (tokens >= 1) or abs(tokens - 1) < 2 * TOLERANCE
        if has_token:
            limiter.take("", moment)
            tokens -= 1


@given(rates, bursts)
def test_a_full_bucket_has_all_its_tokens_at_any_clock_time(rate, burst):
    """Rounding of the clock must not cost a token."""
    for now in (0.1, 1000.0, 123456.789, 1e9 / 3):
        assert len(passed(Limiter(rate, burst, 10), [now] * (burst + 3))) == burst


@given(st.integers(1, 1000), st.floats(0, 1e6))
def test_events_exactly_at_the_rate_pass(rate, start):
    moments = [start + number / rate for number in range(500)]
    assert passed(Limiter(rate, 1, 10), moments) == moments


@given(rates, bursts, gaps)
def test_there_is_a_token_after_the_returned_wait_and_not_long_before(rate, burst, gaps):
    limiter = Limiter(rate, burst, 10)
    now = 1000.0
    for gap in gaps:
        now += gap
        wait = limiter.wait("", now)
        if wait * rate > 3 * TOLERANCE:
            assert wait <= (1 + TOLERANCE) / rate
            assert limiter.wait("", now + wait / 2) > 0
        now += wait
        assert limiter.wait("", now) == 0
        limiter.take("", now)


def test_each_key_has_its_own_bucket():
    limiter = Limiter(1, 2, 10)
    assert passed(limiter, [0.0, 0.0, 0.0], "a") == [0.0, 0.0]
    assert passed(limiter, [0.0, 0.0, 0.0], "b") == [0.0, 0.0]


def test_forgets_the_key_idle_longest():
    limiter = Limiter(1, 1, 2)
    for key in "aba":
        limiter.take(key, 0.0)
    limiter.take("c", 0.0)
    assert limiter.wait("a", 0.0) > 0
    assert limiter.wait("c", 0.0) > 0
    assert limiter.wait("b", 0.0) == 0
