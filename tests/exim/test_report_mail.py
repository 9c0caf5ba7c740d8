# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Reports leave a real Exim, signed by it, and come to another one, which judges them with dmx; bounces come back by the router."""

import email
import email.policy
import gzip
import json
import pathlib
import subprocess
import time
import xml.etree.ElementTree as ElementTree

from lab.dns import DnsServer, txt
from lab.keys import rsa_key
from lab.process import wait_until
from lab.scratch import give
from lab.exim import USER

from logline import verdicts
from testing import holds, same, test, within

SNIPPET = pathlib.Path(__file__).resolve().parents[2] / "contrib" / "exim4" / "dmx-bounces"
REPORTER = "receiver.example"

# What the domain owners' server does not know, it refuses: the reporter's Exim then makes a bounce.
ROUTER = """
owners:
  driver = manualroute
  domains = ! {reporter}
  transport = signed
  route_list = * 127.0.0.1::{port}
  self = send
  host_find_failed = fail
"""
TRANSPORT = """
signed:
  driver = smtp
  hosts_try_chunking =
  allow_localhost
  tls_verify_hosts =
  tls_try_verify_hosts =
  dkim_domain = {reporter}
  dkim_selector = out
  dkim_private_key = @DIR@/key.pem
  dkim_sign_headers = From:To:Subject:Date:Message-ID:MIME-Version:Content-Type
"""


def _snippet(dmx, config, owner):
    """The router and the transport of contrib, with this site's names and paths."""
    text = "\n".join(line for line in SNIPPET.read_text().splitlines() if not line.startswith("#"))
    routers, _, transports = text.partition("dmx_bounce:\n")
    command = f"{dmx} report bounce --config {config}"
    return (routers.replace("example.org", REPORTER).replace("dmarc-reports", owner),
            "dmx_bounce:\n" + transports.replace("/usr/bin/dmx report bounce", command))


class Post:
    """Two Exims: the one that reports, and the one of all domain owners."""

    def __init__(self, world, refused=(), more=()):
        self.world = world
        key = rsa_key()
        records = [*world.senders.records(), txt(f"out._domainkey.{REPORTER}", key.record()), txt(f"_dmarc.{REPORTER}", "v=DMARC1; p=reject"),
                   txt(REPORTER, "v=spf1 -all"), *more]
        self.dns = world.scratch.enter(DnsServer(world.scratch, records))
        acl = "".join(f"  deny local_parts = {local}\n  message = no such user\n" for local in refused)
        pair = world.scratch.directory("tls", USER)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mx.owners.example", "-days", "2", "-keyout",
                        pair / "key", "-out", pair / "certificate"], check=True, capture_output=True)
        give(pair / "key", USER)
        tls = {"tls_advertise_hosts": "*", "tls_certificate": pair / "certificate", "tls_privatekey": pair / "key"}
        self.owners = world.scratch.enter(world.fresh_exim(acls={"rcpt": acl} if acl else None, options=tls))
        self.owners.set_dmx_config(f"trusted_ips =\nnameservers = {self.dns.address}\n")
        directory = world.exim().directory
        bounce_router, bounce_transport = _snippet(world.dmx, directory / "dmx.conf", "dmarc")
        self.sender = world.fresh_exim(routers=bounce_router + ROUTER.format(reporter=REPORTER, port=self.owners.port),
                                       transports=TRANSPORT.format(reporter=REPORTER) + bounce_transport,
                                       options={"untrusted_set_sender": "*"})
        (self.sender.directory / "key.pem").write_bytes(key.private)
        give(self.sender.directory / "key.pem", USER)
        script = self.sender.directory / "sendmail"
        script.write_text(f'#!/bin/sh\nexec {self.sender.binary} -C {self.sender.conf} -odi "$@"\n')
        script.chmod(0o755)
        self.config = {"journal_dir": "@DIR@/reports-journal", "report_store": "sqlite:@DIR@/reports-store/reports.db", "trusted_ips": "",
                       "report_org": "Receiver", "report_email": f"dmarc@{REPORTER}", "sendmail": str(script), "nameservers": self.dns.address}

    def report(self, *words):
        done = subprocess.run([self.world.dmx, "report", *words, "--config", self.world.exim().dmx_conf], capture_output=True, text=True,
                              timeout=120, check=False)
        same(done.returncode, 0, f"dmx report {words}: {done.stdout} {done.stderr}")
        return done.stdout


def _today():
    return time.strftime("%Y-%m-%d", time.gmtime())


@test(flavours=("heavy",))
def reports_pass_dmarc(world):
    """J7 J8 what the domain owner's dmx says of the mail that carries the report; and the report is that of what was sent."""
    post = Post(world)
    for domain in ("bank.example", "shop.example", "bank.example"):
        world.send(world.forged(domain), config=post.config)
    world.configure(world.exim(), post.config)
    within("2 mails handed over", post.report("run", "--at-once", "--day", _today()), "the run")
    got = {each.recipient: each for each in post.owners.messages(2)}
    same(sorted(got), ["dmarc@bank.example", "dmarc@shop.example"], "recipients")
    for verdict in verdicts(post.owners.log()):
        same([verdict.dmarc, verdict.dkim, verdict.disposition], ["pass", ("pass",), "none"], verdict.line)
    same(["X=TLS" in line for line in post.owners.log() if " <= dmarc+b" in line], [True, True], "encrypted")
    message = email.message_from_bytes(got["dmarc@bank.example"].content, policy=email.policy.default)
    within("dmarc=pass", message["Authentication-Results"], "the header")
    holds(got["dmarc@bank.example"].sender.startswith("dmarc+b"), "the envelope sender")
    root = ElementTree.fromstring(gzip.decompress(next(message.iter_attachments()).get_content()))
    same([root.findtext("policy_published/domain"), root.findtext("record/row/count")], ["bank.example", "2"], "the report")


@test(flavours=("heavy",))
def a_bounce_comes_back(world):
    """By contrib's router into the list, and the module makes no report of it."""
    post = Post(world, refused=("dmarc",))
    world.send(world.forged("bank.example"), config=post.config)
    world.configure(world.exim(), post.config)
    post.report("run", "--at-once", "--day", _today())
    wait_until(lambda: "dmarc@bank.example until" in post.report("suppress", "list"), 15,
               lambda: "\n".join(post.sender.log()) + "\n".join(post.sender.log("panic")))
    within("no such user", post.report("suppress", "list"), "why")
    same(json.loads(post.report("status", "--json", "--no-dns"))["suppressed_addresses"], 1, "suppressed")
