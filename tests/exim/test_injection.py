# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Nothing that a sender writes becomes a header field, a log line, a reply line or an expansion of its own."""

import re

from lab.senders import message
from lab.smtp import crlf

from testing import holds, same, table
from world import SENDERS, ours, shoot

_EVIL = ("\r\nX-Evil: 1", "\nX-Evil: 1", "\r\n550 evil", "\x0bX-Evil: 1", "${run{/bin/touch @DIR@/evil}}", "$primary_hostname", "%s%s%n%s",
         "%{reason}", '"; dmarc=pass; x="', "(unfinished", "a\\", "\x1b[31m", "\x7f", "x" * 3000, "é", "a b", ";dmarc=pass header.from=",
         "\t", "=?utf-8?q?=0D=0AX-Evil:_1?=")

_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")


def _check(shot, sent):
    """One verdict; clean log, reply and header; nothing expanded. The field names delivered are those sent and ours."""
    verdict = shot.verdict
    holds(re.fullmatch(r"[ -~]*", verdict.line), f"bytes in the log line {verdict.line!r}")
    holds(len(verdict.line) < 8000, "a log line over 8000 bytes")
    same([line for line in shot.lines if not _LOG_LINE.match(line)], [], "lines of the log without a date")
    for line in shot.outcome.final.lines:
        holds(len(line) <= 506, f"a reply line of {len(line) + 6} bytes")
        holds(re.fullmatch(r"[ -~]*", line), f"bytes in the reply {line!r}")
    same((shot.exim.directory / "evil").exists(), False, "something was run")
    if shot.code == 250:
        _check_delivered(shot.delivered(), sent, verdict)


def _check_delivered(delivered, sent, verdict):
    expected = {name.lower() for name in _field_names(sent)} | {"authentication-results", "received", "x-dmarc-fail-policy"}
    got = [name.lower().strip() for name, _ in delivered.headers]
    same([name for name in got if name not in expected], [], "fields that nobody sent")
    results = ours(delivered)
    same(len(results), 1, f"the Authentication-Results {results}")
    holds(re.fullmatch(r"[ -~\n\t]*", results[0]), f"bytes in {results[0]!r}")
    holds("\n" not in re.sub(r"\n[ \t]+\S", "", results[0]), f"a fold that is none in {results[0]!r}")
    holds(len(results[0]) <= 4096, "over 4 kB of results")
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)', "", results[0])
    same(re.findall(r";\s+dmarc=(\w+)", bare), [verdict.dmarc], f"the DMARC results in {bare!r}")
    same(len(re.findall(r";\s+[a-z]+=", bare)), 2 + max(1, len(verdict.dkim)), f"the methods in {bare!r}")


def _field_names(sent):
    head = sent.partition(b"\r\n\r\n")[0].decode("utf-8", "backslashreplace")
    return [line.partition(":")[0].strip() for line in re.split(r"\r\n|\n|\r", head)]


# Where the evil text goes; each is a function of it to (message, envelope sender, HELO).
def _author_domain(evil):
    return _raw(f"From: x@bank.example{evil}\n"), "bounce@forger.example", "mail.forger.example"


def _author_quoted_domain(evil):
    return _raw(f"From: <x@[{evil}]>\n"), "bounce@forger.example", "mail.forger.example"


def _author_name(evil):
    return _raw(f'From: "{evil}" <x@shop.example>\n'), "bounce@forger.example", "mail.forger.example"


def _author_local_part(evil):
    return _raw(f'From: "{evil}"@shop.example\n'), "bounce@forger.example", "mail.forger.example"


def _tag(tag):
    def place(evil):
        signed = SENDERS.bank.sign(message("x@shop.example"))
        value = {"d": b"d=bank.example", "s": b"s=s1", "a": b"a=rsa-sha256", "b": b" b=", "i": b"d=bank.example"}[tag]
        new = value + (b"; i=" if tag == "i" else b"") + evil.encode()
        holds(value in signed, f"no {value} in the signature")
        return signed.replace(value, new, 1), "bounce@forger.example", "mail.forger.example"
    return place


def _helo(evil):
    return message("x@shop.example"), "", re.sub(r"[\r\n]", "", f"mail{evil}")[:400] or "x"


def _envelope_local_part(evil):
    return message("x@shop.example"), f'"{re.sub(r"[^ -~]", "?", evil)[:50]}"@forger.example'.replace("\\", "\\\\"), "mail.forger.example"


def _raw(author):
    return crlf(author) + crlf("To: user@receiver.example\nSubject: evil\n\nbody\n")


_PLACES = {"author's domain": _author_domain, "author's domain literal": _author_quoted_domain, "author's name": _author_name,
           "author's local part": _author_local_part, "d=": _tag("d"), "s=": _tag("s"), "a=": _tag("a"), "b=": _tag("b"), "i=": _tag("i"),
           "HELO": _helo, "MAIL FROM": _envelope_local_part}


@table({label: (place,) for label, place in _PLACES.items()})
def escaped_everywhere(world, place):
    """Each evil text in that place, first as mail that is refused or marked, then with mode = monitor, where all of it is delivered; the
    log is verbose, so that every reason is seen. Exim itself refuses some HELOs and senders, which is as well."""
    judged = 0
    for mode in ("enforce", "monitor"):
        for evil in _EVIL:
            given, sender, helo = place(evil.replace("@DIR@", str(world.exim().directory)))
            with world.session(config={"mode": mode, "log_verbose": "yes"}, helo=helo) as client:
                if not client.replies[-1].ok:
                    continue
                shot = shoot(client, given, sender)
                if shot.outcome.mail.ok:
                    _check(shot, given)
                    judged += 1
    holds(judged >= 2, f"Exim let only {judged} of these through")


@table({"reject_text": ({"reject_text": "%{domain} %{ip} %{policy} %{reason} %%{domain}"},), "default": ({},)})
def the_reply_holds_no_evil(world, config):
    for evil in _EVIL:
        given, sender, _ = _author_domain(evil)
        shot = world.send(given, mail_from=sender, config={**config, "on_bad_from": "reject"})
        _check(shot, given)


@table({"in DMARC": ("_dmarc.bank.example", "v=DMARC1; p=reject; rua=mailto:x{}; x{}=y"),
        "in SPF": ("forger.example", "v=spf1 exp=x{} -all {}"),
        "in a key": ("s1._domainkey.bank.example", "v=DKIM1; n={}; k={}; p=AAAA")})
def escaped_from_dns(world, name, template):
    """Records of the sender's choosing reach the log, too."""
    from lab.dns import txt
    from lab.dnsfault import FaultyServer
    for evil in _EVIL:
        kept = [line for line in SENDERS.records() if not line.startswith(f"{name} ") or " TXT " not in line]
        with FaultyServer(kept + [txt(name, template.format(evil, evil))]) as dns:
            given = SENDERS.bank.sign(world.forged())
            config = {"mode": "monitor", "log_verbose": "yes", "nameservers": dns.address, "dns_timeout": "500ms"}
            _check(world.send(given, config=config), given)
