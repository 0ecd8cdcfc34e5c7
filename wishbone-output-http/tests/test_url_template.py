from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone import Event
from wishbone.error import ConfigError, InvalidData
from wishbone_output_http.address import Address, Origin

texts = st.text(st.characters(exclude_categories=["Cs"]))
CLIMBING = ["..", ".", "", "/", "a/../b", "%2e%2e", "..%2f", "\\", "..\\..", "\uff0e\uff0e"]
BREAKING = ["a b", "\r\nHost: x", "@evil", "//evil/", "?x=1", "#x", "&admin=1", "=", ";x", ":80", "\0", "ä"]
RENDERED = ["{{ data }}", "{% raw %}"]
tempting = st.sampled_from(CLIMBING + BREAKING + RENDERED)


@given(texts | tempting, texts | tempting)
def test_a_payload_changes_neither_the_server_nor_the_parts_of_the_path_nor_the_names_of_the_query(
    part, value
):
    address = Address("http://host:8080/api/{{ data.part }}/x-{{ data.value }}/end?a={{ data.value }}&b=1")
    event = Event({"part": part, "value": value})
    try:
        target = address.target(event)
    except InvalidData:
        assert part in ("", ".", "..") or any(slash in part + value for slash in "/\\")
        return
    assert target.isascii()
    assert target.isprintable()
    assert " " not in target
    split = urlsplit(f"http://host:8080{target}")
    assert (split.netloc, split.fragment) == ("host:8080", "")
    parts = split.path.split("/")
    assert [unquote(each) for each in parts] == ["", "api", part, f"x-{value}", "end"]
    assert not {"", ".", ".."} & {*parts[1:]}
    assert parse_qsl(split.query, keep_blank_values=True) == [("a", value), ("b", "1")]


@given(st.sampled_from(["/", "\\"]), texts, texts)
def test_a_value_with_a_slash_is_refused_in_the_path(slash, before, after):
    event = Event(f"{before}{slash}{after}")
    with pytest.raises(InvalidData, match="a slash in it"):
        Address("http://host/api/{{ data }}").target(event)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("http://host/.{{ data }}/x", "."),
        ("http://host/{{ data }}{{ data }}/x", "."),
        ("http://host/%2e{{ data }}", "."),
        ("http://host/%2E%2e{{ data }}", ""),
        ("http://host/{{ data }}", ""),
    ],
)
def test_parts_of_the_path_cannot_be_made_to_climb_or_vanish(text, value):
    with pytest.raises(InvalidData, match=r"would be empty, '\.' or '\.\.',"):
        Address(text).target(Event(value))


@pytest.mark.parametrize(
    ("text", "origin", "target"),
    [
        ("http://host", ("http", "host", 80), "/"),
        ("https://host", ("https", "host", 443), "/"),
        ("http://host:81/a/../b//c", ("http", "host", 81), "/a/../b//c"),
        ("http://host?a=b?c", ("http", "host", 80), "/?a=b?c"),
        ("http://[::1]:8080/x?", ("http", "::1", 8080), "/x?"),
        ("http://host/{{ data.a / data.b }}", ("http", "host", 80), "/0.5"),
        ("http://host/{{ 'why?' }}/{{ data.a }}?{{ data.b }}", ("http", "host", 80), "/why%3F/1?2"),
        ("http://host/?{{ data.a }}&{{ 'a/b' }}", ("http", "host", 80), "/?1&a%2Fb"),
        ("http://host/a%20b", ("http", "host", 80), "/a%20b"),
    ],
)
def test_reads_a_url(text, origin, target):
    address = Address(text)
    assert address.origin == Origin(*origin)
    assert address.target(Event({"a": 1, "b": 2})) == target


def test_origin_shows_itself_as_a_url_has_it():
    assert str(Address("http://[::1]/").origin) == "http://[::1]:80"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no URL"),
        ("host/path", "is no URL"),
        ("http://logs..example/", "'logs..example' is no name of a host"),
        ("ftp://host/", "is no URL"),
        ("http://{{ data.host }}/", "may stand in the path and the query only"),
        ("http://host{{ data.host }}/", "may stand in the path and the query only"),
        ("http://host:{{ data.port }}/", "may stand in the path and the query only"),
        ("{{ data.url }}", "may stand in the path and the query only"),
        ("http://host:0/", "a number from 1 to 65535"),
        ("http://host:99999/", "a number from 1 to 65535"),
        ("http://host/a b", "' ' cannot stand in it"),
        ("http://host/a\r\nb", "cannot stand in it"),
        ("http://host/ä", "'ä' cannot stand in it"),
        ("http://host/#top", "'#' cannot stand in it"),
        ("http://host/{% if data %}x{% endif %}", "'{' cannot stand in it"),
        ("http://host/{{ data", "'{' cannot stand in it"),
        ("http://host/{{ wrong }}", "names wrong, which no event has"),
    ],
)
def test_refuses_what_is_no_url(text, message):
    with pytest.raises(ConfigError) as caught:
        Address(text)
    assert message in str(caught.value)


def test_query_of_a_url_is_not_repeated():
    address = Address("http://host/{{ data.a }}?key=secret")
    with pytest.raises(InvalidData) as caught:
        address.target(Event({"a": ""}))
    with pytest.raises(ConfigError) as refused:
        Address("http://host/ ?key=secret")
    assert "secret" not in f"{caught.value} {refused.value} {address!r}"


def test_credentials_in_a_url_are_refused_and_not_repeated():
    with pytest.raises(ConfigError, match="credentials stand in arguments of their own") as caught:
        Address("http://ada:secret@host/")
    assert "secret" not in str(caught.value)
