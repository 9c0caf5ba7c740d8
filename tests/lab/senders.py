# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The senders of the demo: domains below .example with SPF, DKIM keys and DMARC records, and the mail they (and others) send.

    domain           address     DMARC                      keys
    plain.example    127.0.0.11  p=none                     RSA-2048
    shop.example     127.0.0.12  p=quarantine               Ed25519 and RSA-2048
    bank.example     127.0.0.13  p=reject, strict           RSA-2048 (also mail.bank.example)
    club.example     127.0.0.14  p=none sp=reject           RSA-1024
    trial.example    127.0.0.15  p=reject pct=0             Ed25519
    list.example     127.0.0.16  p=none                     RSA-2048; a mailing list
    nothing.example  127.0.0.17  -                          -; no SPF either
    town.example     127.0.0.18  p=none np=reject           -
    drill.example    127.0.0.19  p=reject t=y               -
    city.example     127.0.0.20  p=reject psd=y             -; a public suffix by its own account
    forger.example   127.0.0.66  -                          -; SPF of its own, as forgers have

RECEIVER_ADDRESS (127.0.0.1) is the receiver itself and TRUSTED (127.0.0.5) a host that it trusts: set `trusted_ips = 127.0.0.5`, since the
default trusts all of 127.0.0.0/8.
"""

import dataclasses
import datetime
import email.utils
import itertools

from . import keys
from .dns import txt
from .smtp import crlf

TRUSTED = "127.0.0.5"
FORGER = "127.0.0.66"
RECIPIENT = "user@receiver.example"

_numbers = itertools.count(1)


@dataclasses.dataclass
class Sender:
    """A domain that sends mail. `keys` maps selectors to keys; an empty record is not published."""
    domain: str
    address: str
    dmarc: str = ""
    spf: str = ""
    keys: dict = dataclasses.field(default_factory=dict)
    hosts: tuple = ("mail",)

    def records(self):
        """The domain's zone, one line a record."""
        lines = [f"{self.domain} MX 10 {self.hosts[0]}.{self.domain}", f"{self.domain} A {self.address}"]
        for host in self.hosts:
            lines.append(f"{host}.{self.domain} A {self.address}")
            if self.spf:
                lines.append(txt(f"{host}.{self.domain}", "v=spf1 a -all"))
        if self.spf:
            lines.append(txt(self.domain, self.spf))
        if self.dmarc:
            lines.append(txt(f"_dmarc.{self.domain}", self.dmarc))
        for selector, key in self.keys.items():
            lines.append(txt(f"{selector}._domainkey.{self.domain}", key.record()))
        return lines

    def sign(self, message, selector=None, **how):
        """Sign with one of the domain's keys, the first by default; see Key.sign."""
        selector = selector or next(iter(self.keys))
        return self.keys[selector].sign(message, self.domain, selector, **how)


@dataclasses.dataclass(frozen=True)
class Case:
    """One message, how it travels, and what a receiver in `mode = enforce` with `rules = rfc7489` makes of it.

    `spf`, `dkim` and `dmarc` are results (RFC 8601), None where the message is exempt and nothing is looked at; `dkim` has one word for
    each signature, top first. `policy` is the policy that applies, `disposition` what happens, `code` the final SMTP reply.
    """
    name: str
    source: str
    helo: str
    mail_from: str
    message: bytes
    spf: str
    dkim: tuple
    dmarc: str
    policy: str
    disposition: str
    code: int
    authenticated: bool = False
    exempt: str = None
    why: str = ""
    config: dict = dataclasses.field(default_factory=dict)  # other options than the defaults, by name
    says: dict = dataclasses.field(default_factory=dict)    # what else the log line says, by key


def message(author, subject="Hello", body="Good day,\n\nthis is a message.\n", recipient=RECIPIENT, extra=""):
    """A plain message, CRLF line ends. `author` is the whole value of From; `extra` holds more header lines, each with its newline."""
    number = next(_numbers)
    return crlf(f"From: {author}\nTo: {recipient}\nSubject: {subject}\nDate: {email.utils.formatdate()}\n"
                f"Message-ID: <{number}.lab@{author.rpartition('@')[2].rstrip('>')}>\nMIME-Version: 1.0\n"
                f"Content-Type: text/plain; charset=utf-8\n{extra}\n{body}")


class Senders:
    """All of them, with fresh keys. `records()` is the zone for DnsServer or `dmx check --zone`; the domains are attributes."""

    def __init__(self):
        def spf(address):
            return f"v=spf1 ip4:{address} -all"
        rsa = keys.rsa_key(2048)  # one long key for all who have one: making it takes longer than everything else here
        self.plain = Sender("plain.example", "127.0.0.11", "v=DMARC1; p=none; rua=mailto:dmarc@plain.example", spf("127.0.0.11"),
                            {"s1": rsa})
        self.shop = Sender("shop.example", "127.0.0.12", "v=DMARC1; p=quarantine; rua=mailto:dmarc@shop.example", spf("127.0.0.12"),
                           {"ed": keys.ed25519_key(), "rsa": rsa})
        self.bank = Sender("bank.example", "127.0.0.13", "v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:dmarc@bank.example",
                           spf("127.0.0.13"), {"s1": rsa})
        self.bank_mail = Sender("mail.bank.example", "127.0.0.13", keys={"s1": rsa}, hosts=("out",))
        self.club = Sender("club.example", "127.0.0.14", "v=DMARC1; p=none; sp=reject; rua=mailto:dmarc@club.example", spf("127.0.0.14"),
                           {"s1": keys.rsa_key(1024)}, hosts=("mail", "news"))
        self.trial = Sender("trial.example", "127.0.0.15", "v=DMARC1; p=reject; pct=0; rua=mailto:dmarc@trial.example", spf("127.0.0.15"),
                            {"ed": keys.ed25519_key()})
        self.list = Sender("list.example", "127.0.0.16", "v=DMARC1; p=none", spf("127.0.0.16"), {"s1": rsa}, hosts=("lists",))
        self.town = Sender("town.example", "127.0.0.18", "v=DMARC1; p=none; np=reject; rua=mailto:dmarc@town.example", spf("127.0.0.18"))
        self.drill = Sender("drill.example", "127.0.0.19", "v=DMARC1; p=reject; t=y", spf("127.0.0.19"))
        self.city = Sender("city.example", "127.0.0.20", "v=DMARC1; p=reject; psd=y")
        self.nothing = Sender("nothing.example", "127.0.0.17")
        self.forger = Sender("forger.example", FORGER, spf=spf(FORGER))

    def all(self):
        return [value for value in vars(self).values() if isinstance(value, Sender)]

    def records(self):
        lines = [line for sender in self.all() for line in sender.records()]
        return list(dict.fromkeys(lines))  # bank.example and its mail host say one thing twice

    def listed(self):
        """A message of shop.example as a mailing list sends it on: subject and body changed, so its signature is broken; the list's own
        signature on top."""
        original = self.shop.sign(message("Ann <ann@shop.example>", "Recipes", recipient="cooks@list.example"), "rsa")
        changed = original.replace(b"Subject: Recipes", b"Subject: [cooks] Recipes")
        changed = b"List-Id: <cooks.list.example>\r\nList-Post: <mailto:cooks@list.example>\r\n" + changed
        return self.list.sign(changed + b"-- \r\ncooks mailing list\r\n", headers=("from", "to", "subject", "date", "list-id"))

    def cases(self):
        """The mail of the demo, in the order of its table."""
        forged_bank = message('"Your bank" <service@bank.example>', "Your account", "Please log in.\n")
        bulk = {"source": FORGER, "helo": "mail.forger.example", "mail_from": "bounce@forger.example", "spf": "pass"}
        return [
            Case("aligned by SPF only", self.shop.address, "mail.shop.example", "orders@shop.example", message("orders@shop.example"),
                 "pass", (), "pass", "quarantine", "none", 250),
            Case("aligned by DKIM only, RSA, p=reject", message=self.bank.sign(message("news@bank.example")),
                 dkim=("pass",), dmarc="pass", policy="reject", disposition="none", code=250, **bulk),
            Case("aligned by DKIM only, Ed25519",
                 message=self.shop.sign(message("news@shop.example"), "ed", canonicalization="simple/simple"),
                 dkim=("pass",), dmarc="pass", policy="quarantine", disposition="none", code=250, **bulk),
            Case("forged From, p=reject", message=forged_bank,
                 dkim=(), dmarc="fail", policy="reject", disposition="reject", code=550, **bulk),
            Case("forged From, p=quarantine", message=message("orders@shop.example"),
                 dkim=(), dmarc="fail", policy="quarantine", disposition="quarantine", code=250, **bulk),
            Case("forged From, p=none", message=message("someone@plain.example"),
                 dkim=(), dmarc="fail", policy="none", disposition="none", code=250, **bulk),
            Case("forged subdomain, p=none sp=reject", message=message("editor@news.club.example"),
                 dkim=(), dmarc="fail", policy="reject", disposition="reject", code=550, **bulk),
            Case("forged From, p=reject pct=0", message=message("lab@trial.example"),
                 dkim=(), dmarc="fail", policy="reject", disposition="quarantine", code=250, why="pct", **bulk),
            Case("strict alignment, signed by the mail host", self.bank.address, "mail.bank.example", "x@mail.bank.example",
                 self.bank_mail.sign(message("news@bank.example")), "pass", ("pass",), "fail", "reject", "reject", 550),
            Case("through a mailing list that adds a footer", self.list.address, "lists.list.example", "cooks-bounces@list.example",
                 self.listed(), "pass", ("pass", "fail"), "fail", "quarantine", "quarantine", 250),
            Case("authenticated session, forged From", FORGER, "laptop.example", "anybody@bank.example", forged_bank,
                 None, (), None, None, "exempt", 250, authenticated=True, exempt="authenticated"),
            Case("trusted address, forged From", TRUSTED, "gateway.receiver.example", "anybody@bank.example", forged_bank,
                 None, (), None, None, "exempt", 250, exempt="trusted-ip"),
            Case("two From fields", message=message("someone@plain.example", extra="From: service@bank.example\n"),
                 dkim=(), dmarc="permerror", policy=None, disposition="reject", code=550, **bulk),
            Case("null sender, SPF of HELO", self.plain.address, "mail.plain.example", "",
                 message("mailer-daemon@plain.example", "Undelivered"), "pass", (), "pass", "none", "none", 250),
            Case("no record at all", self.nothing.address, "mail.nothing.example", "bob@nothing.example", message("bob@nothing.example"),
                 "none", (), "none", None, "none", 250),
        ]

    def option_cases(self, today):
        """The rest of the demo's mail: what other options than the defaults come to. `today` is a datetime.date."""
        day = datetime.timedelta(days=1)
        forged_bank = message('"Your bank" <service@bank.example>', "Your account", "Please log in.\n")
        forged = {"source": FORGER, "helo": "mail.forger.example", "mail_from": "bounce@forger.example", "spf": "pass", "dkim": (),
                  "dmarc": "fail", "policy": "reject"}
        fails_spf = {**forged, "mail_from": "service@bank.example", "spf": "fail"}
        new = {"rules": "rfc9989"}
        return [
            Case("np: a subdomain that does not exist", message=message("mayor@no.such.town.example"), disposition="reject", code=550, **forged),
            Case("t=y: the domain is only testing", message=message("a@drill.example"), disposition="quarantine", code=250, why="t",
                 says={"override": "policy_test_mode"}, **{**forged, "policy": "quarantine"}),
            Case("psd: a public suffix's policy, RFC 9989", message=message("a@shop.city.example"), disposition="reject", code=550,
                 config={**new, "on_reject": "reject"}, says={"policy_domain": "city.example"}, **forged),
            Case("RFC 9989: p=reject alone refuses nothing", message=forged_bank, disposition="quarantine", code=250, config=new,
                 says={"override": "local_policy", "signal": None}, **forged),
            Case("RFC 9989: and SPF fails hard", message=forged_bank, disposition="reject", code=550, config=new,
                 says={"signal": "spf-hard-fail", "indirect": None}, **fails_spf),
            Case("RFC 9989: and the site vouches for it", message=forged_bank, disposition="reject", code=550,
                 config={**new, "corroborate_domains": "bank.example"}, says={"signal": "corroborate-domains"}, **forged),
            Case("shadow: RFC 9989 would quarantine", message=forged_bank, disposition="reject", code=550, config={"shadow": "yes"},
                 says={"shadow_rules": "rfc9989", "shadow_disposition": "quarantine"}, **forged),
            Case("quarantine by redirect", message=message("orders@shop.example"), disposition="quarantine", code=250,
                 config={"on_quarantine": "redirect:jail@receiver.example"}, **{**forged, "policy": "quarantine"}),
            Case("override: p=none until tomorrow", message=forged_bank, disposition="none", code=250,
                 config={"policy_overrides": f"bank.example none until {today + day} they mend it"}, says={"override": "local_policy"},
                 **forged),
            Case("override: ended yesterday", message=forged_bank, disposition="reject", code=550,
                 config={"policy_overrides": f"bank.example none until {today - day} they mend it"}, says={"override": None}, **forged),
        ]
