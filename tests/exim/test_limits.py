# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Oversized messages meet limits, in little time, and are not judged more gently for it."""

from lab.dns import txt
from lab.dnsfault import FaultyServer
from lab.senders import message
from lab.smtp import crlf

from testing import faster_than, same, table, test, within
from world import SENDERS, shoot


def _stuffed(extra, author="service@bank.example"):
    return message(author, extra=extra)


_NESTED = "(" * 3000 + ")" * 3000
_SIGNATURE = "DKIM-Signature: v=1; a=rsa-sha256; d=list{}.example; s=s; h=from; bh={}; b=" + "QUJD" * 80 + "\n"

# Forgeries of bank.example (p=reject), each big in its own way.
BIG = {
    "25000 fields": _stuffed("".join(f"X-{number}: y\n" for number in range(25000))),
    "25000 fields before From": crlf("".join(f"X-{number}: y\n" for number in range(25000))) + _stuffed(""),
    "a field of 500 kB": _stuffed("X-Long: " + "x" * 500000 + "\n"),
    "a field of 10000 folds": _stuffed("X-Long:" + "\n x" * 10000 + "\n"),
    "300 signatures": _stuffed("".join(_SIGNATURE.format(number, "A" * 43 + "=") for number in range(300))),
    "a signature of 300 kB": _stuffed("DKIM-Signature: v=1; a=rsa-sha256; d=bank.example; s=s1; h=" + "from:" * 60000 +
                                      "from; bh=AAAA; b=QUJD\n"),
    "a signature of 30000 tags": _stuffed("DKIM-Signature: " + "".join(f"t{number}=x; " for number in range(30000)) + "\n"),
    "Authentication-Results of 6000 brackets": _stuffed(f"Authentication-Results: {_NESTED} mx.receiver.example; dmarc=pass\n" * 20),
    "ARC sets": _stuffed("".join(f"ARC-Seal: i={number}; cv=pass\nARC-Authentication-Results: i={number}; x.example; dmarc=pass\n"
                                 for number in range(200))),
}


@table({label: (given,) for label, given in BIG.items()})
def judged_all_the_same(world, given):
    with world.session() as client:
        with faster_than(10, "a message"):
            shot = shoot(client, given)
        same((shot.code, shot.verdict.dmarc, shot.verdict.disposition), (550, "fail", "reject"), shot.verdict.line)
        same(shoot(client, SENDERS.bank.sign(message("news@bank.example"))).verdict.dmarc, "pass", "the next message")


# From fields that are big: no single author can be read from them, or it takes patience.
AUTHORS = {
    "10000 addresses": ",\n ".join(f"a{number}@x{number}.example" for number in range(10000)),
    "10000 of one domain": ",\n ".join(f"a{number}@bank.example" for number in range(10000)),
    "6000 brackets": f"{_NESTED} service@bank.example",
    "a name of 300 kB": f'"{"n" * 300000}" <service@bank.example>',
    "3000 angle brackets": "<" * 3000 + "service@bank.example" + ">" * 3000,
    "a domain of 5000 labels": "x@" + "a." * 5000 + "bank.example",
}


@table({label: (value,) for label, value in AUTHORS.items()})
def a_big_from_gains_nothing(world, value):
    """It is never accepted as if there were no policy: refused, or marked as a From that cannot be validated."""
    with faster_than(10, "a message"):
        shot = world.send(crlf(f"From: {value}\nSubject: big\n\nbody\n"))
    verdict = shot.verdict
    same((verdict.disposition in ("reject", "quarantine"), verdict.dmarc in ("fail", "permerror")), (True, True), verdict.line[:600])


@test
def a_message_of_5_mb(world):
    lines = "".join(f"line {number} of a large message, which is as long as lines of messages are\n" for number in range(70000))
    signed = SENDERS.bank.sign(message("news@bank.example", body=lines))
    with faster_than(20, "a message"):
        shot = world.send(signed)
    same((shot.verdict.dkim, shot.verdict.dmarc), (("pass",), "pass"), f"the verdict on {len(signed)} bytes")
    within(b"line 69999 of", shot.delivered().body, "the end of the message")


@test
def a_hundred_recipients(world):
    recipients = [f"user{number}@receiver.example" for number in range(100)]
    same(world.send(world.forged(), recipients).code, 550, "the reply")


def _chain(length):
    """SPF records that include one another; beyond ten lookups it is permerror, and never pass."""
    return [txt(f"i{number}.forger.example", f"v=spf1 include:i{number + 1}.forger.example -all") for number in range(length)]


@test
def endless_spf(world):
    records = [line for line in SENDERS.records() if not line.startswith("forger.example 300 TXT")]
    records += [txt("forger.example", "v=spf1 include:i0.forger.example -all"), *_chain(40)]
    with FaultyServer(records) as dns:
        shot = world.send(message("x@nothing.example"), config={"nameservers": dns.address})
        same(shot.verdict.spf, "permerror", shot.verdict.line)
        same(len([name for name, _, _ in dns.questions if name.endswith(".forger.example")]) <= 11, True, "no more than eleven lookups")
