"""A real nginx with a configuration, a directory and a port of its own."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from gevent import socket
from http_server import refused_port

from wishbone_testing import wait_until

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")

needs_nginx = pytest.mark.skipif(NGINX is None, reason="needs nginx: apt-get install nginx-light")

CONFIGURATION = """
daemon off;
{user}
worker_processes 1;
pid {directory}/pid;
error_log {directory}/error;
events {{ worker_connections 64; }}
http {{
    log_format requests escape=none "$status $request_method $request_uri $content_length";
    access_log {directory}/access requests;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    {extra_http}
    server {{
        listen 127.0.0.1:{port} {listen};
        {extra_server}
        location / {{ return 204; }}
        {locations}
    }}
}}
"""


class Nginx:
    def __init__(self, directory, locations="", extra_http="", extra_server="", listen=""):
        self.directory = directory
        self.port = refused_port()
        self.scheme = "https" if "ssl" in listen else "http"
        text = CONFIGURATION.format(
            directory=directory,
            # Its workers must be able to read what the test wrote.
            user="user root;" if os.geteuid() == 0 else "",
            port=self.port,
            locations=locations.replace("{directory}", str(directory)),
            extra_http=extra_http,
            extra_server=extra_server.replace("{directory}", str(directory)),
            listen=listen,
        )
        (directory / "conf").write_text(text)
        self.process = None

    @property
    def url(self):
        return f"{self.scheme}://localhost:{self.port}"

    def start(self):
        command = [NGINX, "-p", str(self.directory), "-c", str(self.directory / "conf")]
        with (self.directory / "console").open("a") as console:
            self.process = subprocess.Popen(command, stdout=console, stderr=console)
        wait_until(self.listens, f"nginx to listen: {(self.directory / 'console').read_text()}")
        return self

    def listens(self):
        with socket.socket() as peer:
            return peer.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def requests(self):
        """Return what was asked: status, method, target and length of the body."""
        access = self.directory / "access"
        lines = access.read_text().splitlines() if access.exists() else []
        return [tuple(line.split(" ")) for line in lines]
