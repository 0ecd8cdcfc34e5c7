"""`github.yaml`, as GitHub speaks to it: bodies signed with HMAC, posted by curl."""

from __future__ import annotations

import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from peers import Service, curl, free_port, needs, run_example, wait_for_port

pytestmark = needs("curl", "curl")

SECRET = "It's a Secret to Everybody"
"""The one of GitHub's documentation."""

REPOSITORY = {"full_name": "octocat/Hello-World"}
SENDER = {"login": "octocat"}
PUSH = {
    "ref": "refs/heads/main",
    "commits": [
        {"id": "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d"},
        {"id": "762941318ee16e59dabbacb1b4049eec22f0d303"},
    ],
    "compare": "https://github.com/octocat/Hello-World/compare/762941318ee1...7fd1a60b01f9",
    "repository": REPOSITORY,
    "sender": SENDER,
}
ISSUE = {
    "action": "opened",
    "issue": {
        "number": 1347,
        "title": 'Found a bug: "<!channel> & co"',
        "html_url": "https://github.com/octocat/Hello-World/issues/1347",
    },
    "repository": REPOSITORY,
    "sender": SENDER,
}
PULL_REQUEST = {
    "action": "closed",
    "pull_request": {
        "number": 1348,
        "title": "Mend it",
        "html_url": "https://github.com/octocat/Hello-World/pull/1348",
    },
    "repository": REPOSITORY,
    "sender": SENDER,
}


class GitHub:
    """Delivers webhooks to a port."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/github"

    def deliver(self, kind, payload, delivery, secret=SECRET):
        body = json.dumps(payload)
        signature = hmac.new(secret.encode(), body.encode(), "sha256").hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": kind,
            "X-GitHub-Delivery": delivery,
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        options = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        return curl(self.url, "--data-binary", body, *options)


@pytest.fixture
def receiver(tmp_path):
    @contextmanager
    def run(chat):
        port = free_port()
        settings = {"PORT": port, "GITHUB_SECRET": SECRET, "CHAT": f"{chat.url}hooks/a-secret"}
        with run_example("github.yaml", tmp_path, **settings) as server:
            wait_for_port(port, server)
            yield GitHub(port)
            assert server.stop() == 0
            assert "a-secret" not in server.output

    return run


def test_posts_what_happened_once_and_answers_when_the_chat_has_it(receiver):
    with Service() as chat, receiver(chat) as github:
        assert github.deliver("push", PUSH, "delivery-1") == 200
        assert github.deliver("issues", ISSUE, "delivery-2") == 200
        assert github.deliver("issues", ISSUE, "delivery-2") == 200
        assert github.deliver("pull_request", PULL_REQUEST, "delivery-3") == 200
        assert github.deliver("ping", {"zen": "Speak like a human."}, "delivery-4") == 200
        pushed, opened, closed = (request.json["text"] for request in chat.requests)
        assert pushed == (
            "octocat pushed 2 commits to refs/heads/main of octocat/Hello-World"
            " https://github.com/octocat/Hello-World/compare/762941318ee1...7fd1a60b01f9"
        )
        assert opened == (
            'octocat opened octocat/Hello-World#1347: Found a bug: "&lt;!channel&gt; &amp; co"'
            " https://github.com/octocat/Hello-World/issues/1347"
        )
        assert closed == (
            "octocat closed octocat/Hello-World#1348: Mend it"
            " https://github.com/octocat/Hello-World/pull/1348"
        )
        assert chat.requests[0].headers["content-type"] == "application/json"
        assert chat.requests[0].path == "/hooks/a-secret"


def test_lets_nobody_in_whose_signature_is_of_another_secret(receiver):
    with Service() as chat, receiver(chat) as github:
        assert github.deliver("push", PUSH, "delivery-1", secret="a guess") == 403
        assert curl(github.url, "--data-binary", json.dumps(PUSH)) == 403
        assert chat.requests == []


def test_what_the_chat_refused_comes_through_when_it_is_delivered_again(receiver):
    with Service(lambda request: 400) as chat, receiver(chat) as github:
        assert github.deliver("push", PUSH, "delivery-1") == 500
        chat.answer = lambda request: 200
        assert github.deliver("push", PUSH, "delivery-1") == 200
        assert len(chat.requests) == 1


def test_a_chat_that_was_down_for_a_moment_gets_it_too(receiver):
    with Service(down=True) as chat, receiver(chat) as github, ThreadPoolExecutor(1) as sender:
        answer = sender.submit(github.deliver, "push", PUSH, "delivery-1")
        chat.start()
        assert answer.result() == 200
        assert len(chat.requests) == 1
