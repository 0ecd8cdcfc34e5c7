from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone import Event
from wishbone.arguments import Template
from wishbone.error import ConfigError, InvalidData
from wishbone_output_http.header import Headers


@given(st.text())
def test_a_payload_cannot_begin_another_line(value):
    headers = Headers({"X-Name": Template("{{ data }}")}, {"Accept": "*/*"})
    try:
        rendered = headers.render(Event(value))
    except InvalidData:
        assert any(not 0x20 <= ord(character) <= 0xFF or 0x7F <= ord(character) < 0xA0 for character in value)
        return
    assert rendered == {"Accept": "*/*", "X-Name": value}
    lines = rendered["X-Name"].encode("latin-1")
    assert not {b"\r", b"\n", b"\0"} & {bytes([byte]) for byte in lines}


def test_what_the_user_gives_wins_whatever_its_case():
    headers = Headers({"content-TYPE": Template("text/csv")}, {"Content-Type": "application/json"})
    assert headers.render(Event()) == {"content-TYPE": "text/csv"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("X Name", "x", "no header can be called 'X Name'"),
        ("X:Name", "x", "no header can be called"),
        ("", "x", "no header can be called"),
        ("Content-Length", "5", "the module makes it itself"),
        ("transfer-encoding", "chunked", "the module makes it itself"),
        ("Connection", "close", "the module makes it itself"),
        ("Host", "{{ data }}", "no payload decides who is spoken to"),
        ("X-Name", "a\nb", "the value of 'X-Name' has a character"),
        ("X-Name", "\u2603", "the value of 'X-Name' has a character"),
    ],
)
def test_refuses_headers_that_cannot_be_sent(name, value, message):
    with pytest.raises(ConfigError) as caught:
        Headers({name: Template(value)}, {})
    assert message in str(caught.value)
