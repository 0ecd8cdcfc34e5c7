from __future__ import annotations

import pytest

from wishbone.arguments import EncoderFactory
from wishbone.arguments.convert import ArgumentError
from wishbone.codec import Encoder
from wishbone.error import ConfigError, ModuleInitFailure
from wishbone_output_http import Http
from wishbone_output_http.body import BodyFormat
from wishbone_testing import Harness

URL = "http://127.0.0.1/"
TLS = "https://127.0.0.1/"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "url: It is missing"),
        ({"url": 5}, "url: Expected a URL (a text), got `int`"),
        ({"url": "example.org"}, "url: 'example.org' is not a valid URL"),
        ({"url": "http://{{ data.host }}/"}, "url: 'http://{{ data.host }}/' is not a valid URL"),
        ({"url": URL, "method": "PIGEON"}, "method: Invalid enum value 'PIGEON'"),
        ({"url": URL, "batch_size": 0}, "batch_size: Expected `int` >= 1"),
        ({"url": URL, "concurrency": 0}, "concurrency: Expected `int` >= 1"),
        ({"url": URL, "timeout": 0}, "timeout: Expected `float` > 0"),
        ({"url": URL, "retries": -1}, "retries: Expected `int` >= 0"),
        ({"url": URL, "encoder": "jsno"}, "encoder: No codec 'wishbone.encode.jsno' is installed"),
        ({"url": URL, "headers": {"X": "{{ level }}"}}, "names level, which no event has"),
        ({"url": URL, "heders": {}}, "heders: There is no such argument. Did you mean 'headers'?"),
    ],
)
def test_wrong_arguments_are_refused(given, message):
    with pytest.raises(ArgumentError) as caught:
        Harness(Http, given)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"url": URL, "ca_file": "x.pem"}, "'ca_file' is for TLS: use a URL that begins with 'https'"),
        ({"url": TLS, "key_file": "x.pem"}, "'key_file' needs the 'cert_file'"),
        ({"url": URL, "token": "x", "username": "y"}, "A request has one authorization"),
        ({"url": URL, "password": "x"}, "'password' needs the 'username'"),
        ({"url": URL, "username": "a:b"}, "must not have a colon"),
        (
            {"url": URL, "method": "GET", "batch_size": 2},
            "A GET request has no body for a batch",
        ),
        ({"url": URL, "format": "array", "encoder": "plain"}, "'plain' does not encode"),
        ({"url": URL, "headers": {"Content-Length": "1"}}, "the module sets 'Content-Length' itself"),
        ({"url": URL, "token": "a\nb"}, "'token' must be visible ASCII"),
        ({"url": URL, "proxy": "socks5://proxy:1080"}, "'proxy' is not valid"),
        ({"url": URL, "proxy": "http://secret:secret@:x"}, "'proxy' is not valid"),
    ],
)
def test_arguments_that_do_not_fit_together_are_refused(given, message):
    with pytest.raises(ConfigError) as caught:
        Harness(Http, given)
    assert message in str(caught.value)
    assert "'module'" in str(caught.value)
    assert "secret" not in str(caught.value)


class Own(Encoder):
    def encode(self, value):
        return b""


class Compressed(Own):
    content_type = "application/json"
    content_coding = "gzip"


@pytest.mark.parametrize(
    ("encoder", "headers"),
    [
        (Own, {"Content-Type": "application/octet-stream"}),
        (Compressed, {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}),
        (EncoderFactory("json"), {"Content-Type": "application/x-ndjson"}),
        (EncoderFactory("plain", encoding="latin-1"), {"Content-Type": "text/plain; charset=iso-8859-1"}),
    ],
)
def test_content_headers_describe_the_encoder(encoder, headers):
    assert BodyFormat(encoder, None, "lines", batch=True).content_headers() == headers


def test_missing_certificate_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ModuleInitFailure, match=r"'ca_file' '.*missing.pem' cannot be used"):
        Harness(Http, {"url": TLS, "ca_file": str(tmp_path / "missing.pem")}).router.start()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"Content-Type": "application/json"}),
        ({"encoder": "plain"}, {"Content-Type": "text/plain; charset=utf-8"}),
        ({"body": "x"}, {"Content-Type": "text/plain; charset=utf-8"}),
        ({"body": "1", "format": "array"}, {"Content-Type": "application/json"}),
        ({"method": "GET"}, {}),
        ({"method": "GET", "body": "x"}, {"Content-Type": "text/plain; charset=utf-8"}),
        ({"headers": {"content-type": "text/x"}}, {"content-type": "text/x"}),
    ],
)
def test_content_headers_describe_the_body(given, expected):
    module = Harness(Http, {"url": URL, **given}).module
    assert module._headers.render(None) == {"Host": "127.0.0.1", "User-Agent": "wishbone", **expected}
