# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A private authoritative DNS server, and one that never answers.

Zones are lists of lines in the master-file form that `dmx check --zone` reads (OWNER [TTL] TYPE RDATA, names absolute with or without the
last dot), so the same list serves both. They all go into one root zone: whatever is not in it is NXDOMAIN, for any top-level domain.
"""

import os
import signal
import socket
import struct

from . import scratch as scratch_module
from .process import Process, free_port, wait_until
from .scratch import LabError

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "ANY": 255}

_NSD_CONF = """\
server:
  ip-address: 127.0.0.1@{port}
  do-ip6: no
  server-count: 1
  username: ""
  database: ""
  zonesdir: "{dir}"
  pidfile: "{dir}/pid"
  xfrdfile: "{dir}/xfrd.state"
  zonelistfile: "{dir}/zone.list"
  xfrdir: "{dir}"
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "root.zone"
"""


def quote(data):
    """One master-file character string of bytes or text: quoted, with backslash, quote and everything unprintable escaped."""
    raw = data.encode() if isinstance(data, str) else data
    return '"' + "".join(chr(b) if 0x20 <= b < 0x7f and b not in b'"\\' else f"\\{b:03d}" for b in raw) + '"'


def txt(owner, text, ttl=300):
    """A TXT line; text over 255 bytes is cut into several strings, as owners of long DKIM keys must."""
    raw = text.encode() if isinstance(text, str) else text
    parts = [raw[at:at + 255] for at in range(0, len(raw), 255)] or [b""]
    return f"{owner} {ttl} TXT " + " ".join(quote(part) for part in parts)


def encode_name(name):
    """A name in wire form, without compression."""
    labels = [label for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def query(server, name, kind, timeout=0.5):
    """Ask one question by UDP; the answer's bytes, or None where none comes. `server` is (address, port)."""
    packet = struct.pack(">HHHHHH", int.from_bytes(os.urandom(2), "big"), 0, 1, 0, 0, 0) + encode_name(name)
    packet += struct.pack(">HH", TYPES[kind], 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.connect(server)
        try:
            sock.send(packet)
            return sock.recv(65535)
        except OSError:  # refused while the server starts, or timed out
            return None


class DnsServer:
    """NSD on 127.0.0.1 and a free port, serving `records`. `address` is "127.0.0.1:PORT", as the option `nameservers` takes it.

        dns = scratch.enter(DnsServer(scratch, [txt("_dmarc.bank.example", "v=DMARC1; p=reject"), "bank.example MX 10 mx.bank.example"]))
    """

    def __init__(self, scratch, records=()):
        self.directory = scratch.directory("dns")
        self.port = None
        self.process = None
        self._records = list(records)
        self._serial = 1

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        self._write_zone()
        for _ in range(3):  # the port may have gone to somebody else in between
            self.port = free_port()
            conf = self.directory / "nsd.conf"
            conf.write_text(_NSD_CONF.format(port=self.port, dir=self.directory))
            self.process = Process([scratch_module.program("DNSD"), "-d", "-c", conf], self.directory / "log", self.directory)
            try:
                wait_until(lambda: not self.process.alive() or self._serves(self._serial), 10, "the DNS server to answer")
            except LabError:
                self.process.stop(timeout=0)  # it has no state to save, and would take a second over it
                raise LabError(f"the DNS server does not answer:\n{self.process.said()}") from None
            if self.process.alive():
                return self
            self.process.stop(timeout=0)  # it has no state to save, and would take a second over it
        raise LabError(f"the DNS server does not start:\n{self.process.said()}")

    def __exit__(self, *_):
        self.process.stop(timeout=0)  # it has no state to save, and would take a second over it

    def update(self, records):
        """Serve other records from now on; returns when they are served. Waits about as long as the server takes to fork."""
        self._records = list(records)
        self._serial += 1
        self._write_zone()
        self.process.signal(signal.SIGHUP)
        try:
            wait_until(lambda: self._serves(self._serial), 10, "the new zone")
        except LabError:
            raise LabError(f"the new zone is not served:\n{self.process.said()}") from None

    def _write_zone(self):
        soa = f". SOA ns.lab. hostmaster.lab. {self._serial} 3600 600 86400 60"
        head = ["$ORIGIN .", "$TTL 300", soa, ". NS ns.lab.", "ns.lab. A 127.0.0.1"]
        for line in self._records:
            if line.startswith("$"):
                raise LabError(f"a real server takes no directive: {line}; use FaultyServer")
        path = self.directory / "root.zone"
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        path.write_text("\n".join(head + self._records) + "\n")
        if path.stat().st_mtime_ns // 10**9 == stamp // 10**9:  # NSD reads a zone again only if its time, in seconds, is another
            os.utime(path, ns=(stamp + 10**9, stamp + 10**9))

    def _serves(self, serial):
        answer = query(("127.0.0.1", self.port), ".", "SOA")
        if answer is None or len(answer) < 12 or struct.unpack(">H", answer[6:8])[0] != 1:
            return False
        names = encode_name("ns.lab") + encode_name("hostmaster.lab") + struct.pack(">I", serial)
        return names in answer or struct.pack(">IIIII", serial, 3600, 600, 86400, 60) in answer


class SilentServer:
    """A UDP socket that takes every question and answers none: what a dead name server looks like behind a firewall.

    Nothing listens on TCP there. `questions()` counts what came in.
    """

    def __init__(self):
        self._socket = None
        self._count = 0
        self.port = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        return self

    def __exit__(self, *_):
        self._socket.close()

    def questions(self):
        """How many datagrams have arrived so far (up to what the socket's buffer holds)."""
        try:
            while True:
                self._socket.recv(65535)
                self._count += 1
        except BlockingIOError:
            return self._count
