# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Signatures verify over the bytes that were sent, however Exim spools, unfolds, adds, removes or rewrites."""

import base64
import hashlib

import nacl.signing

from lab.keys import HEADERS
from lab.senders import message

from testing import holds, same, table, test, within
from world import SENDERS, names, ours, shoot

_BANK, _SHOP = SENDERS.bank, SENDERS.shop

_TRANSPORTS = {"DATA": ("plain", None), "BDAT": ("plain", 3), "wire DATA": ("wire", None), "wire BDAT": ("wire", 3),
               "wire BDAT whole": ("wire", 1)}


def _mail(body="Good day,\n\nthis is a message.\n", extra="", subject="Hello"):
    return message("news@bank.example", subject, body, extra=extra)


def _signed(given, canonicalization="relaxed/relaxed", **how):
    return _BANK.sign(given, canonicalization=canonicalization, **how)


_ODD_SPACES = "Trailing blanks   \n\ttab at the start\nblanks   and\ttabs between\n \n\t\n\n\n\n"
_FOLDED = "X-Folded: one\n two\n\t three   \n  four\nX-Empty:\n"
_SIGNED_EXTRAS = (*HEADERS, "x-folded", "x-empty")

def _signed_raw(given, name="From"):
    """A simple/simple Ed25519 signature over exactly these bytes: python3-dkim repairs line ends, and refuses a blank before the colon."""
    head, _, body = given.partition(b"\r\n\r\n")
    field = next(line for line in head.split(b"\r\n") if line.startswith(name.encode()))
    bh = base64.b64encode(hashlib.sha256(body).digest()).decode()
    signature = f"DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d=shop.example; s=ed; h=From:{name}; bh={bh}; b=".encode()
    author = next(line for line in head.split(b"\r\n") if line.startswith(b"From:"))
    covered = author + b"\r\n" + (field + b"\r\n" if field != author else b"") + signature
    made = nacl.signing.SigningKey(base64.b64decode(_SHOP.keys["ed"].private)).sign(hashlib.sha256(covered).digest()).signature
    return signature + base64.b64encode(made) + b"\r\n" + given


# What a receiver is likely to get wrong; each is signed and must verify.
MESSAGES = {
    "relaxed": _signed(_mail()),
    "simple": _signed(_mail(), "simple/simple"),
    "simple/relaxed": _signed(_mail(), "simple/relaxed"),
    "relaxed/simple": _signed(_mail(), "relaxed/simple"),
    "Ed25519": _SHOP.sign(message("news@shop.example"), "ed"),
    "1024 bits": SENDERS.club.sign(message("news@club.example")),
    "folded fields, simple": _signed(_mail(extra=_FOLDED), "simple/simple", headers=_SIGNED_EXTRAS),
    "folded fields, relaxed": _signed(_mail(extra=_FOLDED), headers=_SIGNED_EXTRAS),
    "a blank before the colon": _signed_raw(message("news@shop.example", extra="X-Spaced \t:  before the colon\n"), "X-Spaced"),
    "8-bit header": _signed(_mail(subject="Grüße aus der Küche"), "simple/simple"),
    "8-bit header, no UTF-8": _signed(_mail(subject="XX").replace(b"XX", b"\xfc\xf6\xe4\xff"), "relaxed/simple"),
    "5 kB header": _signed(_mail(extra="X-Long: " + "\n ".join(["word " * 14] * 75) + "\n"), headers=(*HEADERS, "x-long")),
    "5 kB header in one line": _signed(_mail(extra="X-Long: " + "x" * 5200 + "\n"), "simple/simple", headers=(*HEADERS, "x-long")),
    "body line over 16383 bytes": _signed(_mail("short\n" + "long " * 5000 + "\nshort\n"), "simple/simple"),
    "empty body, simple": _signed(_mail(""), "simple/simple"),
    "empty body, relaxed": _signed(_mail("")),
    "only blank lines": _signed(_mail("\n\n\n"), "simple/simple"),
    "dots": _signed(_mail(".\n..\n.dot\nno dot.\n\n.\n"), "simple/simple"),
    "odd white space, relaxed": _signed(_mail(_ODD_SPACES)),
    "odd white space, simple": _signed(_mail(_ODD_SPACES), "simple/simple"),
    "8-bit body": _signed(_mail("Grüße\n").replace(b"utf-8", b"latin") + b"\xff\xfe\x80\r\n", "simple/simple"),
    "NUL in the body": _signed(_mail("a\0b\n\0\0\n"), "simple/simple"),
    "signed absence": _signed(_mail(), headers=(*HEADERS, "list-id", "subject", "reply-to")),
}


@table({f"{label}, {way}": (given, *_TRANSPORTS[way]) for label, given in MESSAGES.items() for way in _TRANSPORTS})
def verifies(world, given, kind, chunks):
    shot = world.send(given, kind=kind, chunks=chunks)
    verdict = shot.verdict
    same((shot.code, verdict.dkim, verdict.dmarc), (250, ("pass",), "pass"), verdict.line)


@table({way: _TRANSPORTS[way] for way in _TRANSPORTS})
def a_changed_byte_fails(world, kind, chunks):
    for label, given in MESSAGES.items():
        if label.startswith("empty") or label == "only blank lines":
            continue
        body = given.index(b"\r\n\r\n") + 4
        changed = given[:body] + bytes([given[body] ^ 1]) + given[body + 1:]
        same(world.send(changed, kind=kind, chunks=chunks).verdict.dkim, ("fail",), label)


@table({kind: (kind,) for kind in ("plain", "wire")})
def chunks_split_anywhere(world, kind):
    """Chunks may end between CR and LF, inside the header, before the first body byte."""
    given = MESSAGES["simple"]
    end = given.index(b"\r\n\r\n")
    for at in (1, end, end + 1, end + 2, end + 3, end + 4, len(given) - 1):
        same(world.send(given, kind=kind, chunks=[at]).verdict.dkim, ("pass",), f"cut at {at}")


@table({kind: (kind,) for kind in ("plain", "wire")})
def no_newline_at_the_end(world, kind):
    """BDAT can leave it out; DKIM's canonical forms put it back."""
    given = _signed(_mail("no end"), "simple/simple")
    same(world.send(given.removesuffix(b"\r\n"), kind=kind, chunks=2).verdict.dkim, ("pass",), "DKIM")


# (kind, chunks, the changed message): Exim changes what it keeps, so such signatures fail; in wire format nothing is changed.
_ODDITIES = {
    "CR in the body": _mail("one\rtwo\n"),
    "LF in the body": _mail("XX\n").replace(b"XX", b"one\ntwo"),
    "CR CR LF in the body": _mail("XX\n").replace(b"XX", b"one\r\r\ntwo"),
    "LF CR in the body": _mail("XX\n").replace(b"XX", b"one\n\rtwo"),
    "CR at the end": _mail("XX\n").replace(b"XX", b"one\r"),
    "NUL in the header": _mail(extra="X-Nul: a\0b\n"),
    "CR in the header": _mail(extra="X-Cr: a\rb\n"),
    "LF in the header": _mail(extra="X-Lf: XX\n").replace(b"XX", b"a\nX-More: b"),
    "no colon in the header": _mail(extra="this is no field\n"),
    "no header at all": b"\r\nonly a body\r\n",
    "nothing at all": b"",
    "only a newline": b"\r\n",
    "body begins at once": b"From: news@bank.example\r\nno blank line\r\n",
    "a fold at the start": b" folded\r\nFrom: news@bank.example\r\n\r\nbody\r\n",
}


@table({f"{label}, {way}": (label, *_TRANSPORTS[way]) for label in _ODDITIES for way in ("DATA", "BDAT", "wire BDAT")})
def oddities_get_a_verdict(world, label, kind, chunks):
    """Whatever the bytes: one verdict, and a connection that goes on."""
    with world.session(kind) as client:
        shot = shoot(client, _ODDITIES[label], chunks=chunks)
        holds(shot.code in (250, 550), f"the reply is {shot.code} {shot.text}")
        holds(shot.verdict.dmarc in ("fail", "none", "permerror"), shot.verdict.line)
        same(shoot(client, MESSAGES["simple"], chunks=chunks).verdict.dkim, ("pass",), "DKIM of the next message")


@table({label: (label,) for label in ("CR in the body", "LF in the body", "CR CR LF in the body", "LF CR in the body")})
def bare_line_ends_verify_in_wire_format(world, label):
    given = _signed_raw(_ODDITIES[label].replace(b"bank.example", b"shop.example"))
    same(world.send(given, kind="wire", chunks=2).verdict.dkim, ("pass",), "DKIM")


@table({"DATA": (None,), "BDAT": (2,)})
def fields_that_acls_add_and_remove(world, chunks):
    """Subject and Message-ID are removed, another Subject is added, and fields at the start, after Received and at the end."""
    shot = world.send(MESSAGES["simple"], ["acl-headers@receiver.example"], chunks=chunks)
    same(shot.verdict.dkim, ("pass",), "DKIM")
    delivered = shot.delivered()
    same(delivered.header("Subject"), ["another one"], "the subject that is delivered")
    same(names(delivered)[:2], ["Authentication-Results", "X-At-Start"], "the first fields")


@table({"DATA": (None,), "BDAT": (2,)})
def rewritten_addresses(world, chunks):
    """`begin rewrite` changes From and the envelope sender; judged is what was sent."""
    given = _SHOP.sign(message("Orders <orders@shop.example>"), "rsa", canonicalization="simple/simple")
    shot = world.send(given, kind="rewrite", chunks=chunks, source=_SHOP.address, helo="mail.shop.example", mail_from="orders@shop.example")
    verdict = shot.verdict
    same((verdict.domain, verdict.spf, verdict.dkim, verdict.dmarc), ("shop.example", "pass", ("pass",), "pass"), verdict.line)
    within("spf=pass(shop.example)", verdict.line, "the domain of SPF")
    delivered = shot.delivered()
    same(delivered.header("From"), ["Orders <rewritten@changed.example>"], "the author that is delivered")
    within("smtp.mailfrom=orders@shop.example", ours(delivered)[0], "the sender in Authentication-Results")


@test
def a_rewritten_forgery_is_still_one(world):
    verdict = world.send(message("orders@shop.example"), kind="rewrite").verdict
    same((verdict.domain, verdict.dmarc, verdict.disposition), ("shop.example", "fail", "quarantine"), verdict.line)


def _several(count, good_at):
    """A message under `count` signatures of which one is good; the others are the list's, over another message."""
    others = [SENDERS.list.sign(_mail(f"another body {number}\n")) for number in range(count - 1)]
    fields = [each[:each.index(b"\r\nFrom:") + 2] for each in others]
    good = _signed(_mail())
    at = good.index(b"\r\nFrom:") + 2
    fields.insert(good_at, good[:at])
    return b"".join(fields) + good[at:]


@table({"the first of three": (3, 0), "the last of three": (3, 2), "the last of ten": (10, 9)})
def several_signatures(world, count, good_at):
    verdict = world.send(_several(count, good_at)).verdict
    same(verdict.dkim, tuple("pass" if at == good_at else "fail" for at in range(count)), "DKIM")
    same(verdict.dmarc, "pass", "DMARC")


@test
def beyond_the_limit_the_aligned_signature_counts(world):
    """dkim_max_signatures is 10, those of the author's organization first: it passes behind thirty others."""
    verdict = world.send(_several(31, 30)).verdict
    same(verdict.dmarc, "pass", verdict.line)
    same(verdict.fields["dkim"].rpartition("+")[2], "21", "the signatures left out")


@test
def results_in_authentication_results(world):
    """RFC 8601: d, s, a and the start of b= for each signature."""
    given = MESSAGES["Ed25519"]
    value = ours(world.send(given).delivered())[0]
    start = given.split(b" b=", 1)[1][:8].decode()
    for part in ("dkim=pass", "header.d=shop.example", "header.s=ed", "header.a=ed25519-sha256", f"header.b={start}",
                 "dmarc=pass", "header.from=shop.example", "policy.dmarc=quarantine", "spf=pass", "smtp.mailfrom=bounce@forger.example"):
        holds(part in value or part.replace("header.b=", 'header.b="') in value, f"no {part} in {value!r}")


@test
def openssl_survives_a_broken_signature(world):
    """Rubbish in b=, bh=, d= and s= is a result of its own; the next message is judged as ever."""
    good = MESSAGES["simple"]
    with world.session() as client:
        for old, new in ((b" b=", b" b=!!!!"), (b" bh=", b" bh=AAAA"), (b" d=bank.example", b" d=..bank..example"),
                         (b" s=s1", b" s=\x80\x81"), (b"a=rsa-sha256", b"a=ed25519-sha256"), (b"v=1", b"v=9"),
                         (b"rsa-sha256", b"rsa-" + b"9" * 4000)):
            holds(old in good, f"no {old!r} in the signature")
            verdict = shoot(client, good.replace(old, new, 1)).verdict
            holds(verdict.dkim != ("pass",) and len(verdict.dkim) == 1, f"{new!r}: {verdict.line}")
            same(verdict.dmarc, "fail", f"{new!r}: DMARC")
        same(shoot(client, good).verdict.dkim, ("pass",), "the good one")
