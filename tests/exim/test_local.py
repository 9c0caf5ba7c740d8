# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Mail that comes by no network, and Exim's rehearsal (-bh): nothing is opened for the one, nothing written in the other."""

import contextlib
import re

from lab.dns import txt
from lab.dnsfault import FaultyServer
from lab.process import wait_until
from lab.scratch import LabError
from lab.senders import FORGER, RECIPIENT, message

from testing import absent, holds, same, table, test, within
from world import log_since, log_size, names

_RESULTS = "Authentication-Results: mx.receiver.example; dmarc=pass\n"


def _session(given, sender="bounce@forger.example", helo="mail.forger.example"):
    """What a client says in one go, with the message dot-stuffed."""
    return (f"EHLO {helo}\r\nMAIL FROM:<{sender}>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\n".encode() + given.replace(b"\r\n.", b"\r\n..")
            + b".\r\nQUIT\r\n")


def _unix(given):
    return given.replace(b"\r\n", b"\n")


# The arguments of Exim, and what it reads.
LOCAL = {
    "-t": (["-odi", "-t"], _unix),
    "sendmail -f": (["-odi", "-i", "-f", "someone@bank.example", RECIPIENT], _unix),
    "-bs": (["-odi", "-bs"], _session),
    "-bS": (["-odi", "-bS"], lambda given: _unix(_session(given))),
}


@table(LOCAL)
def local_mail_is_let_through(world, arguments, form):
    """Nothing is opened: even a configuration that is wrong goes unnoticed. Nothing is recorded, nothing added."""
    exim = world.exim()
    world.configure(exim, "no such option = 1\n")
    mark, before = log_size(exim), len(exim.messages())
    done = exim.run(arguments, form(world.forged(extra=_RESULTS)))
    same(done.returncode, 0, f"exim's exit status ({done.stdout.decode()} {done.stderr.decode()})")
    delivered = exim.messages(before + 1)[-1]
    absent(" dmx: ", "\n".join(log_since(exim, mark)), "the main log")
    same(delivered.header("Authentication-Results"), ["mx.receiver.example; dmarc=pass"], "Authentication-Results")
    same(delivered.data, "", "$local_scan_data")
    absent("X-DMARC-Fail-Policy", names(delivered), "the fields")


@test
def a_client_address_given_by_hand_is_judged(world):
    """-bs -oMa: inetd and its like know the client."""
    exim = world.exim()
    world.configure(exim)
    mark = log_size(exim)
    done = exim.run(["-odi", "-oMa", FORGER, "-bs"], _session(world.forged()))
    within(b"\r\n550 5.7.1 DMARC", done.stdout, "the session")
    holds(any(" disposition=reject " in line for line in log_since(exim, mark)), "no verdict in the log")
    done = exim.run(["-odi", "-oMa", "127.0.0.5", "-bs"], _session(world.forged()))
    within(b"\r\n250 OK id=", done.stdout, "the session of a trusted address")


def _files(exim):
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in exim.directory.rglob("*") if path.is_file()}


def _at_rest(exim):
    """Whether every message that came in has been delivered: a delivery of an earlier test writes to the log, too."""
    lines = exim.log()
    return {line.split()[2] for line in lines if " <= " in line} <= {line.split()[2] for line in lines if line.endswith(" Completed")}


# The configuration (None: the usual one), and what -bh must show.
REHEARSALS = {
    "forged": (None, "bank.example", rb"\n550 5\.7\.1 DMARC.*bank\.example", rb"dmx: spf=\w+\(.*disposition=reject"),
    "quarantined": (None, "shop.example", rb"\n250 OK", rb"dmx: spf=\w+\(.*disposition=quarantine"),
    "wrong configuration": ("mdoe = monitor\n", "bank.example", rb"\n250 OK", rb"dmx: accepted unchecked.*mdoe"),
}


@table(REHEARSALS)
def a_rehearsal_judges_and_writes_nothing(world, config, domain, reply, line):
    exim = world.exim()
    world.configure(exim, config)
    (exim.directory / "spool" / "dmx-panic.stamp").unlink(missing_ok=True)
    with contextlib.suppress(LabError):
        wait_until(lambda: _at_rest(exim), 5, "the end of earlier deliveries")
    before = _files(exim)
    done = exim.run(["-bh", FORGER], _session(world.forged(domain)))
    same(done.returncode, 0, "exim's exit status")
    holds(re.search(reply, done.stdout.replace(b"\r", b"")), lambda: f"no {reply!r} in {done.stdout!r}")
    holds(re.search(line, done.stdout + done.stderr), lambda: f"no {line!r} in {done.stderr!r}")
    after = _files(exim)
    same({str(path) for path in after if after[path] != before.get(path)}, set(), "files that were written")


@test
def a_rehearsal_knows_exemptions(world):
    exim = world.exim()
    world.configure(exim)
    done = exim.run(["-bh", "127.0.0.5"], _session(message("service@bank.example")))
    within(b"exempt=trusted-ip", done.stdout + done.stderr, "the log on the terminal")


@test
def a_rehearsal_with_an_ipv6_client(world):
    """The one way here to have such a client: SPF sees its address."""
    exim = world.exim()
    with FaultyServer([txt("six.example", "v=spf1 ip6:2001:db8::/48 -all"), txt("_dmarc.six.example", "v=DMARC1; p=reject")]) as dns:
        world.configure(exim, {"nameservers": dns.address})
        for address, reply in (("2001:db8::7", b"\r\n250 OK"), ("2001:db9::7", b"\r\n550 5.7.1 DMARC")):
            done = exim.run(["-bh", address], _session(message("x@six.example"), sender="x@six.example"))
            within(reply, done.stdout, f"the session of {address}")
