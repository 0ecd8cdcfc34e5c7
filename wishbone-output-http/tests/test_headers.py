from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone import Event
from wishbone.arguments import Template
from wishbone.error import ConfigError, InvalidData
from wishbone_output_http.headers import HeaderTemplates


@given(st.text())
def test_payload_cannot_start_another_header(value):
    headers = HeaderTemplates({"X-Name": Template("{{ data }}")}, {"Accept": "*/*"})
    try:
        rendered = headers.render(Event(value))
    except InvalidData:
        assert any(not 0x20 <= ord(character) <= 0xFF or 0x7F <= ord(character) < 0xA0 for character in value)
        return
    assert rendered == {"Accept": "*/*", "X-Name": value}
    lines = rendered["X-Name"].encode("latin-1")
    assert not {b"\r", b"\n", b"\0"} & {bytes([byte]) for byte in lines}


def test_header_of_the_user_replaces_a_default_in_any_case():
    headers = HeaderTemplates({"content-TYPE": Template("text/csv")}, {"Content-Type": "application/json"})
    assert headers.render(Event()) == {"content-TYPE": "text/csv"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("X Name", "x", "'X Name' is not a valid name of a header"),
        ("X:Name", "x", "is not a valid name of a header"),
        ("", "x", "is not a valid name of a header"),
        ("Content-Length", "5", "the module sets"),
        ("transfer-encoding", "chunked", "the module sets"),
        ("Connection", "close", "the module sets"),
        ("Host", "{{ data }}", "payloads cannot select the server"),
        ("X-Name", "a\nb", "the value of 'X-Name' has a character"),
        ("X-Name", "\u2603", "the value of 'X-Name' has a character"),
    ],
)
def test_invalid_headers_are_refused(name, value, message):
    with pytest.raises(ConfigError) as caught:
        HeaderTemplates({name: Template(value)}, {})
    assert message in str(caught.value)
