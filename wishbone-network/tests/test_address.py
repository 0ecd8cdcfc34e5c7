from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone.error import ConfigError
from wishbone_network import Address, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("logs.example:6514", Address("logs.example", 6514)),
        ("127.0.0.1:1", Address("127.0.0.1", 1)),
        ("[::1]:65535", Address("::1", 65535)),
    ],
)
def test_address_is_parsed_and_written_as_people_do(text, address):
    assert parse_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    "text", ["", "host", "host:", ":1", "host:0", "host:65536", "::1:1", "a b:1", "h:1 "]
)
def test_what_is_not_an_address_is_refused_with_an_example(text):
    with pytest.raises(ConfigError, match="is not an address: write 'host:port'"):
        parse_address(text)


def test_what_cannot_be_the_name_of_a_host_is_refused():
    with pytest.raises(ConfigError, match=r"'no..name' is not a valid host name"):
        parse_address("no..name:1")


@given(st.text())
def test_any_text_is_an_address_or_refused(text):
    try:
        address = parse_address(text)
    except ConfigError:
        return
    assert 1 <= address.port <= 65535
