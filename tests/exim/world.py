# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""What the tests of one flavour share: senders and their DNS, and one running Exim for each kind of configuration.

A kind is a set of Exim's own options. The module reads its configuration anew in every connection's process, so one Exim serves all
configurations of the module, one after another.
"""

import contextlib
import dataclasses
import itertools

from lab.dns import DnsServer
from lab.exim import AUTH_PASSWORD, AUTH_USER, HOSTNAME, Exim
from lab.process import wait_until
from lab.scratch import LabError
from lab.senders import FORGER, RECIPIENT, TRUSTED, Senders, message
from lab.smtp import Client

from logline import verdicts
from testing import holds, same

SENDERS = Senders()
MISSING = object()  # as a configuration: the file is not there
AS_IT_IS = object()  # as a configuration: what the test has put there

# What an ACL does is chosen by the recipient's local part, so that one Exim shows it all.
_RCPT = r"""
  discard local_parts = nobody
  warn local_parts = acl-exempt : acl-both
       set acl_m_dmx = exempt:a friend of the house
  warn local_parts = acl-monitor
       set acl_m_dmx = monitor:on trial
  warn local_parts = acl-quarantine
       set acl_m_dmx = quarantine:by hand
  warn local_parts = acl-noreport
       set acl_m_dmx = noreport
  warn local_parts = acl-signal
       set acl_m_dmx_signal = spamtrap
  warn local_parts = acl-unknown
       set acl_m_dmx = exmept:mistyped
  warn local_parts = acl-headers
       remove_header = Subject : Message-ID
       add_header = Subject: another one
       add_header = :at_start:X-At-Start: yes
       add_header = :after_received:X-After-Received: yes
       add_header = :at_end:X-At-End: yes
  warn local_parts = acl-authres
       add_header = :at_start:Authentication-Results: mx.receiver.example; dmarc=pass (from an ACL, at the start)
       add_header = Authentication-Results: mx.receiver.example; dmarc=pass (from an ACL)
"""

# Mail to `routed` goes where $local_scan_data says.
_ROUTERS = r"""
by_verdict:
  driver = redirect
  local_parts = routed
  condition = ${if match{$local_scan_data}{\Ndisposition=quarantine\N}}
  data = junk@receiver.example
"""

KINDS = {
    "plain": {"acls": {"rcpt": _RCPT}, "routers": _ROUTERS, "options": {"prdr_enable": True}},
    "wire": {"options": {"spool_wireformat": True}},
    "rewrite": {"rewrite": "*@shop.example rewritten@changed.example Ffrsh"},
    "hasty": {"options": {"local_scan_timeout": "3s", "smtp_receive_timeout": "2s"}},
}


@dataclasses.dataclass
class Shot:
    """One message that was sent, and what came of it."""
    exim: Exim
    outcome: object
    lines: list  # of the main log, since before it was sent

    @property
    def code(self):
        return self.outcome.code

    @property
    def text(self):
        return self.outcome.text

    @property
    def verdict(self):
        """The module's one line about it."""
        found = verdicts(self.lines)
        holds(len(found) == 1, lambda: f"{len(found)} lines of dmx for one message: {self.lines}")
        return found[0]

    def delivered(self, recipient=None):
        same(self.code, 250, f"the reply ({self.text!r})")
        return self.exim.delivered(self.outcome.message_id, recipient)


class World:
    """See above. `send()` is what most tests need."""

    def __init__(self, scratch, flavour, module, dmx):
        self.flavour, self.module, self.dmx = flavour, module, dmx
        self.senders = SENDERS
        self.dns = scratch.enter(DnsServer(scratch, self.senders.records()))
        self.numbers = itertools.count(1)
        self.scratch = scratch
        self._exims = {}

    def exim(self, kind="plain"):
        """The running Exim of a kind, started when it is first wanted."""
        if kind not in self._exims:
            self._exims[kind] = self.scratch.enter(self.fresh_exim(**KINDS[kind]))
        return self._exims[kind]

    def fresh_exim(self, **settings):
        """An Exim of its own for a test that harms it; the caller enters and leaves it."""
        exim = Exim(self.scratch, self.flavour, self.module, **settings)
        self.configure(exim)
        return exim

    def tidy(self):
        """Between two tests: the usual configuration, and no old deliveries, each of which would be read again and again."""
        for exim in self._exims.values():
            self.configure(exim)
            for path in (exim.directory / "mail" / "new").glob("*"):
                path.unlink()

    def complaints(self):
        """What must not be in any log, whatever the tests do."""
        bad = ("timed out", "crashed with signal", "local verification problem", "Unexpected failure", "local_scan() returned",
               "overflowed")
        return [f"{exim.directory.name} {which}log: {line}" for exim in self._exims.values() for which in ("main", "reject", "panic")
                for line in exim.log(which) for word in bad if word in line]

    def leftovers(self):
        """Messages that are still on a spool when the last deliveries have had their time, and orphans of messages."""
        def files():
            return [f"{exim.directory.name} {path}" for exim in self._exims.values() for path in exim.spool_files()]
        with contextlib.suppress(LabError):
            wait_until(lambda: not files(), 5, "empty spools")
        return files()

    def config_text(self, **options):
        """A configuration: the tests' own, with some options replaced (None: left out)."""
        options = {"trusted_ips": TRUSTED, "nameservers": self.dns.address, **options}
        return "".join(f"{name} = {value}\n" for name, value in options.items() if value is not None)

    def configure(self, exim, config=None):
        """A dictionary of options, or the whole text, or MISSING."""
        if config is MISSING:
            exim.set_dmx_config(None)
        else:
            exim.set_dmx_config(config if isinstance(config, str) else self.config_text(**(config or {})))

    @contextlib.contextmanager
    def session(self, kind="plain", config=None, source=FORGER, helo="mail.forger.example", login=False):
        """A connection that has said EHLO. `shoot()` sends through it."""
        exim = kind if isinstance(kind, Exim) else self.exim(kind)
        if config is not AS_IT_IS:
            self.configure(exim, config)
        with Client(exim.port, source=source) as client:
            client.exim = exim
            client.ehlo(helo)
            if login:
                same(client.auth_plain(AUTH_USER, AUTH_PASSWORD).code, 235, "AUTH")
            yield client

    def send(self, given, recipients=(RECIPIENT,), mail_from="bounce@forger.example", chunks=None, parameters=(), **session):
        """One message in a connection of its own; by default it comes from the forger's address, with his envelope."""
        with self.session(**session) as client:
            return shoot(client, given, mail_from, recipients, chunks, parameters)

    def play(self, case, chunks=None, recipients=(RECIPIENT,), **session):
        """One of the senders' cases."""
        return self.send(case.message, recipients, case.mail_from, chunks, source=case.source, helo=case.helo, login=case.authenticated,
                         **session)

    def forged(self, domain="bank.example", **how):
        """A message in that domain's name which nobody of that domain sent."""
        return message(f"service@{domain}", f"forged {next(self.numbers)}", **how)


def shoot(client, given, mail_from="bounce@forger.example", recipients=(RECIPIENT,), chunks=None, parameters=()):
    """One message through an open session."""
    mark = log_size(client.exim)
    outcome = client.send(given, mail_from, recipients, chunks, parameters)
    return Shot(client.exim, outcome, log_since(client.exim, mark))


def log_size(exim, which="main"):
    path = exim.directory / "log" / f"{which}log"
    return path.stat().st_size if path.exists() else 0


def log_since(exim, mark, which="main"):
    """The lines of a log behind a size that it had."""
    path = exim.directory / "log" / f"{which}log"
    if not path.exists():
        return []
    with open(path, "rb") as source:
        source.seek(mark)
        return source.read().decode(errors="backslashreplace").splitlines()


def check_case(case, shot):
    """The verdict is the one that the case announces, in the log and in the reply."""
    verdict = shot.verdict
    same(shot.code, case.code, f"the reply ({shot.text!r})")
    same(verdict.spf, case.spf, "SPF")
    same(verdict.dkim, case.dkim, "DKIM")
    same(verdict.dmarc, case.dmarc, "DMARC")
    same(verdict.policy, case.policy, "the policy")
    same(verdict.disposition, case.disposition, "the disposition")
    same(verdict.exempt, case.exempt, "the exemption")


def names(delivered):
    """The names of a delivered message's header fields, top first."""
    return [name for name, _ in delivered.headers]


def ours(delivered):
    """The Authentication-Results with our name, top first."""
    return [value for value in delivered.header("Authentication-Results") if HOSTNAME in value]
