from __future__ import annotations

import base64
import hmac
import shutil
import subprocess
from time import time

import msgspec
import pytest
from http_client import Client, post, request
from hypothesis import given
from hypothesis import strategies as st
from pipeline import running

from wishbone.router import Default
from wishbone_input_http import Authentication, Http, Signature
from wishbone_input_http.authentication import Authenticator, Credentials

SECRETS = ("sesame-1", "sesame-2")
BODY = b'{"n": 1}'


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def sign(body, secret=SECRETS[0], algorithm="sha256"):
    return hmac.new(secret.encode(), body, algorithm).hexdigest()


def stripe(body=BODY, secret=SECRETS[0], age=0, signature=None):
    now = int(time()) - age
    signed = sign(b"%d." % now + body, secret)
    return {"Stripe-Signature": f"t={now},v1={signature or signed},v0=6ffbb59b"}


def statuses(authentication, *all_headers, body=BODY):
    with running({"authentication": authentication}) as pipeline:
        found = [post(pipeline.port, body, headers=headers).status for headers in all_headers]
        assert len(pipeline.output.payloads) == found.count(200)
        return found


def test_password_of_the_user_is_required():
    assert statuses(
        {"basic": {"ada": "sesame-1", "bob": "pass:word é"}},
        basic("ada", "sesame-1"),
        basic("bob", "pass:word é"),
        basic("ada", "sesame-2"),
        basic("bob", "sesame-1"),
        basic("eve", "sesame-1"),
        basic("ada", ""),
        {"Authorization": "Basic !!!"},
        {"Authorization": "basic " + base64.b64encode(b"ada:sesame-1").decode()},
        {"Authorization": "Basic"},
        {"Authorization": bearer("sesame-1")["Authorization"]},
        {},
    ) == [200, 200, 401, 401, 401, 401, 401, 200, 401, 401, 401]


def test_token_is_required():
    assert statuses(
        {"bearer": list(SECRETS)},
        *(bearer(secret) for secret in SECRETS),
        bearer("sesame-3"),
        bearer("sesame-"),
        bearer("sesame-1 "),
        {"Authorization": "sesame-1"},
        {"Authorization": f"Bearer sesame-1, {SECRETS[0]}"},
        {},
    ) == [200, 200, 401, 401, 200, 401, 401, 401]


def test_response_401_has_the_challenges():
    with running({"authentication": {"basic": {"ada": "s"}, "bearer": ["t"]}}) as pipeline:
        answer = post(pipeline.port)
        assert answer.headers["WWW-Authenticate"] == (
            'Basic realm="wishbone", charset="UTF-8", Bearer realm="wishbone"'
        )


def test_any_configured_method_is_enough():
    authentication = {
        "basic": {"ada": "s"},
        "bearer": ["t"],
        "signature": {"secrets": list(SECRETS)},
    }
    signed = {"X-Hub-Signature-256": f"sha256={sign(BODY)}"}
    assert statuses(authentication, basic("ada", "s"), bearer("t"), signed, {}) == [200, 200, 200, 401]


def test_example_of_github_s_documentation_is_verified():
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    authenticator = Authenticator(Authentication(signature=Signature(("It's a Secret to Everybody",))))

    class Signed:
        headers = {b"x-hub-signature-256": signature.encode()}
        body = b"Hello, World!"

    authenticator.check(Signed)


def test_body_must_be_signed():
    name = "X-Hub-Signature-256"
    assert statuses(
        {"signature": {"secrets": list(SECRETS)}},
        {name: f"sha256={sign(BODY)}"},
        {name: f"sha256={sign(BODY, SECRETS[1])}"},
        {name: f"sha256={sign(BODY).upper()}"},
        {name: f"sha256={sign(BODY, 'sesame-3')}"},
        {name: f"sha256={sign(BODY + b' ')}"},
        {name: sign(BODY)},
        {name: "sha256="},
        {name: "sha256=é"},
        {name: f"sha1={sign(BODY, algorithm='sha1')}"},
        {name: f"sha256={sign(BODY)}, sha256={sign(BODY)}"},
        {},
    ) == [200, 200, 200, 403, 403, 403, 403, 403, 403, 403, 403]


def test_signature_covers_the_compressed_body():
    import gzip

    body = gzip.compress(BODY)
    headers = {"X-Hub-Signature-256": f"sha256={sign(body)}", "Content-Encoding": "gzip"}
    assert statuses({"signature": {"secrets": list(SECRETS)}}, headers, body=body) == [200]


def test_stripe_signature_covers_its_time_and_may_be_one_of_several():
    now = int(time())
    both = f"t={now},v1={'0' * 64},v1={sign(b'%d.' % now + BODY)}"
    later = f"t={now + 1},v1={sign(b'%d.' % now + BODY)}"
    assert (
        statuses(
            {"signature": {"secrets": list(SECRETS), "style": "stripe", "tolerance": 100}},
            stripe(),
            stripe(secret=SECRETS[1]),
            stripe(age=90),
            {"Stripe-Signature": both},
            {"Stripe-Signature": both.replace(",", ", ")},
            stripe(age=110),
            stripe(age=-110),
            stripe(secret="sesame-3"),
            stripe(body=b"{}"),
            {"Stripe-Signature": later},
            {"Stripe-Signature": f"t={now},v0={sign(b'%d.' % now + BODY)}"},
            {"Stripe-Signature": f"v1={sign(BODY)}"},
            {"Stripe-Signature": f"t=,v1={sign(b'.' + BODY)}"},
            {"Stripe-Signature": f"t=-1,v1={sign(b'-1.' + BODY)}"},
            {"Stripe-Signature": f"t={'9' * 400},v1={sign(b'9' * 400 + b'.' + BODY)}"},
            {},
        )
        == [200] * 5 + [403] * 11
    )


@pytest.mark.parametrize("algorithm", ["sha256", "sha512", "sha384", "sha1"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_plain_signature_follows_the_configuration(algorithm, encoding):
    digest = hmac.new(SECRETS[0].encode(), BODY, algorithm).digest()
    text = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
    signature = {
        "secrets": list(SECRETS),
        "style": "plain",
        "header": "X-Sign",
        "prefix": "v0=",
        "algorithm": algorithm,
        "encoding": encoding,
    }
    assert statuses(
        {"signature": signature}, {"X-Sign": f"v0={text}"}, {"X-Sign": text}, {"X-Sign": f"v0={text[2:]}"}
    ) == [200, 403, 403]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl: apt-get install openssl")
def test_signature_made_by_openssl_is_verified():
    command = ["openssl", "dgst", "-sha256", "-hmac", SECRETS[0], "-r"]
    digest = subprocess.run(command, input=BODY, capture_output=True, check=True).stdout.split()[0]
    headers = {"X-Hub-Signature-256": f"sha256={digest.decode()}"}
    assert statuses({"signature": {"secrets": list(SECRETS)}}, headers) == [200]


def test_signature_is_verified_before_the_body_is_decoded():
    assert statuses({"signature": {"secrets": ["s"]}}, {}, body=b"nonsense") == [403]


def test_body_is_not_read_without_authentication():
    with running({"authentication": {"bearer": ["s"]}}) as pipeline, Client(pipeline.port) as client:
        client.send(request("", headers={"Content-Length": "1000"}))
        answer = client.receive()
        assert (answer.status, answer.headers["Connection"]) == (401, "close")


def test_route_can_have_its_own_authentication_or_be_public():
    routes = [
        {"path": "/own", "authentication": {"bearer": ["own"]}},
        {"path": "/public", "public": True},
        {"path": "/other"},
    ]
    with running({"routes": routes, "authentication": {"bearer": ["all"]}}) as pipeline:

        def status(path, token):
            return post(pipeline.port, path=path, headers=bearer(token)).status

        assert [status("/own", "own"), status("/own", "all")] == [200, 401]
        assert [status("/other", "own"), status("/other", "all")] == [401, 200]
        assert status("/public", "none") == 200


def test_secrets_are_neither_shown_nor_logged():
    arguments = {
        "authentication": {
            "basic": {"ada": "hidden"},
            "bearer": ["hidden"],
            "signature": {"secrets": ["hidden"], "style": "stripe"},
        },
        "headers": ["X-Other"],
    }
    router = Default()
    module = router.registerModule(Http, "http", arguments)
    authentication = msgspec.convert(arguments["authentication"], Authentication)
    assert "hidden" not in repr(module)
    assert "hidden" not in repr(authentication)
    assert "hidden" not in repr(authentication.signature)
    with running(arguments) as pipeline:
        post(pipeline.port, headers={**bearer("hidden"), "X-Other": "x"}, path="/?token=hidden")
        post(pipeline.port, headers=bearer("hidden-but-wrong"), path="/?token=hidden")
        post(pipeline.port, headers=stripe(secret="hidden", body=b"x"))
        assert pipeline.http.answered == {200: 1, 401: 2}
        assert not any("hidden" in text for text in pipeline.messages)
        (event,) = pipeline.output.events
        assert "hidden" not in str(event.tmp["http"]["headers"])


def test_every_secret_is_compared_also_after_a_match(monkeypatch):
    compared = []

    def compare(one, other):
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr("wishbone_input_http.authentication.hmac.compare_digest", compare)
    known = Credentials([b"a", b"bb", b"ccc"])
    assert known.include(b"a")
    assert not known.include(b"much longer than all of them")
    assert compared == [(64, 64)] * 6


@given(st.binary(), st.sets(st.binary(), max_size=4))
def test_credentials_include_exactly_their_secrets(shown, secrets):
    assert Credentials(secrets).include(shown) == (shown in secrets)


@given(st.binary(max_size=80))
def test_any_header_is_refused_without_a_crash(value):
    class Signed:
        body = bytearray(b"x")

    Signed.headers = dict.fromkeys([b"stripe-signature", b"x-hub-signature-256", b"authorization"], value)
    for style in ("stripe", "github"):
        authenticator = Authenticator(
            Authentication({"a": "b"}, ("c",), Signature(("s",), style=style, encoding="base64"))
        )
        with pytest.raises(Exception, match=r"signature|'t'"):
            authenticator.check(Signed)
