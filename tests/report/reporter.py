# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A site that reports: its journal, store and configuration in a scratch directory, and a script in place of sendmail.

The script keeps each mail it takes as mails/NAME.eml beside NAME.argv, and does what the file `behaviour` says.
"""
import collections
import email
import email.policy
import gzip
import json
import os
import pathlib
import re
import resource
import sqlite3
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAY = 86400
TODAY = 20000
NOW = TODAY * DAY + 600
TAKE = 't=$(mktemp "$D/mails/XXXXXXXX")\nprintf "%s\\n" "$@" >"$t.argv"\ncat >"$t.new" && mv "$t.new" "$t.eml"\n'
DMX, JOURNAL = ROOT / "build" / "dmx", ROOT / "build" / "tests" / "journal"


class Mail:
    def __init__(self, path):
        self.bytes = path.read_bytes()
        self.argv = path.with_suffix(".argv").read_text().splitlines()
        self.message = email.message_from_bytes(self.bytes, policy=email.policy.default)
        self.to, self.envelope = self.argv[-1], self.argv[2]
        part = next(self.message.iter_attachments())
        self.file = part.get_filename()
        self.xml = gzip.decompress(part.get_content()).decode()
        self.report_id = re.search(r"<report_id>(.*?)</report_id>", self.xml)[1]
        self.counted = sum(map(int, re.findall(r"<count>(\d+)</count>", self.xml)))


class Site:
    def __init__(self, directory, nameservers="127.0.0.1:1", **options):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True)
        (self.dir / "mails").mkdir()
        self.script = self.dir / "sendmail"
        self.script.write_text(f'#!/bin/sh\nD={self.dir}\n. "$D/behaviour"\n')
        self.script.chmod(0o755)
        self.behave(TAKE)
        self.options = {"journal_dir": self.dir / "journal", "report_store": f"sqlite:{self.dir}/store/reports.db", "report_org": "Receiver",
                        "report_email": "dmarc@receiver.example", "sendmail": self.script, "nameservers": nameservers,
                        "dns_timeout": "200ms", "dns_tries": "1", **options}
        self.configure()

    def behave(self, script):
        (self.dir / "behaviour.new").write_text(script)
        (self.dir / "behaviour.new").rename(self.dir / "behaviour")

    def configure(self, **options):
        self.options.update(options)
        (self.dir / "dmx.conf").write_text("".join(f"{k} = {v}\n" for k, v in self.options.items()))

    def write(self, *lines):
        """(domain, source, record[, count, time, policy domain, org domain]) of yesterday."""
        text = ""
        for domain, source, record, *more in lines:
            count, time, policy, org = (*more, *(1, NOW - DAY, domain, domain)[len(more):])
            text += f"{time} {count} {source} {domain} {policy} {org} {record}\n"
        subprocess.run([JOURNAL, self.dir / "journal"], input=text.encode(), check=True)

    def command(self, *words):
        return [str(word) for word in (DMX, "report", words[0], "--config", self.dir / "dmx.conf", *words[1:])]

    def run(self, *words, now=NOW, want=0, given=None, environment=None):
        """`dmx report WORDS`; what it printed. `run` gets --at-once."""
        words = (*words, "--at-once") if words[0] == "run" else words
        done = subprocess.run(self.command(*words[:1], "--now", now, *words[1:]), input=given, capture_output=True, timeout=300, check=False,
                              env={**os.environ, **(environment or {})})
        self.said = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
        if want is not None and done.returncode != want:
            raise AssertionError(f"dmx report {' '.join(map(str, words))} ended with {done.returncode}, not {want}: {self.said}")
        return self.said

    def mails(self):
        """All that the script took so far, by recipient and then in no order."""
        return sorted((Mail(path) for path in (self.dir / "mails").glob("*.eml")), key=lambda mail: (mail.to, mail.file))

    def forget(self):
        for path in (self.dir / "mails").iterdir():
            path.unlink()

    def status(self, now=NOW):
        return json.loads(self.run("status", "--no-dns", "--json", now=now))

    def sql(self, query):
        with sqlite3.connect(self.dir / "store" / "reports.db") as db:
            return db.execute(query).fetchall()


def check_ledger(mails, sources):
    """Each of so many sources in exactly one report to both addresses; what was handed over again is the same to the byte. A sentence."""
    at, by_id, by_address, of_source = collections.Counter(), {}, {}, collections.defaultdict(set)
    for mail in mails:
        key = (mail.report_id, mail.to)
        at[key] += 1
        same(by_address.setdefault(key, mail.bytes) == mail.bytes, True, f"J5 {key} other bytes when repeated")
        same(by_id.setdefault(mail.report_id, (mail.file, mail.xml)) == (mail.file, mail.xml), True, f"J5 {mail.report_id}: two reports")
        for source in re.findall(r"<source_ip>(.*?)</source_ip>", mail.xml):
            of_source[source].add(mail.report_id)
    same([source for source, ids in of_source.items() if len(ids) != 1], [], "J4 sources in two reports")
    same(len(of_source), sources, "H1 sources that were reported")
    same(len(at), 2 * len(by_id), "each report to both addresses")
    same({mail.message["Message-ID"] for mail in mails} and len({(m.message["Message-ID"]) for m in mails}), len(at), "Message-IDs")
    return f"{len(by_id)} reports in {len(at)} mails, {len(mails) - len(at)} of them handed over once more, byte for byte"


def largest_child_mb():
    """The peak of the largest process that has ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def same(got, want, what):
    if got != want:
        raise AssertionError(f"{what}: {got!r}, not {want!r}")


def within(want, text, what):
    if want not in text:
        raise AssertionError(f"{what}: no {want!r} in {text!r}")


def play(tests):
    """Runs them, and prints what tests/run reads."""
    passed = failed = skipped = 0
    for name, test in tests:
        try:
            why = test()
            passed, skipped = passed + (not why), skipped + bool(why)
            if why:
                print(f"SKIP {name}: {why}", flush=True)
        except Exception as problem:  # whatever it is, the others still run
            failed += 1
            print(f"FAIL {name}: {type(problem).__name__}: {problem}", flush=True)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed else 0)
