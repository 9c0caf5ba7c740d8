# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Failure reports from one real Exim to another: a forged message comes in, its report leaves, signed, and is judged; bounces come back."""

import email
import email.policy
import json
import subprocess
import time

import authres
from lab.dns import txt
from lab.exim import USER
from lab.process import wait_until
from lab.scratch import give
from lab.senders import FORGER, message

from logline import verdicts
from test_report_mail import Post
from testing import holds, same, test, within

ASKING = "asking.example"


def _post(world, **more):
    post = Post(world, more=[txt(f"_dmarc.{ASKING}", f"v=DMARC1; p=none; fo=1; ruf=mailto:failures@{ASKING}"), txt(ASKING, "v=spf1 -all")], **more)
    run = world.exim().directory / "failure-run"
    if not run.exists():
        run.mkdir(mode=0o750)
        give(run, USER)
    post.config |= {"failure_reports": "yes", "cache_file": f"{run}/dmx.cache", "cache_size": "1M", "failure_rate": "recipient 100/1d, domain 100/1d",
                    "journal_dir": f"@DIR@/failure-journal-{time.monotonic_ns()}"}
    return post


def _forged(world, post, **options):
    given = message(f"boss@{ASKING}")
    same(world.send(given, mail_from=f"clerk@{ASKING}", config={**post.config, **options}).code, 250, "the reply")
    world.configure(world.exim(), {**post.config, **options})
    return email.message_from_bytes(given, policy=email.policy.default)


def _fields(mail):
    part = list(mail.iter_parts())[1]
    inner = part.get_payload()
    return {name.lower(): " ".join(str(value).split()) for name, value in (inner[0] if isinstance(inner, list) else inner).items()}


@test(flavours=("heavy",))
def a_failure_report(world):
    """L5 L6 L9 L10 what it says is what happened, and the mail that carries it passes DMARC."""
    post = _post(world)
    given = _forged(world, post, mask_reserved_ips="no")
    within("1 mail handed over", post.report("run", "--at-once"), "the run")
    got = post.owners.messages(1)[0]
    same(got.recipient, f"failures@{ASKING}", "the recipient")
    holds(got.sender.startswith("dmarc+bf"), "the envelope sender")
    for verdict in verdicts(post.owners.log()):
        same([verdict.dmarc, verdict.dkim, verdict.disposition], ["pass", ("pass",), "none"], verdict.line)
    mail = email.message_from_bytes(got.content, policy=email.policy.default)
    fields = _fields(mail)
    same({name: fields.get(name) for name in ("source-ip", "reported-domain", "identity-alignment", "delivery-result", "spf-dns", "incidents")},
         {"source-ip": FORGER, "reported-domain": ASKING, "identity-alignment": "dkim, spf", "delivery-result": "delivered",
          "spf-dns": f'txt : {ASKING} : "v=spf1 -all"', "incidents": "1"}, "fields")
    results = authres.AuthenticationResultsHeader.parse("Authentication-Results: " + fields["authentication-results"])
    found = {result.method: result.result for result in results.results}
    same([found["dmarc"], found["spf"]], ["fail", "fail"], "results")
    evidence = list(mail.iter_parts())[2].get_payload()
    evidence = evidence[0] if isinstance(evidence, list) else email.message_from_string(evidence)
    same(evidence["Message-ID"], given["Message-ID"], "the message")
    for local in ("boss@", "clerk@", "user@"):
        same(local.encode() in got.content.split(b"\n\n", 1)[1], False, local)
    same(json.loads(post.report("status", "--json", "--no-dns"))["failures"]["sent"], 1, "counted")


@test(flavours=("heavy",))
def private_addresses(world):
    """L11 with the mask, as it is by default, nothing tells where the forger's loopback address is."""
    post = _post(world)
    _forged(world, post)
    post.report("run", "--at-once")
    got = post.owners.messages(1)[0]
    same("source-ip" in _fields(email.message_from_bytes(got.content, policy=email.policy.default)), False, "Source-IP")
    same(FORGER.encode() in got.content.split(b"\n\n", 1)[1], False, "the address")


@test(flavours=("heavy",))
def watched(world):
    """The capsule that a message leaves becomes a report while --watch runs."""
    post = _post(world)
    _forged(world, post)
    post.report("run", "--at-once")
    post.owners.messages(1)
    watching = subprocess.Popen([post.world.dmx, "report", "run", "--watch", "--at-once", "--config", world.exim().dmx_conf],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        _forged(world, post)
        post.owners.messages(2)
    finally:
        watching.terminate()
        said = watching.communicate(timeout=60)[0]
    same(watching.returncode, 0, said.decode())


@test(flavours=("heavy",))
def a_bounce_of_one(world):
    """L3 by contrib's router, which is that of aggregate reports, into the list of addresses that get nothing."""
    post = _post(world, refused=("failures",))
    _forged(world, post)
    post.report("run", "--at-once")
    wait_until(lambda: f"failures@{ASKING} until" in post.report("suppress", "list"), 15,
               lambda: "\n".join(post.sender.log()) + "\n".join(post.sender.log("panic")))
    within("no such user", post.report("suppress", "list"), "why")
    _forged(world, post)
    within("1 suppressed", post.report("run", "--at-once"), "the next")
