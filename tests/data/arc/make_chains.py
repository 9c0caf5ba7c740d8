#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Makes the sealed messages of this folder anew, with fresh keys: *.eml and keys.zone. Debian: python3-dkim, python3-authres, openssl.

It was run once; the results are committed and the private keys are gone. Run it again only when a chain is added, and
commit everything that it writes.
"""
import base64, pathlib, subprocess, tempfile

import dkim

HERE = pathlib.Path(__file__).resolve().parent
SIGNED = [b"from", b"to", b"subject", b"date", b"message-id"]
MESSAGE = (
    b"From: Ann Author <ann@author.example>\r\n"
    b"To: readers@list.example\r\n"
    b"Subject: minutes\r\n"
    b"Date: Tue, 5 Mar 2024 10:00:00 +0000\r\n"
    b"Message-ID: <1@author.example>\r\n"
    b"\r\n"
    b"The minutes of today.\r\n"
)
FOOTER = b"-- \r\nYou read this on a list.\r\n"
SEALERS = (b"list.example", b"forward.example", b"stranger.test")
PASS = b"dmarc=pass header.from=author.example"
FAIL = b"dmarc=fail header.from=author.example"


def key():
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch, "key")
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, "2048"], check=True, capture_output=True)
        public = subprocess.run(["openssl", "rsa", "-in", path, "-outform", "DER", "-pubout"], check=True,
                                capture_output=True).stdout
        return path.read_bytes(), base64.b64encode(public).decode()


def seal(message, private, domain, results):
    """One hop: the results it saw, then its set on top; the Authentication-Results it used goes again."""
    arc = b"arc=pass; " if b"ARC-Seal:" in message else b"arc=none; "
    field = b"Authentication-Results: mx." + domain + b"; " + arc + results + b"\r\n"
    made = dkim.arc_sign(field + message, b"s", domain, private, b"mx." + domain, include_headers=SIGNED,
                         timestamp=1709632800)
    assert len(made) == 3, made
    return b"".join(made) + message


def write(name, message):
    (HERE / f"{name}.eml").write_bytes(message.replace(b"\r\n", b"\n"))


def main():
    keys, zone = {}, []
    for domain in SEALERS + (b"author.example",):
        keys[domain], public = key()
        text = f"v=DKIM1; k=rsa; p={public}"
        zone.append(f"s._domainkey.{domain.decode()}. TXT \"{text[:250]}\" \"{text[250:]}\"")
    (HERE / "keys.zone").write_text("; Written by make_chains.py.\n" + "\n".join(zone) + "\n", encoding="ascii")

    def chain(start, *hops):
        for domain, results in hops:
            start = seal(start, keys[domain], domain, results)
        return start

    list_, forward, stranger = SEALERS
    own = dkim.sign(MESSAGE, b"s", b"author.example", keys[b"author.example"], include_headers=SIGNED,
                    canonicalize=(b"relaxed", b"relaxed")) + MESSAGE
    changed = own + FOOTER
    write("one", chain(changed, (list_, PASS)))
    write("three", chain(changed, (list_, PASS), (forward, FAIL), (list_, FAIL)))
    write("forged", chain(MESSAGE, (list_, FAIL)))
    write("stranger-first", chain(MESSAGE, (stranger, PASS), (list_, FAIL)))
    write("stranger-last", chain(changed, (list_, PASS), (stranger, FAIL)))
    write("other-author", chain(MESSAGE, (list_, b"dmarc=pass header.from=other.example")))
    write("intact", chain(own, (forward, PASS)))


main()
