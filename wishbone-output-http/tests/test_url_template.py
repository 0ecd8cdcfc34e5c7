from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone import Event
from wishbone.error import ConfigError, InvalidData
from wishbone_output_http.url_template import Origin, UrlTemplate

texts = st.text(st.characters(exclude_categories=["Cs"]))
CLIMBING = ["..", ".", "", "/", "a/../b", "%2e%2e", "..%2f", "\\", "..\\..", "\uff0e\uff0e"]
BREAKING = ["a b", "\r\nHost: x", "@evil", "//evil/", "?x=1", "#x", "&admin=1", "=", ";x", ":80", "\0", "ä"]
RENDERED = ["{{ data }}", "{% raw %}"]
tempting = st.sampled_from(CLIMBING + BREAKING + RENDERED)


@given(texts | tempting, texts | tempting)
def test_payload_changes_neither_the_server_nor_the_segments_of_the_path_nor_the_names_of_the_query(
    part, value
):
    url = UrlTemplate("http://host:8080/api/{{ data.part }}/x-{{ data.value }}/end?a={{ data.value }}&b=1")
    event = Event({"part": part, "value": value})
    try:
        target = url.render_target(event)
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
    with pytest.raises(InvalidData, match="or have a slash"):
        UrlTemplate("http://host/api/{{ data }}").render_target(event)


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
def test_segment_of_the_path_cannot_become_empty_or_dots(text, value):
    with pytest.raises(InvalidData, match=r"would be empty, '\.' or '\.\.',"):
        UrlTemplate(text).render_target(Event(value))


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
def test_url_is_parsed(text, origin, target):
    url = UrlTemplate(text)
    assert url.origin == Origin(*origin)
    assert url.render_target(Event({"a": 1, "b": 2})) == target


def test_origin_is_shown_as_in_a_url():
    assert str(UrlTemplate("http://[::1]/").origin) == "http://[::1]:80"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a valid URL"),
        ("host/path", "is not a valid URL"),
        ("http://logs..example/", "'logs..example' is not a valid host name"),
        ("ftp://host/", "is not a valid URL"),
        ("http://{{ data.host }}/", "allowed in path and query only"),
        ("http://host{{ data.host }}/", "allowed in path and query only"),
        ("http://host:{{ data.port }}/", "allowed in path and query only"),
        ("{{ data.url }}", "allowed in path and query only"),
        ("http://host:0/", "a number from 1 to 65535"),
        ("http://host:99999/", "a number from 1 to 65535"),
        ("http://host/a b", "' ' is not allowed in it"),
        ("http://host/a\r\nb", "is not allowed in it"),
        ("http://host/ä", "'ä' is not allowed in it"),
        ("http://host/#top", "'#' is not allowed in it"),
        ("http://host/{% if data %}x{% endif %}", "'{' is not allowed in it"),
        ("http://host/{{ data", "'{' is not allowed in it"),
        ("http://host/{{ wrong }}", "names wrong, which no event has"),
    ],
)
def test_invalid_url_is_refused(text, message):
    with pytest.raises(ConfigError) as caught:
        UrlTemplate(text)
    assert message in str(caught.value)


def test_query_of_a_url_is_never_shown():
    url = UrlTemplate("http://host/{{ data.a }}?key=secret")
    with pytest.raises(InvalidData) as caught:
        url.render_target(Event({"a": ""}))
    with pytest.raises(ConfigError) as refused:
        UrlTemplate("http://host/ ?key=secret")
    assert "secret" not in f"{caught.value} {refused.value} {url!r}"


def test_credentials_in_a_url_are_refused_and_never_shown():
    with pytest.raises(ConfigError, match="credentials have arguments of their own") as caught:
        UrlTemplate("http://ada:secret@host/")
    assert "secret" not in str(caught.value)
