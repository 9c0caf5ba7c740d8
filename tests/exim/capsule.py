# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Capsules read by somebody who knows nothing but include/dmx/journal/capsule.h and event.h."""

import dataclasses
import struct
import zlib

_TEXTS = ("receiver", "authserv_id", "queue_id", "helo", "authres", "envelope_id", "spf_record")
_EVENT_TEXTS = {2: "author", 5: "policy_domain", 7: "result", 12: "disposition", 20: "spf_result", 21: "spf_domain"}


@dataclasses.dataclass
class Capsule:
    """One file. `event` has some of the event's texts, `identities` those of signatures by their number."""
    raw: bytes
    id: bytes = b""
    conditions: int = 0
    incidents: int = 0
    mail_from: str = None
    header: bytes = b""
    header_cut: bool = False
    wire_form: bool = False
    body: bytes = b""
    body_size: int = 0
    texts: dict = dataclasses.field(default_factory=dict)
    event: dict = dataclasses.field(default_factory=dict)
    identities: dict = dataclasses.field(default_factory=dict)
    destinations: list = dataclasses.field(default_factory=list)

    def __getattr__(self, name):
        if name in _TEXTS:
            return self.texts.get(name, "")
        raise AttributeError(name)


def _frame(raw, magic):
    if raw[:4] != magic or len(raw) < 12:
        raise ValueError(f"no {magic}: {raw[:20]!r}")
    length, = struct.unpack(">I", raw[4:8])
    if len(raw) != length + 12:
        raise ValueError(f"{len(raw)} bytes of {length + 12}")
    if zlib.crc32(raw[4:-4]) != struct.unpack(">I", raw[-4:])[0]:
        raise ValueError("a wrong checksum")
    return raw[8:-4]


def _tags(payload, head):
    size = struct.calcsize(head)
    while payload:
        tag, length = struct.unpack(head, payload[:size])
        if len(payload) < size + length:
            raise ValueError(f"tag {tag} goes over the end")
        yield tag, payload[size:size + length]
        payload = payload[size + length:]


def _text(value):
    return value.decode("utf-8", "backslashreplace")


def _event(raw):
    return {_EVENT_TEXTS[tag - 16]: _text(value) for tag, value in _tags(_frame(raw, b"DMXJ"), ">BH") if tag - 16 in _EVENT_TEXTS}


def read(raw):
    """The capsule of a file's bytes; ValueError when it is not whole."""
    numbers = {3: "conditions", 4: "incidents", 12: "body_size"}
    out = Capsule(raw)
    for tag, value in _tags(_frame(raw, b"DMXF"), ">BI"):
        if tag in numbers:
            setattr(out, numbers[tag], int.from_bytes(value, "big"))
        elif tag == 2:
            out.id = value
        elif tag == 5:
            out.event = _event(value)
        elif tag == 6:
            flags = int.from_bytes(value, "big")
            out.header_cut, out.wire_form = bool(flags & 1), bool(flags & 2)
        elif tag == 7:
            out.mail_from = _text(value)
        elif tag == 8:
            out.identities[value[0]] = _text(value[1:])
        elif tag == 9:
            out.destinations.append(_text(value))
        elif tag == 10:
            out.header = value
        elif tag == 11:
            out.body = value
        elif tag >= 16:
            out.texts[_TEXTS[tag - 16]] = _text(value)
    return out
