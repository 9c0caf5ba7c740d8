# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""DKIM keys and signatures that owe nothing to the code under test: keys from the openssl command and PyNaCl, signatures from
python3-dkim."""

import base64
import dataclasses
import subprocess

import dkim
import nacl.encoding
import nacl.signing

# What a common signer covers. From is listed twice so that a second From field breaks the signature (RFC 6376, 8.15).
HEADERS = ("from", "from", "to", "subject", "date", "message-id", "mime-version", "content-type")

SEALED = ("from", "to", "subject", "date", "message-id")


@dataclasses.dataclass(frozen=True)
class Key:
    """A key pair. `private` is what python3-dkim takes: PEM for RSA, the base64 seed for Ed25519; `public` is the value of p=."""
    algorithm: str  # "rsa" or "ed25519"
    private: bytes
    public: str

    def record(self, extra=""):
        """The text of the key's TXT record; `extra` holds more tags, such as "t=y; s=email"."""
        return f"v=DKIM1; k={self.algorithm};{' ' + extra.rstrip('; ') + ';' if extra else ''} p={self.public}"

    def sign(self, message, domain, selector, canonicalization="relaxed/relaxed", headers=HEADERS, identity=None, length=False,
             algorithm=None):
        """The message (bytes with CRLF) with a DKIM-Signature field on top.

        `headers` names the fields to sign, in order; a name beyond those present signs its absence. `length` adds l=. `algorithm` is
        "rsa-sha1" where an old signer is wanted. The date (t=) is the present.
        """
        name = algorithm or f"{self.algorithm}-sha256"
        field = dkim.sign(message, selector.encode(), domain.encode(), self.private, identity=identity.encode() if identity else None,
                          canonicalize=tuple(word.encode() for word in canonicalization.split("/")), signature_algorithm=name.encode(),
                          include_headers=[header.encode() for header in headers], length=length)
        return field + message

    def seal(self, message, domain, selector, results, headers=SEALED):
        """The message with an ARC set on top, by an RSA key. `results` is what the sealer saw: its Authentication-Results behind the
        name, with arc= where a chain is there already."""
        name = f"mx.{domain}"
        made = dkim.arc_sign(f"Authentication-Results: {name}; {results}\r\n".encode() + message, selector.encode(), domain.encode(),
                             self.private, name.encode(), include_headers=[header.encode() for header in headers])
        if len(made) != 3:
            raise RuntimeError("python3-dkim sealed nothing; is python3-authres there?")
        return b"".join(made) + message


def rsa_key(bits=2048):
    private = _openssl(["genrsa", str(bits)])
    public = _openssl(["rsa", "-pubout", "-outform", "DER"], private)
    return Key("rsa", private, base64.b64encode(public).decode())


def ed25519_key():
    private = nacl.signing.SigningKey.generate()
    return Key("ed25519", private.encode(nacl.encoding.Base64Encoder), private.verify_key.encode(nacl.encoding.Base64Encoder).decode())


def verify(message, records):
    """What python3-dkim itself thinks of the topmost signature; `records` maps a name (without the last dot) to TXT text."""
    return dkim.verify(message, dnsfunc=lambda name, **_: records.get(name.decode().rstrip("."), "").encode() or None)


def _openssl(arguments, given=b""):
    done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
    return done.stdout
