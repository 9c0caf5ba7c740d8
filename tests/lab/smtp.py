# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""An SMTP client that sends exactly the bytes it is given. (smtplib repairs line ends, which hides what these tests are about.)"""

import base64
import dataclasses
import re
import socket


class Closed(Exception):
    """The server ended the connection where a reply was due."""


@dataclasses.dataclass(frozen=True)
class Reply:
    """One reply: its code, and the text of each line without code and line end."""
    code: int
    lines: tuple

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def ok(self):
        return 200 <= self.code < 400

    @property
    def message_id(self):
        """Exim's id of the message that this reply accepted, else None."""
        found = re.search(r"\bid=(\S+)", self.text)
        return found[1] if found else None

    def __str__(self):
        return f"{self.code} " + " | ".join(self.lines)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of one message: the replies by step; `final` is the one that decides."""
    mail: Reply
    rcpt: tuple
    final: Reply

    @property
    def code(self):
        return self.final.code

    @property
    def text(self):
        return self.final.text

    @property
    def message_id(self):
        return self.final.message_id


class Client:
    """One connection, from a chosen loopback address. Every reply, in order, is in `replies`.

        with Client(exim.port, source="127.0.0.11") as client:
            client.ehlo("mail.bank.example")
            outcome = client.send(message, "ceo@bank.example", ["user@receiver.example"], chunks=3)
            assert outcome.code == 250 and exim.delivered(outcome.message_id)
    """

    def __init__(self, port, address="127.0.0.1", source=None, timeout=60):
        self.replies = []
        self.extensions = {}
        self._recipients = 0
        self.socket = socket.create_connection((address, port), timeout=timeout, source_address=(source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._source = self.socket.makefile("rb")
        self.greeting = self.read_reply()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None and self.socket.fileno() >= 0:
                self.quit()
        except (OSError, Closed):
            pass  # the server was quicker
        finally:
            self.close()

    def send_raw(self, data):
        self.socket.sendall(data)

    def read_reply(self):
        """The next reply; raises Closed at the end of the connection."""
        lines = []
        while True:
            line = self._source.readline()
            if not line.endswith(b"\n"):
                raise Closed(f"connection closed after {self.replies[-1] if self.replies else 'nothing'}; unfinished: {lines + [line]}")
            text = line.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
            lines.append(text[4:])
            if text[3:4] != "-":
                reply = Reply(int(text[:3]), tuple(lines))
                self.replies.append(reply)
                return reply

    def command(self, line):
        """Send one line (bytes, or text; without its CRLF) and read the reply."""
        self.send_raw((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return self.read_reply()

    def ehlo(self, name="client.example"):
        reply = self.command(f"EHLO {name}")
        self.extensions = {line.split(" ")[0].upper(): line.partition(" ")[2] for line in reply.lines[1:]}
        return reply

    def helo(self, name="client.example"):
        return self.command(f"HELO {name}")

    def auth_plain(self, user, password):
        return self.command("AUTH PLAIN " + base64.b64encode(f"\0{user}\0{password}".encode()).decode())

    def mail(self, sender, *parameters):
        """MAIL FROM; an empty sender is the null sender. Parameters such as "BODY=8BITMIME" or "PRDR" follow as they are."""
        self._recipients = 0
        return self.command(" ".join([f"MAIL FROM:<{sender}>", *parameters]))

    def rcpt(self, recipient):
        reply = self.command(f"RCPT TO:<{recipient}>")
        self._recipients += reply.ok
        return reply

    def data(self, message):
        """DATA with the message's bytes: a leading dot is doubled, a missing last line end added, nothing else touched."""
        reply = self.command("DATA")
        if reply.code != 354:
            return reply
        self.send_raw(stuff(message) + b".\r\n")
        return self._verdict()

    def bdat(self, message, chunks=1):
        """BDAT. `chunks` is a number of pieces, or the list of their sizes (the rest, if any, is the last). Returns the last reply;
        stops at the first refusal."""
        pieces = cut(message, chunks)
        for index, piece in enumerate(pieces):
            last = " LAST" if index == len(pieces) - 1 else ""
            self.send_raw(f"BDAT {len(piece)}{last}\r\n".encode() + piece)
            reply = self._verdict()
            if not reply.ok:
                break
        return reply

    def _verdict(self):
        """The reply to a message; under PRDR (353) those to each recipient come first, and are left in `replies`."""
        reply = self.read_reply()
        if reply.code == 353:
            for _ in range(self._recipients):
                self.read_reply()
            reply = self.read_reply()
        return reply

    def send(self, message, sender, recipients, chunks=None, parameters=()):
        """One whole message: by DATA, or by BDAT where `chunks` is given. Refused steps end it early."""
        mail = self.mail(sender, *parameters)
        if not mail.ok:
            return Outcome(mail, (), mail)
        rcpt = tuple(self.rcpt(recipient) for recipient in recipients)
        if not any(reply.ok for reply in rcpt):
            self.rset()
            return Outcome(mail, rcpt, rcpt[-1])
        return Outcome(mail, rcpt, self.data(message) if chunks is None else self.bdat(message, chunks))

    def rset(self):
        return self.command("RSET")

    def quit(self):
        """QUIT, half-close, and wait for the server's end. Exim holds its answer back for 200 ms unless the half-close comes with the
        command, and a client that just goes leaves a line about a lost connection in the log."""
        self.send_raw(b"QUIT\r\n")
        self.socket.shutdown(socket.SHUT_WR)
        reply = self.read_reply()
        while self._source.read(4096):
            pass
        self.close()
        return reply

    def close(self):
        """Drop the connection as it is, without a word."""
        self._source.close()
        self.socket.close()


def crlf(text):
    """Message text written with plain newlines, as bytes with CRLF line ends."""
    raw = text.encode() if isinstance(text, str) else text
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def stuff(message):
    """The message in the transparent form of DATA (RFC 5321, 4.5.2), without the final dot."""
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed if stuffed.endswith(b"\r\n") or not stuffed else stuffed + b"\r\n"


def cut(message, chunks):
    """The message in pieces: a number of about equal ones, or of the sizes listed."""
    if isinstance(chunks, int):
        size = -(-len(message) // chunks)
        chunks = [size] * (chunks - 1)
    pieces, at = [], 0
    for size in chunks:
        pieces.append(message[at:at + size])
        at += size
    if at < len(message) or not pieces:
        pieces.append(message[at:])
    return pieces
