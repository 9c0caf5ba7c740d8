# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Plays month.scn, an administrator's month: monitor, ledger, overrides, enforce."""

import datetime
import json
import pathlib
import re
import shlex
import subprocess

from lab.senders import message

from testing import holds, same, test

SCENARIO = pathlib.Path(__file__).resolve().with_name("month.scn")


def _dates(text):
    """{+30} and {-1} as dates."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return re.sub(r"\{([+-]\d+)\}", lambda found: str(today + datetime.timedelta(days=int(found[1]))), text)


def _lookup(value, path):
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return str(value)


class Month:
    """The state between two lines."""

    def __init__(self, world, exim):
        self.world, self.exim, self.senders = world, exim, world.senders
        self.config = {"journal_dir": "@DIR@/month"}
        self.overrides = exim.directory / "overrides"

    def mail(self, what):
        """The message, and how it is sent."""
        kind, _, domain = what.partition(" ")
        if kind == "list":
            return self.senders.listed(), {"source": self.senders.list.address, "helo": "lists.list.example",
                                           "mail_from": "cooks-bounces@list.example"}
        given = message(f"news@{domain}")
        if kind == "genuine":
            sender = next(sender for sender in self.senders.all() if sender.domain == domain)
            return sender.sign(given), {"source": sender.address, "helo": f"mail.{domain}", "mail_from": f"news@{domain}"}
        if kind == "agency":
            return self.senders.list.sign(given), {"source": self.senders.list.address, "helo": "lists.list.example",
                                                   "mail_from": "bounce@list.example"}
        same(kind, "forged", "the kind of mail")
        return given, {}

    def play_mail(self, what, wanted):
        given, how = self.mail(what)
        shot = self.world.send(given, kind=self.exim, config=self.config, **how)
        for key, value in wanted:
            got = str(shot.code) if key == "code" else shot.verdict.fields.get(key, "-")
            same(got, value, f"{key} of {what}: {shot.verdict.line}")

    def play_ledger(self, arguments, wanted):
        conf = self.exim.dmx_conf
        done = subprocess.run([self.world.dmx, "ledger", "--json", "--config", str(conf), *shlex.split(arguments)], capture_output=True,
                              timeout=30, check=False)
        same(done.returncode, 0, f"dmx ledger: {done.stderr.decode()}")
        found = json.loads(done.stdout)
        for path, value in wanted:
            same(_lookup(found, path), value, f"{path} of `ledger {arguments}` in {done.stdout.decode()}")

    def play(self, line):
        command, _, rest = line.partition(" ")
        rest, _, want = rest.partition("->")
        rest, wanted = _dates(rest.strip()), [tuple(word.split("=", 1)) for word in want.split()]
        if command == "config":
            key, _, value = rest.partition("=")
            self.config[key.strip()] = value.strip()
        elif command == "overrides":
            self.overrides.write_text(rest + "\n")
            self.overrides.chmod(0o644)
        elif command == "mail":
            self.play_mail(rest, wanted)
        elif command == "ledger":
            self.world.configure(self.exim, self.config)
            self.play_ledger(rest, wanted)
        else:
            same(command, "day", "the first word of a line")


@test(flavours=("heavy",))
def an_administrators_month(world):
    with world.fresh_exim() as exim:
        month = Month(world, exim)
        for number, line in enumerate(SCENARIO.read_text().splitlines(), 1):
            line = line.split("#")[0].rstrip() if line.startswith("#") else line.rstrip()
            try:
                month.play(line) if line else None
            except Exception as problem:
                raise type(problem)(f"month.scn line {number}: {problem}") from problem
        held = (exim.directory / "month" / "journal").read_bytes()
        holds(b"news@" not in held and b"user@" not in held, "a local part in the journal")
