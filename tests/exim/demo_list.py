# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The demo's last act: the public suffix list changes, psl-updater installs it, and a name belongs to another organization."""

import pathlib
import re
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "psl-updater"))

from lab.scratch import LabError  # noqa: E402
from lab.senders import FORGER, RECIPIENT, message  # noqa: E402
from lab.smtp import Client  # noqa: E402
from server import Server, text  # noqa: E402
from updater import listed  # noqa: E402

NAME = "news.club.example"
INTRODUCTION = f"""
The public suffix list says where organizations begin. psl-updater fetches it from a server on
loopback: first a list without club.example, then one with it, by which each name below it is an
organization of its own. After each the same mail comes, forged in the name of {NAME},
which publishes no policy; club.example says sp=reject:
"""


def update(options, path, url):
    """Run psl-updater; what it says."""
    program = pathlib.Path(options.module).with_name("psl-updater")
    config = path.parent / "empty.conf"
    config.write_text("")
    done = subprocess.run([program, "--config", config, "--file", path, "--url", url, "--allow-http", "--now"], capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        raise LabError(f"psl-updater: exit status {done.returncode}: {done.stderr}")
    return done.stdout.replace(f"{path.parent}/", "").strip()


def organization(options, path):
    """As `dmx check` tells it."""
    dmx = pathlib.Path(options.module).with_name("dmx")
    mail, zone = path.parent / "mail", path.parent / "zone"
    mail.write_text(f"From: editor@{NAME}\n\nx\n")
    zone.write_text("")
    done = subprocess.run([dmx, "check", "--psl", path, "--zone", zone, "-v", mail], capture_output=True, text=True, timeout=30, check=False)
    found = re.search(r"organizational domain ([\w.-]+)", done.stdout)
    return found[1].rstrip(".") if found else "?"


def forge(exim):
    with Client(exim.port, source=FORGER) as client:
        client.ehlo("mail.forger.example")
        return client.send(message(f"editor@{NAME}"), "bounce@forger.example", [RECIPIENT]).final


def shortened(reply):
    told, more, _ = reply.lines[0].partition(" was ")
    return f"{reply.code} {told.partition(' id=')[0]}{'…' if more else ''}"


def show(scratch, exim, config, options):
    """config: the module's, as text. LabError where something is not as it should be."""
    path = scratch.directory("list") / "list.dafsa"
    exim.set_dmx_config(f"{config}psl_file = {path}\n")
    print(INTRODUCTION)
    scenes = {}
    with Server(scenes) as server:
        for version, rules, wanted in (("2026-11-01", (), ("club.example", 550)), ("2026-11-15", ("club.example",), (NAME, 250))):
            scenes["/list"] = text(listed(version, *rules))
            print(f"  {update(options, path, server.url('/list'))}")
            owner, reply = organization(options, path), forge(exim)
            print(f"    organizational domain of {NAME}: {owner}\n    reply: {shortened(reply)}\n")
            if (owner, reply.code) != wanted:
                raise LabError(f"after the update it should be {wanted}")
