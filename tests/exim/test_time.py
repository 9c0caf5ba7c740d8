# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""DNS that is silent, slow, or in trouble: the reply comes in time, Exim's alarm never goes off, and nobody gains by it."""

from lab.dns import SilentServer
from lab.dnsfault import Fault, FaultyServer
from lab.process import free_port
from lab.senders import message

from testing import faster_than, holds, same, table, test, within
from world import check_case, shoot

_DNS_TRIES = {"dns_timeout": "10s", "dns_tries": "3"}


@test
def silence_ends_at_the_deadline(world):
    """A name server that never answers, with far more patience configured for DNS than the deadline leaves."""
    with SilentServer() as dns, world.session(config={"nameservers": dns.address, "deadline": "1s", **_DNS_TRIES}) as client:
        for _ in range(2):
            with faster_than(2.5, "a message"):
                shot = shoot(client, world.forged())
            same((shot.code, shot.verdict.dmarc, shot.verdict.disposition), (250, "temperror", "none"), shot.verdict.line)
        holds(dns.questions() > 0, "the server was not asked")
        same(world.complaints(), [], "complaints in the logs")


@test
def silence_under_a_local_scan_timeout_of_three_seconds(world):
    """Exim's alarm would come after 3 s; the module's own deadline (10 s by default) shrinks to half of that."""
    with SilentServer() as dns, world.session("hasty", config={"nameservers": dns.address, **_DNS_TRIES}) as client:
        for _ in range(2):
            with faster_than(2.9, "a message"):
                shot = shoot(client, world.forged())
            same((shot.code, shot.verdict.dmarc), (250, "temperror"), shot.verdict.line)
        same(world.complaints(), [], "complaints in the logs")


@test
def silence_with_on_temperror_defer(world):
    with SilentServer() as dns:
        shot = world.send(world.forged(), config={"nameservers": dns.address, "deadline": "500ms", "on_temperror": "defer"})
    same((shot.code, shot.outcome.final.lines[0][:6]), (451, "4.7.1 "), shot.text)


@test
def after_a_deadline_the_next_message_is_judged_as_ever(world):
    """One silent answer, then good ones, in one process."""
    faults = {("*", "ANY"): Fault(drop=True)}
    with FaultyServer(world.senders.records(), faults) as dns:
        with world.session(config={"nameservers": dns.address, "deadline": "500ms", "dns_timeout": "300ms"}) as client:
            same(shoot(client, world.forged()).verdict.dmarc, "temperror", "the first")
            dns.faults.clear()
            same(shoot(client, world.forged()).verdict.disposition, "reject", "the second")
            same(shoot(client, world.senders.bank.sign(message("news@bank.example"))).verdict.dmarc, "pass", "the third")


@test
def exims_alarm_works_after_us(world):
    """smtp_receive_timeout uses the signal that the module holds back while it works: a client that falls silent is still thrown out."""
    with world.session("hasty") as client:
        same(shoot(client, world.forged()).code, 550, "the message")
        client.socket.settimeout(8)
        with faster_than(6, "Exim's timeout of 2 s"):
            reply = client.read_reply()
        same(reply.code, 421, f"the reply {reply}")
        client.close()


@test
def slow_answers_are_waited_for(world):
    """Each answer takes 150 ms; they are asked for together, so the message does not take as long as their sum."""
    with FaultyServer(world.senders.records(), {("*", "ANY"): Fault(delay_ms=150)}) as dns:
        with faster_than(3, "a message"):
            shot = world.send(world.senders.bank.sign(message("news@bank.example")), config={"nameservers": dns.address})
        same((shot.verdict.spf, shot.verdict.dkim, shot.verdict.dmarc), ("pass", ("pass",), "pass"), shot.verdict.line)


@test
def a_second_try_and_a_second_server(world):
    with FaultyServer(world.senders.records(), {("_dmarc.bank.example", "TXT"): Fault(drop=True, times=1)}) as dns:
        config = {"nameservers": dns.address, "dns_timeout": "300ms", "dns_tries": "2"}
        same(world.send(world.forged(), config=config).code, 550, "with one answer lost")
    with SilentServer() as dead:
        config = {"nameservers": f"{dead.address}, {world.dns.address}", "dns_timeout": "300ms"}
        same(world.send(world.forged(), config=config).code, 550, "with the first server dead")


@test
def truncated_answers_are_asked_for_by_tcp(world):
    with FaultyServer(world.senders.records(), {("*", "TXT"): Fault(truncate=True)}) as dns:
        shot = world.send(world.senders.bank.sign(message("news@bank.example")), config={"nameservers": dns.address})
        same((shot.verdict.dkim, shot.verdict.dmarc), (("pass",), "pass"), shot.verdict.line)
        holds(any(transport == "tcp" for _, _, transport in dns.questions), "nothing was asked by TCP")


_TROUBLE = {
    "SERVFAIL": Fault(rcode="SERVFAIL"),
    "REFUSED": Fault(rcode="REFUSED"),
    "FORMERR": Fault(rcode="FORMERR"),
    "garbage": Fault(garbage=b"\xff" * 40),
    "an empty answer": Fault(garbage=b"\0"),
    "another id": Fault(wrong_id=True),
}


@table({label: (fault,) for label, fault in _TROUBLE.items()})
def trouble_with_the_policy_is_a_temperror(world, fault):
    config = {"dns_timeout": "200ms", "dns_tries": "1"}
    with FaultyServer(world.senders.records(), {("_dmarc.bank.example", "TXT"): fault}) as dns:
        with faster_than(3, "a message"):
            shot = world.send(world.forged(), config={**config, "nameservers": dns.address})
    same((shot.code, shot.verdict.dmarc, shot.verdict.disposition), (250, "temperror", "none"), shot.verdict.line)


@test
def trouble_with_an_aligned_key_is_a_temperror(world):
    """The signature might have passed, so the mail is not refused for want of it."""
    with FaultyServer(world.senders.records(), {("s1._domainkey.bank.example", "TXT"): Fault(rcode="SERVFAIL")}) as dns:
        verdict = world.send(world.senders.bank.sign(message("news@bank.example")), config={"nameservers": dns.address}).verdict
    same((verdict.dkim, verdict.dmarc, verdict.disposition), (("temperror",), "temperror", "none"), verdict.line)


@table({"a key": ("s1._domainkey.list.example", "dkim"), "SPF": ("forger.example", "spf")})
def trouble_elsewhere_buys_no_mercy(world, name, method):
    """What the sender adds, or his own domain's DNS, cannot soften the policy of the domain that he forges."""
    given = world.senders.list.sign(world.forged())
    with FaultyServer(world.senders.records(), {(name, "TXT"): Fault(rcode="SERVFAIL")}) as dns:
        shot = world.send(given, config={"nameservers": dns.address})
    within("temperror", shot.verdict.fields[method], method)
    same((shot.code, shot.verdict.dmarc, shot.verdict.disposition), (550, "fail", "reject"), shot.verdict.line)


@test
def slow_names_of_the_sender_buy_no_mercy(world):
    """Until the deadline the forger's own names do not answer; the policy of the domain is known meanwhile."""
    given = world.senders.list.sign(world.forged())
    faults = {("s1._domainkey.list.example", "ANY"): Fault(drop=True), ("forger.example", "ANY"): Fault(drop=True)}
    with FaultyServer(world.senders.records(), faults) as dns:
        with faster_than(3, "a message"):
            shot = world.send(given, config={"nameservers": dns.address, "deadline": "1s", **_DNS_TRIES})
    same((shot.code, shot.verdict.disposition), (550, "reject"), shot.verdict.line)


@test
def nobody_listens_at_the_name_server(world):
    with faster_than(4, "a message"):
        shot = world.send(world.forged(), config={"nameservers": f"127.0.0.1:{free_port()}", "deadline": "2s"})
    same((shot.code, shot.verdict.dmarc), (250, "temperror"), shot.verdict.line)


@test
def the_limit_of_questions(world):
    """dns_max_questions cuts what comes last, and the author's policy comes first."""
    given = world.senders.list.sign(world.forged())
    with FaultyServer(world.senders.records()) as dns:
        shot = world.send(given, config={"nameservers": dns.address, "dns_max_questions": "1"})
        same(len(dns.questions), 1, f"the questions {dns.questions}")
    same((shot.code, shot.verdict.disposition), (550, "reject"), shot.verdict.line)


@test(flavours=("heavy",))
def all_of_the_demo_over_tcp(world):
    """The policy, SPF and keys by TCP alone give the same verdicts."""
    with FaultyServer(world.senders.records(), {("*", "ANY"): Fault(truncate=True)}) as dns:
        for case in world.senders.cases():
            check_case(case, world.play(case, config={"nameservers": dns.address}))
