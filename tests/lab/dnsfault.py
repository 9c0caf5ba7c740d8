# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A DNS server whose misbehaviour is written down, for the failures that a real server does not show on demand.

It answers by UDP and TCP from the same records as DnsServer, keeps a list of the questions it was asked (so a test can say that a message
cost none), and obeys faults by name and type: late, lost, refused, truncated, not DNS at all. It is exact about what the tests look at and
simple elsewhere: no wildcards, no compression, no EDNS.
"""

import dataclasses
import ipaddress
import re
import socket
import struct
import threading
import time

from .dns import TYPES, encode_name

RCODES = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5}


@dataclasses.dataclass
class Fault:
    """What happens to a question. `times` limits it to the first so many (None: all of them)."""
    delay_ms: int = 0
    drop: bool = False          # no answer at all
    rcode: str = ""             # answer with this code and no records
    truncate: bool = False      # UDP says TC with no records, TCP answers in full
    wrong_id: bool = False      # an answer to somebody else's question
    garbage: bytes = b""        # these bytes in place of an answer
    times: int = None


class FaultyServer:
    """A scripted server on 127.0.0.1, or another address, at a free port or a given one. Faults are keyed by (name, type); the type "ANY" is every type, the name "*" every name.

        dns = scratch.enter(FaultyServer(records, {("_dmarc.bank.example", "TXT"): Fault(rcode="SERVFAIL")}))
        dns.questions      # [("_dmarc.bank.example", "TXT", "udp"), …] in order of arrival
    """

    def __init__(self, records=(), faults=None, host="127.0.0.1", port=0, negative_ttl=None):
        """negative_ttl: answers without records carry an SOA that says so; else they have none, and nobody may keep them."""
        self.negative_ttl = negative_ttl
        self.records = {}
        for line in records:
            owner, kind, ttl, data = parse_record(line)
            self.records.setdefault(owner, []).append((kind, ttl, data))
        self.faults = dict(faults or {})
        self.questions = []
        self.headers = []  # (id, port it came from) of each UDP question
        self.host, self.port = host, port
        self._sockets = []
        self._lock = threading.Lock()

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def __enter__(self):
        while True:
            tcp = socket.create_server((self.host, self.port))
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                udp.bind(tcp.getsockname())
                break
            except OSError:
                tcp.close()
                udp.close()
                if self.port:
                    raise
        self.port = tcp.getsockname()[1]
        self._sockets = [tcp, udp]
        threading.Thread(target=self._serve_udp, args=(udp,), daemon=True).start()
        threading.Thread(target=self._serve_tcp, args=(tcp,), daemon=True).start()
        return self

    def __exit__(self, *_):
        for sock in self._sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in it
            except OSError:
                pass
            sock.close()

    def asked(self, name):
        """The types asked for at a name."""
        with self._lock:
            return [kind for owner, kind, _ in self.questions if owner == name.lower().rstrip(".")]

    def _serve_udp(self, sock):
        while True:
            try:
                packet, client = sock.recvfrom(65535)
            except OSError:
                return
            if not packet:  # shutdown() of an unconnected socket
                return
            with self._lock:
                self.headers.append((struct.unpack(">H", packet[:2])[0], client[1]))
            threading.Thread(target=self._reply_udp, args=(sock, packet, client), daemon=True).start()

    def _reply_udp(self, sock, packet, client):
        answer = self._answer(packet, "udp")
        if answer:
            try:
                sock.sendto(answer, client)
            except OSError:
                pass  # the test is over

    def _serve_tcp(self, sock):
        while True:
            try:
                stream, _ = sock.accept()
            except OSError:
                return
            threading.Thread(target=self._reply_tcp, args=(stream,), daemon=True).start()

    def _reply_tcp(self, stream):
        with stream, stream.makefile("rb") as source:
            try:
                while len(head := source.read(2)) == 2:
                    answer = self._answer(source.read(struct.unpack(">H", head)[0]), "tcp")
                    if answer:
                        stream.sendall(struct.pack(">H", len(answer)) + answer)
            except OSError:
                pass

    def _fault(self, name, kind):
        with self._lock:
            for key in ((name, kind), (name, "ANY"), ("*", kind), ("*", "ANY")):
                fault = self.faults.get(key)
                if fault is None or fault.times == 0:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return Fault()

    def _answer(self, packet, transport):
        number, _, questions = struct.unpack(">HHH", packet[:6])
        if questions != 1:
            return None
        name, end = _read_name(packet, 12)
        code = struct.unpack(">H", packet[end:end + 2])[0]
        kind = next((word for word, value in TYPES.items() if value == code), str(code))
        with self._lock:
            self.questions.append((name, kind, transport))
        fault = self._fault(name, kind)
        time.sleep(fault.delay_ms / 1000)
        if fault.drop:
            return None
        if fault.garbage:
            return fault.garbage
        truncated = fault.truncate and transport == "udp"
        rcode, answers = (RCODES[fault.rcode], []) if fault.rcode else self._find(name, kind)
        if truncated:
            answers = []
        flags = 0x8400 | (0x0200 if truncated else 0) | rcode
        negative = not answers and not truncated and rcode in (0, 3) and self.negative_ttl is not None
        authority = [_soa(self.negative_ttl)] if negative else []
        head = struct.pack(">HHHHHH", number ^ (0x5555 if fault.wrong_id else 0), flags, 1, len(answers), len(authority), 0)
        return head + packet[12:end + 4] + b"".join(answers + authority)

    def _find(self, name, kind, steps=8):
        entries = self.records.get(name)
        if entries is None:
            below = any(owner.endswith("." + name) for owner in self.records)
            return RCODES["NOERROR" if below else "NXDOMAIN"], []
        answers = []
        for entry_kind, ttl, data in entries:
            if entry_kind == kind or entry_kind == "CNAME":
                answers.append(encode_name(name) + struct.pack(">HHIH", TYPES[entry_kind], 1, ttl, len(data)) + data)
            if entry_kind == "CNAME" and kind != "CNAME" and steps > 0:
                rcode, more = self._find(_read_name(data, 0)[0], kind, steps - 1)
                return rcode, answers + more
        return RCODES["NOERROR"], answers


def _soa(ttl):
    """The root's, with this as its TTL and as the last of its numbers."""
    data = encode_name("ns.lab") + encode_name("hostmaster.lab") + struct.pack(">IIIII", 1, 3600, 600, 86400, ttl)
    return encode_name(".") + struct.pack(">HHIH", TYPES["SOA"], 1, ttl, len(data)) + data


def _read_name(packet, at):
    """The name at an offset, without compression, in small letters (the module may vary the case of its questions)."""
    labels = []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("latin-1").lower())
        at += 1 + packet[at]
    return ".".join(labels), at + 1


def parse_record(line):
    """One master-file line as (owner, type, ttl, wire data)."""
    words = [quoted if quoted or not bare else bare for quoted, bare in re.findall(r'("(?:[^"\\]|\\.)*")|(\S+)', line)]
    owner, rest, ttl = words[0].lower().rstrip("."), words[1:], 300
    if rest[0].isdigit():
        ttl, rest = int(rest[0]), rest[1:]
    if rest[0].upper() == "IN":
        rest = rest[1:]
    kind, data = rest[0].upper(), rest[1:]
    if kind in ("A", "AAAA"):
        return owner, kind, ttl, ipaddress.ip_address(data[0]).packed
    if kind == "MX":
        return owner, kind, ttl, struct.pack(">H", int(data[0])) + encode_name(data[1])
    if kind in ("NS", "CNAME", "PTR"):
        return owner, kind, ttl, encode_name(data[0])
    if kind == "TXT":
        strings = [_unquote(word) for word in data]
        return owner, kind, ttl, b"".join(bytes([len(part)]) + part for part in strings)
    raise ValueError(f"this server knows no {kind}: {line}")


def _unquote(word):
    text = word[1:-1] if word.startswith('"') else word
    return re.sub(r"\\(\d{3}|.)", lambda got: chr(int(got[1])) if len(got[1]) == 3 else got[1], text).encode("latin-1")
