# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Mail that comes by a mailing list which seals it: what the chain says in header and log, and when it lets a message through."""

from lab.senders import message

from testing import holds, same, table, test
from world import SENDERS, ours

_LIST = SENDERS.list
_FOOTER = b"-- \r\ncooks mailing list\r\n"
_PASS, _FAIL = "dmarc=pass header.from=bank.example", "dmarc=fail header.from=bank.example"
_BY_LIST = {"source": _LIST.address, "helo": "lists.list.example", "mail_from": "cooks-bounces@list.example"}
_TRUST = {"trusted_sealers": "list.example"}


def _seal(given, results, sender=_LIST):
    chain = "arc=pass" if b"ARC-Seal:" in given else "arc=none"
    return sender.keys[next(iter(sender.keys))].seal(given, sender.domain, next(iter(sender.keys)), f"{chain}; {results}")


def _posted(*results):
    """A message of bank.example, signed, with the list's footer, sealed by the list once for each of the results."""
    given = SENDERS.bank.sign(message("news@bank.example")) + _FOOTER
    for result in results:
        given = _seal(given, result)
    return given


@table({f"{way}, {label}": (kind, chunks, config, code) for way, kind, chunks in
        (("DATA", "plain", None), ("BDAT", "plain", 3), ("wire BDAT", "wire", 3))
        for label, config, code in (("trusted", _TRUST, 250), ("not trusted", {}, 550), ("not wanted", {**_TRUST, "arc": "no"}, 550))})
def a_list_that_saw_it_pass(world, kind, chunks, config, code):
    shot = world.send(_posted(_PASS), kind=kind, chunks=chunks, config=config, **_BY_LIST)
    verdict = shot.verdict
    same((shot.code, verdict.dmarc, verdict.policy), (code, "fail", "reject"), verdict.line)
    same(verdict.arc, "not-evaluated" if "arc" in config else "pass(list.example:1)", "arc")
    same(verdict.override, "local_policy" if code == 250 else None, "the override")


@test
def the_header_says_why(world):
    delivered = world.send(_posted(_PASS), config=_TRUST, **_BY_LIST).delivered()
    text = " ".join(ours(delivered)[0].split())
    holds("dmarc=fail" in text and "disposition=none: arc=pass as[1].d=list.example as[1].s=s1" in text, text)
    holds("; arc=pass (as[1].d=list.example);" in text, text)
    same(delivered.header("X-DMARC-Fail-Policy"), ["reject"], "the fail-policy header")


@table({
    "the list saw it fail": (lambda: _seal(message("news@bank.example"), _FAIL), "pass(list.example:1)"),
    "the list says nothing": (lambda: _posted("spf=pass smtp.mailfrom=bank.example"), "pass(list.example:1)"),
    "a forger's seal is the newest": (lambda: _seal(_posted(_PASS), _PASS, SENDERS.club), "pass(club.example:2)"),
    "a forger claims what the list did not see": (lambda: _seal(_seal(message("news@bank.example"), _PASS, SENDERS.club), _FAIL),
                                                  "pass(list.example:2)"),
    "changed after the seal": (lambda: _posted(_PASS) + b"more\r\n", "fail(list.example:body-hash-mismatch)"),
    "the claim changed": (lambda: _posted(_FAIL).replace(b"dmarc=fail", b"dmarc=pass"), "fail(list.example:signature-mismatch)"),
    "half of a set": (lambda: b"ARC-Seal: i=2; x=y\r\n" + _posted(_PASS), "fail(:signature-tag-missing)"),
})
def no_help_for_a_forgery(world, given, arc):
    shot = world.send(given(), config=_TRUST, **_BY_LIST)
    same((shot.code, shot.verdict.dmarc, shot.verdict.override), (550, "fail", None), shot.verdict.line)
    same(shot.verdict.arc, arc, "arc")


@test
def two_hops_of_the_list(world):
    shot = world.send(_posted(_PASS, _FAIL), config={**_TRUST, "arc_oldest_pass": "yes"}, **_BY_LIST)
    same((shot.code, shot.verdict.arc), (250, "pass(list.example:2)"), shot.verdict.line)
    text = " ".join(ours(shot.delivered())[0].split())
    holds("arc=pass header.oldest-pass=0 (as[2].d=list.example as[1].d=list.example)" in text, text)
