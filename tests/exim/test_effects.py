# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""What a verdict does: the reply, the header, the quarantine, and what routers get to see."""

from lab.dnsfault import Fault, FaultyServer
from lab.process import wait_until
from lab.senders import RECIPIENT, message

from testing import absent, holds, same, table, test, within
from world import names, ours


def _replies(shot, code, enhanced):
    """Every line has the code that the RFCs want, and fits RFC 5321's 512 bytes."""
    same(shot.code, code, "the code")
    for line in shot.outcome.final.lines:
        holds(line.startswith(enhanced + " "), f"no {enhanced} at the start of {line!r}")
        holds(len(f"{code} {line}\r\n") <= 512, f"a line of {len(line)} bytes")


@test
def the_refusal_names_dmarc_and_the_domain(world):
    before = set(world.exim().queue())  # what an earlier test has sent may still be under way
    shot = world.send(world.forged())
    _replies(shot, 550, "5.7.1")
    within("DMARC", shot.text, "the reply")
    within("bank.example", shot.text, "the reply")
    same(set(world.exim().queue()) - before, set(), "new messages on the queue")


@test
def the_refusal_is_in_the_reject_log(world):
    shot = world.send(world.forged())
    rejected = [line for line in shot.lines if "rejected by local_scan()" in line]
    same(len(rejected), 1, f"Exim's own lines about it in {shot.lines}")
    within("DMARC", rejected[0], "Exim's line")


@test
def reject_text(world):
    shot = world.send(world.forged(), config={"reject_text": "Go away, %{domain} at %{ip}: 100%% %{policy} (%{reason})"})
    _replies(shot, 550, "5.7.1")
    within("Go away, bank.example at 127.0.0.66: 100% reject (", shot.text, "the reply")


@test
def a_long_reject_text_becomes_several_lines(world):
    shot = world.send(world.forged(), config={"reject_text": "DMARC, at length: " + "words " * 80 + "end."})
    _replies(shot, 550, "5.7.1")
    holds(len(shot.outcome.final.lines) > 1, "one line only")
    within("end.", shot.text, "the reply")


@test
def a_reject_text_with_expansions_in_it_is_only_text(world):
    shot = world.send(world.forged(), config={"reject_text": "${run{/bin/false}} $acl_m_dmx %%s %%n %{domain}"})
    within("${run{/bin/false}} $acl_m_dmx %s %n bank.example", shot.text, "the reply")


@test
def temporary_trouble_defers_where_configured(world):
    with FaultyServer(world.senders.records(), {("_dmarc.bank.example", "TXT"): Fault(rcode="SERVFAIL")}) as dns:
        given = world.forged()
        shot = world.send(given, config={"nameservers": dns.address, "on_temperror": "defer"})
        _replies(shot, 451, "4.7.1")
        within("bank.example", shot.text, "the reply")
        same((shot.verdict.dmarc, shot.verdict.disposition), ("temperror", "defer"), shot.verdict.line)
        shot = world.send(given, config={"nameservers": dns.address})
        same((shot.code, shot.verdict.dmarc, shot.verdict.disposition), (250, "temperror", "none"), "with on_temperror = accept")
        within("dmarc=temperror", ours(shot.delivered())[0], "Authentication-Results")


@test
def quarantine_by_header(world):
    shot = world.send(world.forged("shop.example"))
    delivered = shot.delivered()
    same(names(delivered)[:2], ["Authentication-Results", "X-DMARC-Fail-Policy"], "the first fields")
    same(delivered.header("X-DMARC-Fail-Policy"), ["quarantine"], "the fail-policy header")
    within("dmarc=fail", ours(delivered)[0], "Authentication-Results")
    within("policy.dmarc=quarantine", ours(delivered)[0], "Authentication-Results")
    within("disposition=quarantine", delivered.data, "$local_scan_data")


@test
def passing_mail_has_no_fail_policy_header(world):
    for given in (world.senders.bank.sign(message("news@bank.example")), message("x@nothing.example"), world.forged("plain.example")):
        absent("X-DMARC-Fail-Policy", names(world.send(given).delivered()), "the fields")


@test
def quarantine_by_redirect(world):
    shot = world.send(world.forged("shop.example"), ["a@receiver.example", "b@receiver.example"],
                      config={"on_quarantine": "redirect:jail@receiver.example"})
    delivered = shot.delivered("jail@receiver.example")
    wait_until(lambda: any("Completed" in line for line in world.exim().log_of(delivered.message_id)), 10, "the delivery's end")
    same([got.recipient for got in world.exim().messages() if got.message_id == delivered.message_id], ["jail@receiver.example"],
         "all who got it")
    text = delivered.content.decode()
    within("a@receiver.example", text, "the originals")
    within("b@receiver.example", text, "the originals")
    same(" ".join(delivered.header("X-DMARC-Original-Recipients")[0].split()), "a@receiver.example, b@receiver.example", "the originals")


@test
def redirect_shows_as_many_recipients_as_fit(world):
    recipients = [f"{'r' * 50}{number}@receiver.example" for number in range(90)]
    shot = world.send(world.forged("shop.example"), recipients, config={"on_quarantine": "redirect:jail@receiver.example"})
    value = shot.delivered("jail@receiver.example").header("X-DMARC-Original-Recipients")[0]
    holds(len(value) <= 4096 and " more" in value, f"{len(value)} bytes, ending in {value[-60:]!r}")


@test
def quarantine_by_freeze(world):
    exim = world.exim()
    shot = world.send(world.forged("shop.example"), config={"on_quarantine": "freeze"})
    same(shot.code, 250, "the reply")
    identity = shot.outcome.message_id
    wait_until(lambda: identity in exim.queue(), 5, "the message on the queue")
    within("-frozen", exim.queue()[identity], "its header file")
    within("X-DMARC-Fail-Policy: quarantine", exim.queue()[identity], "its header file")
    same(exim.run(["-Mrm", identity]).returncode, 0, "exim -Mrm")


@table({"reject": ("reject", 550, "reject"), "none": ("none", 250, "none")})
def other_ways_of_quarantine(world, word, code, disposition):
    shot = world.send(world.forged("shop.example"), config={"on_quarantine": word})
    same((shot.code, shot.verdict.disposition, shot.verdict.override), (code, disposition, "local_policy"), shot.verdict.line)


@table({"quarantine": ("quarantine", "quarantine"), "none": ("none", "none")})
def other_ways_with_a_reject(world, word, disposition):
    shot = world.send(world.forged(), config={"on_reject": word})
    same((shot.code, shot.verdict.disposition, shot.verdict.override), (250, disposition, "local_policy"), shot.verdict.line)
    same(shot.delivered().header("X-DMARC-Fail-Policy"), ["reject"], "the fail-policy header")


@test
def rfc9989_quarantines_a_reject(world):
    shot = world.send(world.forged(), config={"rules": "rfc9989"})
    same((shot.code, shot.verdict.policy, shot.verdict.disposition, shot.verdict.override), (250, "reject", "quarantine", "local_policy"),
         shot.verdict.line)


@test
def rfc9989_has_no_pct(world):
    shot = world.send(world.forged("trial.example"), config={"rules": "rfc9989", "on_reject": "reject"})
    same((shot.code, shot.verdict.disposition), (550, "reject"), shot.verdict.line)


@table({"p=reject": ("bank.example", "reject"), "p=quarantine": ("shop.example", "quarantine"),
        "sp=reject": ("news.club.example", "reject")})
def monitor(world, domain, policy):
    shot = world.send(world.forged(domain), config={"mode": "monitor", "on_quarantine": "redirect:jail@receiver.example"})
    verdict = shot.verdict
    same((verdict.dmarc, verdict.policy, verdict.disposition, verdict.would_be), ("fail", policy, "none", policy), verdict.line)
    delivered = shot.delivered(RECIPIENT)
    within("dmarc=fail", ours(delivered)[0], "Authentication-Results")
    same(delivered.header("X-DMARC-Fail-Policy"), [policy], "the fail-policy header")


@table({"quarantine": ("quarantine", "quarantine"), "accept": ("accept", "none"), "reject": ("reject", "reject")})
def on_bad_from(world, word, disposition):
    """Two From fields of domains that ask for nothing: the option alone decides."""
    given = message("someone@plain.example", extra="From: somebody@nothing.example\n")
    shot = world.send(given, config={"on_bad_from": word})
    same((shot.verdict.dmarc, shot.verdict.disposition), ("permerror", disposition), shot.verdict.line)
    same(shot.code, 550 if word == "reject" else 250, "the reply")
    if word == "reject":
        _replies(shot, 550, "5.7.1")
        within("DMARC", shot.text, "the reply")


@table({"accept": ("accept",), "quarantine": ("quarantine",)})
def a_policy_of_one_of_two_authors_counts(world, word):
    given = message("someone@plain.example", extra="From: service@bank.example\n")
    same(world.send(given, config={"on_bad_from": word}).code, 550, "the reply")


@test
def local_scan_data_reaches_a_router(world):
    shot = world.send(world.forged("shop.example"), ["routed@receiver.example"])
    same(shot.delivered().recipient, "junk@receiver.example", "the recipient of a quarantined one")
    within("dmarc=fail", shot.delivered().data, "$local_scan_data in the transport")
    within("domain=shop.example", shot.delivered().data, "$local_scan_data in the transport")
    shot = world.send(message("x@nothing.example"), ["routed@receiver.example"])
    same(shot.delivered().recipient, "routed@receiver.example", "the recipient of another one")


@test
def the_record_in_the_log_can_be_left_out(world):
    within("p=reject", world.send(world.forged()).verdict.line, "the line")
    absent("rua=", world.send(world.forged(), config={"log_dmarc_record": "no"}).verdict.line, "the line")


@test
def verbose_reasons(world):
    quiet, loud = (world.send(world.senders.listed(), config={"log_verbose": word}).verdict for word in ("no", "yes"))
    same((quiet.dkim_reason, quiet.spf_reason), (None, None), "reasons of the parts")
    holds(loud.dkim_reason or loud.spf_reason, f"no reasons in {loud.line}")
