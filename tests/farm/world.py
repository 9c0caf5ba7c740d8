# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A farm of MX hosts: each an Exim with the module, a journal, a configuration and a name server in a network of its own, all before
one PostgreSQL; and the ledger of what went in and what came out.

Mail comes from addresses of 127.0.0.0/8 inside the host's own network, each source at one host only, so that the ledger sees each record
that is lost or doubled, also where two mistakes would make the sum right.
"""

import collections
import contextlib
import json
import pathlib
import re
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "report")]

from lab.dnsfault import FaultyServer  # noqa: E402
from lab.exim import USER, Exim  # noqa: E402
from lab.network import Network  # noqa: E402
from lab.postgres import Postgres  # noqa: E402
from lab.process import ENVIRONMENT, free_port, wait_until  # noqa: E402
from lab.scratch import give  # noqa: E402
from lab.senders import RECIPIENT, TRUSTED, Senders, message  # noqa: E402
from lab.smtp import Client  # noqa: E402
from reporter import TAKE, Mail, same  # noqa: E402

DAY = 86400
MIDNIGHT_S = 30
DOMAINS = ("bank.example", "shop.example", "plain.example", "club.example")  # all ask for reports, at addresses of their own
REPORTER = "dmarc-reports@receiver.example"
# A server that is out of reach is given up within seconds.
CLIENT = "connect_timeout=2 keepalives_idle=1 keepalives_interval=1 keepalives_count=2 tcp_user_timeout=3000"


class Host:
    """One of them. `report(…)` runs `dmx report` there to its end, `start(…)` leaves it running."""

    def __init__(self, scratch, place, number, module, records):
        self.name, self.place, self.number = place.name, place, number
        with place.inside():
            self.dns = scratch.enter(FaultyServer(records))
        self.exim = Exim(scratch, "heavy", module, options={"primary_hostname": f"{place.name}.receiver.example"})
        self.exim.prefix = place.prefix
        self.dmx = pathlib.Path(module).resolve().with_name("dmx")
        self.sources = 0
        self.directory = self.exim.directory
        (self.directory / "mails").mkdir()
        give(self.directory / "mails", USER)
        self.script = self.directory / "sendmail"
        self.script.write_text(f'#!/bin/sh\nD={self.directory}\n. "$D/behaviour"\n')
        self.script.chmod(0o755)
        self.behave(TAKE)
        self.options = {}

    def behave(self, script):
        """What this host's sendmail does; TAKE takes every mail."""
        (self.directory / "behaviour.new").write_text(script)
        (self.directory / "behaviour.new").rename(self.directory / "behaviour")

    def configure(self, **options):
        self.options.update(options)
        self.exim.set_dmx_config(self.config_text())

    def config_text(self):
        return "".join(f"{name} = {value}\n" for name, value in self.options.items())

    @contextlib.contextmanager
    def session(self, source, helo="mail.forger.example"):
        with self.place.inside():
            client = Client(self.exim.port, source=source)
        with client:
            client.ehlo(helo)
            yield client

    # -- the reporter

    def command(self, *words):
        return [str(word) for word in (*self.place.prefix, self.dmx, "report", words[0], "--config", self.exim.dmx_conf, *words[1:])]

    def start(self, *words):
        """Both outputs are read from `stdout`."""
        return subprocess.Popen(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT, cwd="/")

    def report(self, *words, want=0, timeout=120):
        """What it said."""
        done = subprocess.run(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False, env=ENVIRONMENT,
                              cwd="/")
        said = done.stdout.decode(errors="replace")
        if want is not None and done.returncode != want:
            raise AssertionError(f"{self.name}: dmx report {' '.join(map(str, words))} ended with {done.returncode}, not {want}: {said}")
        return said

    def run(self, now, *words, **how):
        return self.report("run", "--at-once", "--now", int(now), *words, **how)

    def status(self, now):
        return json.loads(self.report("status", "--no-dns", "--json", "--now", int(now)))

    def mails(self):
        """What its sendmail took so far."""
        return [Mail(path) for path in sorted((self.directory / "mails").glob("*.eml"))]

    def journals(self):
        """The files that still wait."""
        return [path for path in (self.directory / "journal").glob("journal*") if ".kept-" not in path.name and path.stat().st_size > 0]

    def forget(self):
        for path in [*(self.directory / "mails").iterdir(), *(self.directory / "journal").glob("journal*")]:
            path.unlink()
        self.behave(TAKE)


class Farm:
    """`fresh()` before each test: an empty store and no mail. Messages go in by send(); check() holds the ledger's sides together."""

    def __init__(self, scratch, module, names=("mx1", "mx2", "mx3")):
        self.senders = Senders()
        self.network = scratch.enter(Network(scratch, names))
        hub = self.network.hub
        self.postgres = scratch.enter(Postgres(scratch, hub, **({} if hub.process else {"port": free_port()})))
        self.hosts = []
        for number, name in enumerate(names, 1):
            host = Host(scratch, self.network.places[name], number, module, self.senders.records())
            self.hosts.append(host)
            self.configure(host)
            scratch.enter(host.exim)
        self.sent = collections.Counter()

    def configure(self, host):
        conninfo = self.postgres.conninfo(host.place, host.directory, USER)
        host.configure(trusted_ips=TRUSTED, nameservers=host.dns.address, dns_timeout="500ms", dns_tries=1, cache="yes",
                       cache_file="@DIR@/dmx.cache", journal_dir="@DIR@/journal", report_org="Receiver", report_email=REPORTER,
                       sendmail=host.script, mask_reserved_ips="no", report_store=f"postgresql:{conninfo} {CLIENT}")

    def fresh(self):
        left_s = DAY - time.time() % DAY
        if left_s < MIDNIGHT_S:  # a test's mail is all of one day
            time.sleep(left_s + 1)
        if self.postgres.process is None:
            self.postgres.start()
        self.postgres.fresh()
        for host in self.hosts:
            host.forget()
        self.sent.clear()

    # -- in

    def send(self, host, connections=5, messages=2, domains=DOMAINS):
        """So many sources that were never seen before, with so many messages each; what counts is the reply."""
        for _ in range(connections):
            host.sources += 1
            source = f"127.{host.number}.{host.sources >> 8}.{host.sources & 255}"
            with host.session(source) as client:
                for number in range(messages):
                    domain = domains[(host.sources + number) % len(domains)]
                    final = client.send(message(f"service@{domain}"), "bounce@forger.example", [RECIPIENT]).final
                    if final.code not in (250, 550):
                        raise AssertionError(f"{host.name}: {final}")
                    self.sent[domain, source] += 1

    def spread(self, **how):
        for host in self.hosts:
            self.send(host, **how)

    # -- out

    def mails(self):
        return [mail for host in self.hosts for mail in host.mails()]

    def reports(self):
        """{Report-ID: XML}. However often one was handed over, to the same address it was the same bytes."""
        xml, first = {}, {}
        for mail in self.mails():
            same(first.setdefault((mail.report_id, mail.to), mail.bytes) == mail.bytes, True, f"{mail.report_id} to {mail.to}: other bytes when repeated")
            same(xml.setdefault(mail.report_id, mail.xml) == mail.xml, True, f"{mail.report_id}: two reports of one name")
        return xml

    def reported(self):
        """{(domain, source): messages}, over all reports."""
        found = collections.Counter()
        for xml in self.reports().values():
            for record in re.findall(r"<record>.*?</record>", xml, re.S):
                source, count, domain = (re.search(f"<{name}>(.*?)</{name}>", record)[1] for name in ("source_ip", "count", "header_from"))
                found[domain, source] += int(count)
        return found

    def stored(self):
        """Messages in the rows of the store."""
        return int(self.postgres.query("dmx", "SELECT coalesce(sum(count), 0) FROM dmx.report_row")[0][0])

    def check(self, reports=None):
        """Messages in, rows stored, rows reported: all equal. Returns a line about it."""
        reported, mails, ids = self.reported(), len(self.mails()), len(self.reports())
        lost, twice = self.sent - reported, reported - self.sent
        same((dict(lost), dict(twice)), ({}, {}), "messages that are in no report, or in too many")
        same(self.stored(), self.sent.total(), "messages in the rows of the store")
        same([path.name for host in self.hosts for path in host.journals()], [], "journals that were not read")
        if reports is not None:
            same(ids, reports, "distinct Report-IDs")
        return (f"{self.sent.total()} messages in, {self.stored()} in rows, {reported.total()} reported; {ids} distinct Report-IDs in {mails} mails, "
                f"{mails - ids} of them repeated byte for byte")

    def settle(self, now, rounds=3):
        """Every host has its turn, some times, so that whatever was interrupted is finished."""
        for turn in range(rounds):
            for host in self.hosts:
                host.run(now + turn * DAY / 2)


def kill(process):
    """At once; whether it was still at work."""
    process.send_signal(signal.SIGKILL)
    process.stdout.read()
    return process.wait() == -signal.SIGKILL


def tomorrow():
    """So that all mail of today, and of a midnight that goes by meanwhile, is of a day that is over."""
    return int(time.time()) + 2 * DAY


__all__ = ["DAY", "DOMAINS", "Farm", "Host", "REPORTER", "TAKE", "kill", "same", "tomorrow", "wait_until"]
