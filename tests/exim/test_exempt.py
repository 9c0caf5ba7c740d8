# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Who is not judged, or judged otherwise, because the administrator said so: the reason is in the log, and it costs nothing."""

from lab.dnsfault import FaultyServer
from lab.senders import FORGER, TRUSTED, message

from testing import absent, holds, same, table, test, within
from world import names, ours

# How mail comes to be exempt: what `world.send` is told, the word for it, and the administrator's reason.
EXEMPT = {
    "authenticated": ({"login": True}, "authenticated", None),
    "trusted_ips": ({"source": TRUSTED}, "trusted-ip", None),
    "trusted_ips, a block": ({"config": {"trusted_ips": "192.0.2.1, 127.0.0.64/28"}}, "trusted-ip", None),
    "trusted_hosts": ({"config": {"trusted_hosts": f"192.0.2.0/24 : {FORGER}"}}, "trusted-host", None),
    "$acl_m_dmx": ({"recipients": ["acl-exempt@receiver.example"]}, "acl", "a friend of the house"),
    "exempt_recipients": ({"config": {"exempt_recipients": "user@receiver.example"}}, "recipient", None),
    "exempt_recipients, a domain": ({"config": {"exempt_recipients": "Receiver.Example"},
                                     "recipients": ["A@receiver.example", "b@RECEIVER.example"]}, "recipient", None),
    # the order of design section 3, step 4
    "authenticated before the address": ({"login": True, "source": TRUSTED}, "authenticated", None),
    "the address before the ACL": ({"source": TRUSTED, "recipients": ["acl-exempt@receiver.example"]}, "trusted-ip", None),
    "the ACL before the recipients": ({"recipients": ["acl-exempt@receiver.example"], "config": {"exempt_recipients": "receiver.example"}},
                                      "acl", "a friend of the house"),
}


@table({label: row for label, row in EXEMPT.items()})
def exempt(world, how, word, reason):
    """Accepted as it is; no question is asked, no signature looked at, no result written."""
    given = world.senders.list.sign(world.forged())
    with FaultyServer(world.senders.records()) as dns:
        config = {**how.get("config", {}), "nameservers": dns.address}
        shot = world.send(given, **{**how, "config": config})
        same((shot.verdict.disposition, shot.verdict.exempt), ("exempt", word), shot.verdict.line)
        same(shot.verdict.because, reason, "the reason in the log")
        same(dns.questions, [], "the questions asked")
    delivered = shot.delivered()
    same(ours(delivered), [], "Authentication-Results of ours")
    absent("X-DMARC-Fail-Policy", names(delivered), "the fields")
    same(delivered.data, f"dmarc=none disposition=exempt exempt={word}", "$local_scan_data")


@test
def judged_mail_asks(world):
    """The proof that the server above counts: the same message, not exempt."""
    with FaultyServer(world.senders.records()) as dns:
        same(world.send(world.senders.list.sign(world.forged()), config={"nameservers": dns.address}).code, 550, "the reply")
        holds(dns.asked("_dmarc.bank.example") == ["TXT"], lambda: f"asked: {dns.questions}")


@table({
    "another recipient is not listed": ({"config": {"exempt_recipients": "other@receiver.example"}},),
    "the address is not in the block": ({"config": {"trusted_ips": "127.0.0.64/31"}},),
    "another host list": ({"config": {"trusted_hosts": "127.0.0.67"}},),
    "authenticated, but exempt_authenticated = no": ({"config": {"exempt_authenticated": "no"}, "login": True},),
    "an unknown word in $acl_m_dmx": ({"recipients": ["acl-unknown@receiver.example"]},),
    "noreport": ({"recipients": ["acl-noreport@receiver.example"]},),
})
def not_exempt(world, how):
    same(world.send(world.forged(), **how).code, 550, "the reply")


@test
def an_unknown_word_is_named_in_the_log(world):
    within("exmept", world.send(world.forged(), ["acl-unknown@receiver.example"]).verdict.line, "the log")


@test
def monitor_by_acl(world):
    shot = world.send(world.forged(), ["acl-monitor@receiver.example"])
    verdict = shot.verdict
    same((verdict.dmarc, verdict.policy, verdict.disposition, verdict.would_be), ("fail", "reject", "none", "reject"), verdict.line)
    same(verdict.override, "local_policy", "the override")
    within("dmarc=fail", ours(shot.delivered())[0], "Authentication-Results")


@test
def quarantine_by_acl(world):
    """Also mail that passes; and a reject stays one."""
    shot = world.send(message("x@nothing.example"), ["acl-quarantine@receiver.example"])
    same((shot.verdict.disposition, shot.verdict.override), ("quarantine", "local_policy"), shot.verdict.line)
    same(shot.delivered().header("X-DMARC-Fail-Policy"), ["quarantine"], "the fail-policy header")
    same(world.send(world.forged(), ["acl-quarantine@receiver.example"]).code, 550, "the reply to a forged one")


@table({"p=reject": ("bank.example",), "p=quarantine, redirected": ("shop.example",)})
def mixed_recipients(world, domain):
    """One of two is listed: neither refused nor sent elsewhere, but quarantined by header, for both."""
    config = {"exempt_recipients": "abuse@receiver.example", "on_quarantine": "redirect:jail@receiver.example"}
    shot = world.send(world.forged(domain), ["user@receiver.example", "abuse@receiver.example"], config=config)
    same((shot.verdict.disposition, shot.verdict.dmarc), ("quarantine", "fail"), shot.verdict.line)
    for recipient in ("user@receiver.example", "abuse@receiver.example"):
        same(shot.delivered(recipient).header("X-DMARC-Fail-Policy"), ["reject" if domain == "bank.example" else "quarantine"], recipient)


@test
def trusted_hosts_need_no_name(world):
    """A host list of addresses costs no lookup, and a wrong one is not a match."""
    same(world.send(world.forged(), config={"trusted_hosts": "!127.0.0.66 : *"}).code, 550, "the reply to a host that is excluded")
