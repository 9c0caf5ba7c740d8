# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A scripted HTTP(S) server on loopback: each path is a scene, a function that is given the request and answers it as badly as it likes.

    authority = Authority(directory)
    with Server({"/list": text(b"…")}, authority.context()) as server:
        server.url("/list"); server.requests
"""

import contextlib
import http.server
import socket
import ssl
import subprocess
import threading
import time


class Authority:
    """An authority of certificates for the tests, by openssl(1): what it signs is trusted by whoever is given `file`."""

    def __init__(self, directory):
        self.directory = directory
        self.file = directory / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-subj",
                      "/CN=tests of dmx", "-addext", "basicConstraints=critical,CA:TRUE")
        for name, host in (("good", "IP:127.0.0.1"), ("other", "DNS:other.example")):
            self._issue(name, host)
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "self.key", "-out", "self.pem", "-days", "3650", "-subj",
                      "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")

    def _issue(self, name, host):
        (self.directory / f"{name}.ext").write_text(f"subjectAltName={host}\n")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650", "-out",
                      f"{name}.pem", "-extfile", f"{name}.ext")

    def _openssl(self, *words):
        done = subprocess.run(["openssl", *words], cwd=self.directory, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {' '.join(words)}: {done.stderr}")

    def context(self, name="good"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.directory / f"{name}.pem", self.directory / f"{name}.key")
        return context


class Request(http.server.BaseHTTPRequestHandler):
    """What a scene is given: headers, and ways to answer."""

    def do_GET(self):
        self.server.requests.append((self.path, dict(self.headers)))
        scene = self.server.scenes.get(self.path)
        with contextlib.suppress(OSError, ssl.SSLError):  # the client has had enough
            if scene is None:
                self.reply(404, b"not here\n")
            else:
                scene(self)

    def reply(self, code, body=b"", length=True, **fields):
        """length: True for the right one, None for none at all, or a number that is told instead."""
        self.send_response(code)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(len(body) if length is True else length))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, scenes, context=None):
        super().__init__(("127.0.0.1", 0), Request)
        self.scenes, self.context, self.requests = scenes, context, []
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def finish_request(self, request, client_address):
        """The handshake belongs to the connection's thread: a client that says nothing must not hold the others."""
        if self.context is not None:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except (OSError, ssl.SSLError):
                return
        super().finish_request(request, client_address)
        with contextlib.suppress(OSError, ssl.SSLError):
            if self.context is not None:
                request.unwrap()

    def url(self, path):
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.server_address[1]}{path}"

    def count(self, path):
        return sum(1 for got, _ in self.requests if got == path)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        pass


# -- scenes

def text(body, **fields):
    return lambda request: request.reply(200, body, **fields)


def status(code, body=b"an error\n", **fields):
    return lambda request: request.reply(code, body, **fields)


def redirect(target):
    return lambda request: request.reply(302, Location=target(request) if callable(target) else target)


def cached(body, etag, last_modified):
    """As real servers do it: 304 to whoever brings what it was given."""
    def scene(request):
        fields = {"ETag": etag, "Last_Modified": last_modified}
        if request.headers.get("If-None-Match") == etag:
            request.reply(304, length=None, **fields)
        else:
            request.reply(200, body, **fields)
    return scene


def endless(total, chunk=b"// no end\n" * 6554, length=None):
    """A body of so many bytes; length: what is told of it."""
    def scene(request):
        request.reply(200, length=length)
        for _ in range(total // len(chunk)):
            request.wfile.write(chunk)
    return scene


def fields_without_end(body, behind):
    """16 MB of header fields, before or behind the body."""
    field = b"X-No-End: " + b"x" * 500 + b"\r\n"

    def scene(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + (b"\r\n%x\r\n%b\r\n0\r\n" % (len(body), body) if behind else b""))
        for _ in range(1000):
            request.wfile.write(field * 32)
        request.wfile.write(b"\r\n" if behind else b"\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
    return scene


def drip(body, pause=0.5, seconds=100):
    """A byte at a time."""
    def scene(request):
        request.reply(200, length=len(body))
        for i in range(int(seconds / pause)):
            request.wfile.write(body[i:i + 1])
            request.wfile.flush()
            time.sleep(pause)
    return scene


def silence(seconds):
    return lambda request: time.sleep(seconds)


def garbage(request):
    request.wfile.write(b"220 mail.example ESMTP\r\n" * 10)
    request.connection.shutdown(socket.SHUT_RDWR)
