"""Properties of the parser, for any bytes and any split of them."""

from __future__ import annotations

from http_client import request
from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone_input_http.parser import RequestParser
from wishbone_input_http.response import HttpError

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

tokens = st.text("abcXYZ019-", min_size=1, max_size=10)
headers = st.dictionaries(tokens.map(lambda name: f"X-{name}"), st.text("abc ,;=", max_size=10), max_size=5)


def chunked(body, sizes):
    chunks, at = [], 0
    for size in [*sizes, len(body)]:
        piece = body[at : at + size]
        at += size
        if piece:
            chunks.append(b"%x\r\n%s\r\n" % (len(piece), piece))
    return b"".join(chunks) + b"0\r\n\r\n"


@st.composite
def streams(draw):
    """Some requests, their bytes, and where these are cut."""
    wanted, data = [], b""
    for _ in range(draw(st.integers(1, 4))):
        body = draw(st.binary(max_size=200))
        fields = draw(headers)
        if draw(st.booleans()):
            fields |= {"Connection": "Upgrade", "Upgrade": "h2c"}
        if draw(st.booleans()):
            sizes = draw(st.lists(st.integers(1, 50), max_size=5))
            framing = {"Transfer-Encoding": "chunked", "Content-Length": None}
            data += request(chunked(body, sizes), headers={**fields, **framing}, path="/a?b")
        else:
            data += request(body, headers=fields, path="/a?b")
        wanted.append((body, {name.lower() for name in fields}))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=10)))
    return wanted, [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@given(streams())
def test_requests_are_the_same_however_the_bytes_are_split(stream):
    wanted, pieces = stream
    parser = RequestParser(16384, 1000)
    for piece in pieces:
        parser.feed(piece)
    assert parser.error is None
    assert parser.current is None
    found = [(bytes(request.body), request) for request in parser.requests]
    assert [body for body, _ in found] == [body for body, _ in wanted]
    for (_, fields), (_, seen) in zip(wanted, found, strict=True):
        assert fields - {"upgrade"} <= {name.decode() for name in seen.headers}
        assert (seen.method, seen.path, seen.query, seen.keep_alive) == ("POST", "/a", "b", True)
        assert seen.error is None


@given(st.lists(st.binary(max_size=100), max_size=10))
def test_any_bytes_are_parsed_without_a_crash(pieces):
    parser = RequestParser(256, 100)
    for piece in pieces:
        parser.feed(piece)
    assert parser.error is None or isinstance(parser.error, HttpError)


FRAGMENTS = [
    b"POST / HTTP/1.1\r\n",
    b"GET ",
    b"/ HTTP/1.0\r\n",
    b"Host: a\r\n",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: upgrade\r\n",
    b"Upgrade: h2c\r\n",
    b"Expect: 100-continue\r\n",
    b"CONNECT a:1 HTTP/1.1\r\n",
    b"\r\n",
    b"\n",
    b"abc",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"0\r\n",
    b"X: y\r\n",
    b"\0",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30), st.integers(1, 40))
def test_any_order_of_fragments_is_parsed_without_a_crash_in_bounded_memory(fragments, size):
    parser = RequestParser(256, 100)
    data = b"".join(fragments)
    for at in range(0, len(data), size):
        parser.feed(data[at : at + size])
    seen = [*parser.requests, *([parser.current] if parser.current is not None else [])]
    assert all(len(request.body) <= 100 for request in seen)
    assert all(request.complete for request in parser.requests)


@given(st.integers(1, 3000), st.integers(1, 400))
def test_incomplete_head_is_bounded(total, size):
    parser = RequestParser(256, 100)
    data = b"POST / HTTP/1.1\r\nX: " + b"x" * total
    for at in range(0, len(data), size):
        if parser.error is None:
            parser.feed(data[at : at + size])
    assert (parser.error is not None) == (len(data) > 256)
