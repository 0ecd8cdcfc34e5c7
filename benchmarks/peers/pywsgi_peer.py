"""Reads bodies and answers, until killed; prints its port: what gevent's own server does at least."""

from __future__ import annotations

from gevent import socket
from gevent.pywsgi import WSGIServer


def application(environment, start_response):
    """Read the body, and answer."""
    environment["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "12")])
    return [b'{"events":1}']


def serve() -> None:
    """Serve until killed."""
    listener = socket.socket()
    # It writes headers and body apart: without this each answer would wait 40 ms for the client's kernel.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(256)
    print(listener.getsockname()[1], flush=True)
    WSGIServer(listener, application, log=None).serve_forever()


if __name__ == "__main__":
    serve()
