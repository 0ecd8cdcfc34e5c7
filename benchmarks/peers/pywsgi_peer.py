"""Prints its port, reads request bodies and answers until killed: the least that gevent's own server does."""

from __future__ import annotations

from gevent import socket
from gevent.pywsgi import WSGIServer


def application(environment, start_response):
    """Read the body and answer."""
    environment["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "12")])
    return [b'{"events":1}']


def serve() -> None:
    """Run until killed."""
    listener = socket.socket()
    # The server sends headers and body separately. Without this, each response would be delayed by 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(256)
    print(listener.getsockname()[1], flush=True)
    WSGIServer(listener, application, log=None).serve_forever()


if __name__ == "__main__":
    serve()
