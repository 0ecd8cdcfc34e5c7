"""A client that sends given bytes, all at once or one by one."""

from __future__ import annotations

import json
from http.client import HTTPResponse

from gevent import socket

PATIENCE = 10


class Client:
    """A connection to the server, of one request after the other."""

    def __init__(self, port, context=None, source="127.0.0.1", patience=PATIENCE):
        self.socket = socket.create_connection(("127.0.0.1", port), patience, (source, 0))
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, method="POST"):
        """Read one answer. The socket is read byte by byte, so that the next answer stays in it."""
        response = HTTPResponse(_Unbuffered(self.socket), method=method)
        response.begin()
        return Answer(response.status, dict(response.getheaders()), response.read())

    def request(self, *arguments, **options):
        self.send(request(*arguments, **options))
        return self.receive(options.get("method", "POST"))

    def ended(self):
        """Whether the server has closed the connection, without another answer; waits for it."""
        try:
            return b"HTTP" not in b"".join(iter(lambda: self.socket.recv(65536), b""))
        except ConnectionResetError:
            return True


class _Unbuffered:
    def __init__(self, connection):
        self.connection = connection

    def makefile(self, mode):
        return self.connection.makefile(mode, 0)


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def error(self):
        return json.loads(self.body)["error"]

    def __repr__(self):
        return f"Answer({self.status}, {self.headers}, {self.body})"


def request(body=b"{}", path="/", method="POST", headers=None, version="1.1"):
    """Return the bytes of a request."""
    body = body if isinstance(body, bytes) else body.encode()
    fields = {"Host": "localhost", "Content-Length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"{method} {path} HTTP/{version}\r\n{lines}\r\n".encode() + body


def post(port, body=b"{}", *, context=None, patience=PATIENCE, **options):
    """Send one request over a connection of its own."""
    with Client(port, context, patience=patience) as client:
        return client.request(body, **options)
