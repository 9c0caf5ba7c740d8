# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Capsules of failure reports, as a real Exim writes them: for whom, of what, how many, and that mail flows whatever happens to them.

FAILURE_MESSAGES=1000 is the number of messages in a burst.
"""

import contextlib
import email
import email.policy
import os
import stat
import subprocess
import time

from lab.dns import txt
from lab.dnsfault import FaultyServer
from lab.exim import HOSTNAME, USER
from lab.scratch import give
from lab.senders import FORGER, TRUSTED, Sender, message
from lab.smtp import Client

import capsule
from testing import absent, holds, same, table, test, within
from world import log_since, log_size

BURST = int(os.environ.get("FAILURE_MESSAGES", "1000"))
ALL, ANY, DKIM, SPF = 1, 2, 4, 8
RUF = "ruf=mailto:failures@{domain}"
ADDRESS = "127.0.0.21"


class Asking:
    """Domains that ask for failure reports, an Exim that makes them, and the directory in which it does."""

    def __init__(self, world, exim, dns, number):
        self.world, self.exim, self.dns = world, exim, dns
        self.journal = exim.directory / f"failures{number}"
        self.run = exim.directory / f"failures{number}-run"
        self.run.mkdir(mode=0o750)
        give(self.run, USER)

    @property
    def directory(self):
        return self.journal / "failures"

    def config(self, **options):
        return {"failure_reports": "yes", "report_org": "Receiver", "report_email": "dmarc@receiver.example", "journal_dir": self.journal,
                "nameservers": self.dns.address, "cache_file": self.run / "dmx.cache", "cache_size": "1M", **options}

    def send(self, given, recipients=("user@receiver.example",), source=FORGER, mail_from="bounce@forger.example", options=None, **how):
        return self.world.send(given, recipients, mail_from, source=source, config=self.config(**(options or {})), **how)

    def made(self):
        """The capsules that are there; each must be whole. (The reporter keeps files of its own there.)"""
        if not self.directory.exists():
            return []
        names = sorted(os.listdir(self.directory))
        same([name for name in names if name.startswith(".")], [], "files that are being written")
        return [capsule.read((self.directory / name).read_bytes()) for name in names if name.isdigit()]


_numbers = iter(range(1, 1000))


def _records(world):
    def sender(name, policy, dmarc):
        domain = f"{name}.example"
        keys = world.senders.plain.keys
        return Sender(domain, ADDRESS, f"v=DMARC1; p={policy}; {dmarc.format(domain=domain)}", f"v=spf1 ip4:{ADDRESS} -all", keys)
    rows = {"ask0": ("none", RUF), "ask1": ("none", RUF + "; fo=1"), "askd": ("none", RUF + "; fo=d"), "asks": ("none", RUF + "; fo=s"),
            "askall": ("none", RUF + "; fo=0:d:s"), "silent": ("none", "fo=1:d:s"), "registry": ("none", RUF + "; psd=y"),
            "strict": ("reject", RUF), "two": ("none", RUF + ",mailto:second@two.example!1m")}
    return {name: sender(name, *row) for name, row in rows.items()}


@contextlib.contextmanager
def _asking(world, exim=None, more=()):
    domains = _records(world)
    lines = world.senders.records() + [line for each in domains.values() for line in each.records()]
    with FaultyServer(list(dict.fromkeys(lines)) + [txt("_dmarc.forwarder.example", "v=DMARC1; p=none"), *more]) as dns:
        asking = Asking(world, exim or world.exim(), dns, next(_numbers))
        asking.domains = domains
        yield asking


def _spoiled(domain):
    """Signed, and changed on the way."""
    return domain.sign(message(f"x@{domain.domain}")) + b"added\r\n"


# ---- for whom

@table({
    "B8 L8 fo absent, nothing passes": ("ask0", "plain", False, ALL),
    "L8 fo absent, SPF passes": ("ask0", "plain", True, 0),
    "L8 fo absent, DKIM passes": ("ask0", "signed", False, 0),
    "L8 1, SPF passes alone": ("ask1", "plain", True, ANY),
    "L8 1, both pass": ("ask1", "signed", True, 0),
    "L8 d, a signature is broken": ("askd", "spoiled", True, DKIM),
    "L8 d, it passes": ("askd", "signed", False, 0),
    "L8 s, fails": ("asks", "signed", False, SPF),
    "L8 s, passes": ("asks", "plain", True, 0),
    "L8 0:d:s, all of them": ("askall", "spoiled", False, ALL | DKIM | SPF),
    "L8 0:d:s, one": ("askall", "spoiled", True, DKIM),
    "B8 L1 fo without ruf": ("silent", "spoiled", False, 0),
    "L2 of a registry": ("registry", "plain", False, 0),
})
def conditions(world, name, kind, from_home, want):
    for rules in ("rfc7489", "rfc9989"):
        with _asking(world) as asking:
            domain = asking.domains[name]
            plain = message(f"x@{domain.domain}")
            given = {"plain": plain, "signed": domain.sign(plain), "spoiled": _spoiled(domain)}[kind]
            shot = asking.send(given, source=ADDRESS if from_home else FORGER, mail_from=f"x@{domain.domain}", options={"rules": rules})
            same(shot.code, 250, "the reply")
            same([each.conditions for each in asking.made()], [want] if want else [], f"the conditions under {rules}")
            same(shot.verdict.failure, None, "trouble")


@table({
    "off by default": ({"failure_reports": None}, {}),
    "L4 privacy = strict": ({"privacy": "strict"}, {}),
    "nobody to send it": ({"report_email": None}, {}),
    "a client that is trusted": ({"trusted_ips": FORGER}, {}),
    "exempt by ACL": ({}, {"recipients": ["acl-exempt@receiver.example"]}),
    "noreport by ACL": ({}, {"recipients": ["acl-noreport@receiver.example"]}),
    "an inbound relay": ({"inbound_relays": FORGER}, {}),
    "mail to the report address": ({}, {"recipients": ["user@receiver.example", "dmarc@receiver.example"]}),
    "excluded": ({"report_exclude": "askall.example"}, {}),
    "our own domain": ({"report_email": "dmarc@askall.example"}, {}),
    "a limit of none": ({"failure_rate": "all 0/1h"}, {}),
})
def none_is_made(world, options, how):
    with _asking(world) as asking:
        same(asking.send(message("x@askall.example"), options=options, **how).code, 250, "the reply")
        same(asking.made(), [], "capsules")
        same(asking.send(message("x@askall.example")).code, 250, "the reply")
        same(len(asking.made()), 1, "capsules of the same without that")


@table({"a bounce": ("Content-Type: multipart/report; report-type=delivery-status; boundary=x\n",),
        "a failure report": ("Content-Type: multipart/report;\n report-type=feedback-report; boundary=x\n",)})
def none_about_reports(world, field):
    with _asking(world) as asking:
        same(asking.send(message("x@ask0.example", extra=field), mail_from="").code, 250, "the reply")
        same(asking.made(), [], "capsules")


@test
def a_rehearsal_makes_none(world):
    with _asking(world) as asking:
        exim = asking.exim
        world.configure(exim, asking.config())
        given = (b"EHLO x\r\nMAIL FROM:<x@forger.example>\r\nRCPT TO:<user@receiver.example>\r\nDATA\r\n" + message("x@ask0.example") +
                 b"\r\n.\r\nQUIT\r\n")
        within(b"dmarc=fail", exim.run(["-bh", FORGER], given).stderr, "what -bh shows")
        same([asking.journal.exists(), (asking.run / "dmx.cache").exists()], [False, False], "journal and cache")


@test
def none_without_a_cache(world):
    with _asking(world) as asking:
        stamp = asking.exim.directory / "spool" / "dmx-failure.stamp"
        stamp.unlink(missing_ok=True)
        mark = log_size(asking.exim)
        for _ in range(3):
            same(asking.send(message("x@ask0.example"), options={"cache": "no"}).code, 250, "the reply")
        same(asking.made(), [], "capsules")
        same(len([line for line in log_since(asking.exim, mark) if "failure_reports: none is made without a cache" in line]), 1, "lines")


# ---- of what

@test
def what_is_in_it(world):
    with _asking(world) as asking:
        domain = asking.domains["askall"]
        extra = f"Authentication-Results: {HOSTNAME}; dmarc=pass\nX-Odd: one\n\ttwo\n"
        given = domain.sign(message("Ann <ann@askall.example>", "Hi", extra=extra), identity="@askall.example") + b"added\r\n"
        shot = asking.send(given, mail_from="ann@askall.example", helo="mail.forger.example")
        found, = asking.made()
        for path, mode in ((asking.directory, 0o700), *((each, 0o600) for each in asking.directory.iterdir())):
            same(oct(stat.S_IMODE(path.stat().st_mode)), oct(mode), path.name)
        header = given.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"\n") + b"\n"
        same(found.header, header, "the header as it arrived")
        same([found.header_cut, found.body, found.body_size > 20], [False, b"", True], "the rest of the message")
        same([found.queue_id, found.receiver, found.authserv_id], [shot.verdict.message_id, HOSTNAME, HOSTNAME], "ourselves")
        same([found.mail_from, found.helo], ["ann@askall.example", "mail.forger.example"], "the envelope")
        same(found.spf_record, f"v=spf1 ip4:{ADDRESS} -all", "the SPF record")
        same(found.event["author"], "askall.example", "the author")
        same(found.event["result"], "fail", "the result")
        same(found.identities, {0: "@askall.example"}, "identities of signatures")
        same([found.destinations, found.incidents, len(found.id)], [["mailto:failures@askall.example"], 1, 16], "the report")
        delivered, = [value for value in shot.delivered().header("Authentication-Results") if HOSTNAME in value]
        same(" ".join(found.authres.partition(":")[2].split()), " ".join(delivered.split()), "Authentication-Results as delivered")
        within("dkim=fail", found.authres, "Authentication-Results")


@test
def several_destinations(world):
    with _asking(world) as asking:
        asking.send(message("x@two.example"))
        same(asking.made()[0].destinations, ["mailto:failures@two.example", "mailto:second@two.example"], "destinations")


@table({"the message": ({"failure_content": "message"},), "the canonical body": ({"failure_dkim_body": "yes"},)})
def a_body_where_it_is_wanted(world, options):
    with _asking(world) as asking:
        asking.send(message("x@ask0.example", body="one\n.two\n\nthree\n"), options=options)
        found, = asking.made()
        same([found.body.replace(b"\r\n", b"\n"), found.body_size], [b"one\n.two\n\nthree\n", len(found.body)], "the body")


@test
def fifty_megabytes(world):
    """The whole message is judged; of it no more is kept than there may be, and none where nobody wants it."""
    body = b"".join(b"%076d\r\n" % n for n in range(49 * 1024 * 1024 // 78))
    given = message("x@ask0.example").partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body
    sizes = []
    for options in ({"failure_reports": "no"}, {}, {"failure_content": "message"}):
        with _asking(world) as asking:
            began = time.monotonic()
            same(asking.send(given, options=options).code, 250, "the reply")
            took = time.monotonic() - began
            sizes.append([(len(each.body), each.body_size >= len(body) - body.count(b"\n")) for each in asking.made()])
            print(f"failure/{world.flavour}: 49 MB with {options or 'defaults'}: {took:.2f} s", flush=True)
    same(sizes, [[], [(0, True)], [(256 * 1024, True)]], "bytes of the body kept")


_HOSTILE = {
    "a thousand fields": b"".join(b"X-%d: y\r\n" % n for n in range(1000)),
    "over the limit": b"".join(b"X-%04d: %s\r\n" % (n, b"z" * 900) for n in range(200)),
    "one field over the limit": b"X-Long: " + b"\r\n ".join([b"z" * 900] * 100) + b"\r\n",
    "eight bits and controls": b"X-Odd: \xff\xfe\x01\x7f\x1b[31m \"'`$(x) ${run{x}} %n%s\r\n",
    "empty fields and folds": b"X-Empty:\r\nX-Fold:\r\n \t\r\n\t x\r\nX : y\r\n",
    "the magic": b"X-Magic: DMXF\r\n DMXJ\r\n",
}


@table({name: (field,) for name, field in _HOSTILE.items()})
def hostile_headers(world, field):
    with _asking(world) as asking:
        given = message("x@ask0.example")
        shot = asking.send(given.partition(b"\r\n\r\n")[0] + b"\r\n" + field + b"\r\nbody\r\n")
        same(shot.code, 250, "the reply")
        found, = asking.made()
        whole = (given.partition(b"\r\n\r\n")[0] + b"\r\n" + field).replace(b"\r\n", b"\n")
        holds(whole.startswith(found.header) and found.header.endswith(b"\n"), f"{found.header[-100:]!r}")
        same(found.header_cut, found.header != whole, "whether it says that it was cut")
        same(found.header_cut, len(whole) > 64 * 1024, "whether it was cut")


# ---- how many

def _burst(asking, options, count, domain="strict.example"):
    """So many failing messages; the longest time of one."""
    asking.world.configure(asking.exim, asking.config(**options))
    given, longest = message(f"x@{domain}"), 0
    for first in range(0, count, 100):
        with Client(asking.exim.port, source=FORGER) as client:
            client.ehlo("mail.forger.example")
            for _ in range(min(100, count - first)):
                began = time.monotonic()
                outcome = client.send(given, "bounce@forger.example", ["user@receiver.example"])
                longest = max(longest, time.monotonic() - began)
                same(outcome.code, 550, "the reply")
    return longest


@test(flavours=("heavy",))
def a_burst_by_the_defaults(world):
    """L4: one report a recipient, domain and condition a day."""
    with _asking(world) as asking:
        began = time.monotonic()
        longest = _burst(asking, {}, BURST)
        took = time.monotonic() - began
        without = time.monotonic()
        _burst(asking, {"failure_reports": "no"}, BURST)
        without = time.monotonic() - without
        print(f"failure: {BURST} failing messages in {took:.2f} s, {without:.2f} s without reports; the longest {1000 * longest:.1f} ms",
              flush=True)
        same([each.incidents for each in asking.made()], [1], "incidents of the capsules")
        asking.send(message("x@ask0.example"))
        same(len(asking.made()), 2, "capsules, with one of another domain")


@test(flavours=("heavy",))
def every_incident_is_told_once(world):
    """L4: what the limits keep from being reported is counted by the next report."""
    with _asking(world) as asking:
        options = {"failure_rate": "recipient 60/1m, domain 10000/1d, all 1000/1h"}
        began = time.monotonic()
        _burst(asking, options, BURST)
        took = time.monotonic() - began
        found = asking.made()
        holds(60 <= len(found) <= 60 + took + 1, f"{len(found)} capsules in {took:.1f} s")
        time.sleep(1.2)
        _burst(asking, options, 1)
        same(sum(each.incidents for each in asking.made()), BURST + 1, "incidents in all")
        same(len({each.id for each in asking.made()}), len(asking.made()), "different identifiers")


# ---- where there is no room for them

def _full(path):
    for n in range(1000):
        (path / f"{n:03d}").touch()


def _unwritable(path):
    path.chmod(0o500)


def _open_to_others(path):
    path.chmod(0o777)


def _a_link(path):
    path.rmdir()
    (path.parent / "elsewhere").mkdir()
    give(path.parent / "elsewhere", USER)
    path.symlink_to("elsewhere")


def _a_file(path):
    path.rmdir()
    path.touch()


def _of_root(path):
    os.chown(path, 0, 0)


@table({"full": (_full, "is full"), "unwritable": (_unwritable, "Permission denied"), "open to others": (_open_to_others, "may be written"),
        "a link": (_a_link, "Not a directory"), "a file": (_a_file, "Not a directory"), "root's": (_of_root, "belongs to another user")})
def a_directory_of_no_use_stops_no_mail(world, harm, why):
    with _asking(world) as asking:
        for path in (asking.journal, asking.directory):
            path.mkdir(mode=0o700)
            give(path, USER)
        harm(asking.directory)
        before = sorted(os.listdir(asking.journal))
        for name, code in (("ask0", 250), ("strict", 550)):
            shot = asking.send(message(f"x@{name}.example"))
            same(shot.code, code, "the reply")
            within(why, shot.verdict.failure or "", shot.verdict.line)
            same(shot.verdict.journal, None, "trouble with the journal")
        same(sorted(os.listdir(asking.journal)), sorted({*before, "journal"}), "what lies in the journal's directory")
        if (asking.journal / "elsewhere").exists():
            same(os.listdir(asking.journal / "elsewhere"), [], "what lies behind the link")


@test
def what_could_not_be_written_is_told_later(world):
    with _asking(world) as asking:
        options = {"failure_rate": "recipient 60/1m"}
        asking.journal.mkdir(mode=0o700)
        asking.directory.touch()
        give(asking.journal, USER)
        for _ in range(3):
            within("Not a directory", asking.send(message("x@ask0.example"), options=options).verdict.failure or "", "the trouble")
        asking.directory.unlink()
        asking.send(message("x@ask0.example"), options=options)
        same([each.incidents for each in asking.made()], [4], "incidents")


@table({rules: (rules,) for rules in ("rfc7489", "rfc9989")})
def one_owner_has_the_tokens_of_one(world, rules):
    """L4 names without number, each its own organization by the tree walk: they get what one gets, and another's report is made."""
    names = [f"x{number}.wild.example" for number in range(15)]
    with _asking(world, more=[txt(f"_dmarc.{name}", "v=DMARC1; p=none; psd=n; ruf=mailto:f@wild.example") for name in names]) as asking:
        options = {"rules": rules, "failure_rate": "all 12/1h"}
        for name in [*names, "ask0.example"]:
            same(asking.send(message(f"x@{name}"), options=options).code, 250, "the reply")
        same(len(asking.made()), 2, "capsules: one of the first, one of the other")


@test
def many_at_once_share_the_limits(world):
    """Connections side by side, each a process of Exim's."""
    with _asking(world) as asking:
        world.configure(asking.exim, asking.config(failure_rate="recipient 3/1d"))
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(Client(asking.exim.port, source=FORGER)) for _ in range(8)]
            for client in clients:
                client.ehlo("mail.forger.example")
            for _ in range(5):
                for client in clients:
                    client.mail("bounce@forger.example")
                    client.rcpt("user@receiver.example")
                    client.command("DATA")
                for client in clients:
                    client.send_raw(message("x@strict.example") + b"\r\n.\r\n")
                same({client.read_reply().code for client in clients}, {550}, "the replies")
        same(len(asking.made()), 3, "capsules")
        absent(TRUSTED, str([each.texts for each in asking.made()]), "another's address")


# ---- and what becomes of it

def _script(asking):
    """In place of sendmail: a file for each mail, and its arguments in one beside it."""
    out = asking.exim.directory / f"{asking.journal.name}-mail"
    out.mkdir(mode=0o700)
    give(out, USER)
    path = out.with_suffix(".sh")
    path.write_text(f'#!/bin/sh\nn=$(mktemp {out}/XXXXXX) && echo "$@" >$n.to && cat >$n\n')
    path.chmod(0o755)
    return path, out


def _run(world, asking, options):
    world.configure(asking.exim, asking.config(**options))
    done = subprocess.run([world.dmx, "report", "run", "--config", str(asking.exim.dmx_conf)], capture_output=True, timeout=60, check=False)
    same(done.returncode, 0, f"dmx report run: {done.stderr.decode()}")


@test
def the_mail_of_it(world):
    """From a message that Exim refused to the mail about it: every field says what the message's own line in the log says."""
    with _asking(world) as asking:
        script, out = _script(asking)
        options = {"sendmail": script, "report_store": f"sqlite:{asking.run}/reports.db", "failure_rate": "recipient 2/1d"}
        given = asking.domains["strict"].sign(message("Ann <ann@strict.example>", "Hello", extra="X-Odd: one\n\ttwo\n")) + b"added\r\n"
        shots = [asking.send(given, mail_from="bob@strict.example", options=options) for _ in range(2)]
        same([shot.code for shot in shots], [550, 550], "the replies")
        _run(world, asking, options)
        same(asking.made(), [], "capsules that are left")
        mails = [(path, email.message_from_bytes(path.read_bytes(), policy=email.policy.default)) for path in out.iterdir()
                 if path.suffix != ".to"]
        same(len(mails), 1, "mails: like incidents are one report")
        path, mail = mails[0]
        within("failures@strict.example", path.with_suffix(".to").read_text(), "the envelope")
        same([mail.get_content_type(), mail.get_param("report-type")], ["multipart/report", "feedback-report"], "the type")
        text, report, header = mail.iter_parts()
        same([text.get_content_type(), report.get_content_type()], ["text/plain", "message/feedback-report"], "the parts")
        raw = email.message_from_bytes(path.read_bytes()).get_payload()[1].get_payload()[0]
        fields = {name: " ".join(value.split()) for name, value in raw.items()}
        verdict = shots[0].verdict
        same({name: fields.get(name) for name in ("Feedback-Type", "Auth-Failure", "Reported-Domain", "Delivery-Result", "Incidents", "Source-IP")},
             {"Feedback-Type": "auth-failure", "Auth-Failure": "dmarc", "Reported-Domain": verdict.domain, "Delivery-Result": verdict.disposition,
              "Incidents": "2", "Source-IP": None}, "the fields, of an address that is reserved")
        same([fields["DKIM-Domain"], fields["DKIM-Selector"], fields["Identity-Alignment"]], ["strict.example", "s1", "dkim, spf"], "what failed")
        within("dkim=fail", fields["Authentication-Results"], "Authentication-Results")
        within("v=spf1", fields.get("SPF-DNS", ""), "SPF-DNS")
        absent("ann@", path.read_text(), "a local part")
        absent("bob@", path.read_text(), "a local part")
        within("X-Odd", header.as_string(), "the header")
