from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone_output_http.outcome import Outcome, classify, describe_response, retry_after
from wishbone_output_http.response import Response
from wishbone_testing import VirtualClock


def answer(status, body=b"", **headers):
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@given(st.integers(0, 999))
def test_every_status_has_an_outcome(status):
    outcome = classify(answer(status))
    assert (outcome is Outcome.DELIVERED) == (200 <= status < 300)
    assert (outcome is Outcome.RETRY) == (500 <= status < 600 or status in {408, 425, 429})
    assert str(status) in answer(status).status_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("1.5", 1.5),
        ("2.", 2),
        ("0.25", 0.25),
        (".5", 0),
        ("1.5.5", 0),
        ("1e3", 0),
        ("inf", 0),
        ("nan", 0),
        ("-5", 0),
        ("soon", 0),
        ("\u0662", 0),
        ("Sat, 01 Jan 2000 00:01:30 GMT", 90),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0),
        ("Sat, 99 Jan 2000 00:01:30 GMT", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text, seconds):
    with VirtualClock():
        assert retry_after(answer(503, retry_after=text)) == seconds


@given(st.text())
def test_any_retry_after_is_a_number_of_seconds(text):
    assert retry_after(answer(503, retry_after=text)) >= 0


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", "500 Internal Server Error"),
        (b" \n ", "500 Internal Server Error"),
        (b'{"reason": "bad date"}\n', """500 Internal Server Error ('{"reason": "bad date"}')"""),
        (b"two\r\nlines", "500 Internal Server Error ('two lines')"),
        (b"\x1b[31mred\x00\xff", "500 Internal Server Error ('\\x1b[31mred\\x00\ufffd')"),
        (b"you sent sesame", "500 Internal Server Error ('you sent …')"),
    ],
)
def test_description_of_a_response_shows_its_body_without_control_characters_and_secrets(body, shown):
    assert describe_response(answer(500, body), ["sesame"]) == shown


def test_description_of_a_response_is_bounded():
    assert len(describe_response(answer(500, b"x" * 1_000_000))) < 300
