#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Makes the signed messages of this folder anew, with fresh keys: *.eml and keys.zone. Debian: python3-dkim, python3-nacl, openssl.

It was run once; the results are committed and the private keys are gone. Run it again only when a vector is added, and
commit everything that it writes.
"""
import base64, os, pathlib, subprocess, tempfile

import dkim
import nacl.encoding, nacl.signing

HERE = pathlib.Path(__file__).resolve().parent
DOMAIN = b"example.org"
ZONE = []

FIELDS = (
    b"Received: from a.example.net (a.example.net [192.0.2.7])\r\n"
    b"\tby mx.example.org with ESMTPS id 1abcdE-000001-02\r\n"
    b"\tfor <reader@example.net>;   Tue, 5 Mar 2024 10:00:01 +0000\r\n"
    b"Received: from b.example.net by a.example.net; Tue, 5 Mar 2024 10:00:00 +0000\r\n"
    b"Comments: the first \t of  two \r\n"
    b"Comments: the second\r\n"
    b"FROM: =?utf-8?q?J=C3=BCrgen?= <jurgen@example.org>\r\n"
    b"To:reader@example.net,\r\n"
    b"  other@example.net\r\n"
    b"Subject: caf\xc3\xa9 \xff\r\n"
    b" \t folded    and \t\t blank \r\n"
    b"Date: Tue, 5 Mar 2024 10:00:00 +0000\r\n"
    b"Message-ID: <1@example.org>\r\n"
)
BODY = (
    b"\r\n\r\nA first line.\r\n"
    b"Trailing blanks here  \t \r\n"
    b" leading,\t\ttabs  and   runs\tof white\t space\r\n"
    b"  \t \r\n"
    b".\r\n..dots\r\n"
    b"8-bit: \xe4\xf6\xfc, and a NUL: \x00.\r\n"
    b"\r\n\r\n \r\n\r\n"
)
NAMES = [b"from", b"to", b"subject", b"date", b"message-id", b"comments", b"comments", b"received", b"received"]


class Signer(dkim.DKIM):
    """dkim.DKIM with tags put in front of h=."""
    extra = ()

    def gen_header(self, fields, *args, **kwargs):
        at = [name for name, _ in fields].index(b"h")
        return super().gen_header(fields[:at] + list(self.extra) + fields[at:], *args, **kwargs)


def rsa_key(bits, form="spki"):
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "key")
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, str(bits)], check=True, capture_output=True)
        private = pathlib.Path(path).read_bytes()
        which = ["-RSAPublicKey_out"] if form == "pkcs1" else ["-pubout"]
        public = subprocess.run(["openssl", "rsa", "-in", path, "-outform", "DER", *which], check=True,
                                capture_output=True).stdout
    return private, public


def ed25519_key():
    key = nacl.signing.SigningKey.generate()
    return key.encode(encoder=nacl.encoding.Base64Encoder), key.verify_key.encode()


def publish(selector, public, tags="v=DKIM1; k=rsa"):
    text = f"{tags}; p={base64.b64encode(public).decode()}"
    parts = [text[i:i + 250] for i in range(0, len(text), 250)]
    ZONE.append(f"{selector}._domainkey.example.org. TXT " + " ".join(f'"{part}"' for part in parts))


def sign(message, key, selector, algorithm, canons=(b"relaxed", b"relaxed"), names=None, extra=(), **options):
    signer = Signer(message)
    signer.extra = extra
    signer.should_not_sign = set()
    field = signer.sign(selector, DOMAIN, key, algorithm, canonicalize=canons, include_headers=names or NAMES, **options)
    return field + message


def write(name, message):
    assert b"\r" not in message.replace(b"\r\n", b"")
    (HERE / f"{name}.eml").write_bytes(message.replace(b"\r\n", b"\n"))


def main():
    rsa, rsa_public = rsa_key(2048)
    edwards, edwards_public = ed25519_key()
    small, small_public = rsa_key(1024)
    large, large_public = rsa_key(4096)
    bare, bare_public = rsa_key(2048, "pkcs1")
    publish("rsa", rsa_public)
    publish("20240305", edwards_public, "v=DKIM1; k=ed25519")
    publish("small", small_public)
    publish("large", large_public, "h=sha1:sha256; s=email")
    publish("bare", bare_public, "v=DKIM1; s=*; t=y; n=a note")
    publish("strict", rsa_public, "v=DKIM1; t=s")

    plain = FIELDS + b"\r\n" + BODY
    kinds = ((b"rsa", rsa, b"rsa-sha256"), (b"20240305", edwards, b"ed25519-sha256"))
    for header in (b"simple", b"relaxed"):
        for body in (b"simple", b"relaxed"):
            for selector, key, algorithm in kinds:
                name = b"-".join((algorithm.split(b"-")[0], header, body)).decode()
                write(name, sign(plain, key, selector, algorithm, (header, body)))
    write("empty-simple", sign(FIELDS + b"\r\n", rsa, b"rsa", b"rsa-sha256", (b"simple", b"simple")))
    write("empty-relaxed", sign(FIELDS + b"\r\n", rsa, b"rsa", b"rsa-sha256"))
    write("two-signatures", sign(sign(plain, rsa, b"rsa", b"rsa-sha256", (b"simple", b"relaxed")), edwards, b"20240305",
                                 b"ed25519-sha256", names=NAMES + [b"dkim-signature"]))
    write("length-whole", sign(plain, rsa, b"rsa", b"rsa-sha256", length=True))
    write("length-part", sign(plain, rsa, b"rsa", b"rsa-sha256", length=True) + b"\r\nappended\r\n")
    write("repeated-names", sign(plain, rsa, b"rsa", b"rsa-sha256", (b"simple", b"simple"),
                                 names=NAMES + [b"from", b"comments", b"received", b"reply-to", b"x-none"]))
    long_field = b"X-Long: " + b"\r\n ".join([b"word " * 14] * 72) + b"\r\n"
    long_line = b"".join(b"%05d " % i for i in range(3000)) + b"\r\n"
    write("long", sign(FIELDS + long_field + b"\r\n" + long_line, rsa, b"rsa", b"rsa-sha256", names=NAMES + [b"x-long"]))
    write("subdomain", sign(plain, rsa, b"rsa", b"rsa-sha256", identity=b"a=20user@mail.example.org"))
    write("strict", sign(plain, rsa, b"strict", b"rsa-sha256", identity=b"user@example.org"))
    write("strict-subdomain", sign(plain, rsa, b"strict", b"rsa-sha256", identity=b"user@mail.example.org"))
    write("small-key", sign(plain, small, b"small", b"rsa-sha256"))
    write("large-key", sign(plain, large, b"large", b"rsa-sha256"))
    write("pkcs1-key", sign(plain, bare, b"bare", b"rsa-sha256"))
    write("sha1", sign(plain, large, b"large", b"rsa-sha1"))
    write("expiry", sign(plain, rsa, b"rsa", b"rsa-sha256", extra=[(b"x", b"4000000000"), (b"unknown", b"tag")]))
    (HERE / "keys.zone").write_text("; Written by make_vectors.py.\n" + "\n".join(ZONE) + "\n", encoding="ascii")


main()
