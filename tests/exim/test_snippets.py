# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The files of contrib/exim4, as they are there, in a real Exim; only paths are the lab's."""

import re
import subprocess

from lab.exim import USER, Exim
from lab.process import wait_until
from lab.scratch import ROOT
from lab.senders import FORGER

from testing import absent, holds, same, table, test, within
from world import shoot

CONTRIB = ROOT / "contrib" / "exim4"
JUNK = "nobody@receiver.example"  # the snippets route by account


def placed(name, directory):
    """A snippet with the lab's paths for those of the system; deliveries are the lab's user's."""
    text = (CONTRIB / name).read_text()
    text = text.replace("/usr/share/dmx", str(directory)).replace("/etc/exim4", f"{directory}/etc")
    text = text.replace("/var/spool/exim4", f"{directory}/spool").replace("/var/log/exim4", f"{directory}/log")
    return re.sub(r"(  directory = )\$home/Maildir(.*)", rf"\1{directory}/mail\2\n  user = {USER}\n  group = {USER}\n  current_directory = /", text)


class Snippets(Exim):
    """The lab's Exim with the snippets in the places that Debian's configuration has for them."""

    def __init__(self, world, **more):
        self.names = [path.relative_to(CONTRIB) for path in CONTRIB.rglob("*") if path.is_file() and path.name != "README.md"]
        super().__init__(world.scratch, world.flavour, world.module, options={"local_scan_path": None, "local_scan_timeout": None},
                         main="domainlist local_domains = receiver.example\nhostlist relay_from_hosts = 127.0.0.9\n",
                         acls={"rcpt": ".include_if_exists CHECK_RCPT_LOCAL_ACL_FILE\n", "data": ".include_if_exists CHECK_DATA_LOCAL_ACL_FILE\n"},
                         exim_dkim=True, **more)
        world.configure(self)

    def _write_conf(self):
        text = (ROOT / "contrib" / "exim4.conf.in").read_text()
        self.load = self.directory / "exim4.conf"
        self.load.write_text(text.replace("@SHAREDIR@", str(self.directory)).replace("@MODULEDIR@", str(self.directory)))
        for name in self.names:
            target = self.directory / "etc" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(placed(name, self.directory))
        self.place()

    def place(self):
        main = (self.directory / "etc" / "conf.d" / "main" / "50_dmx").read_text()
        if main not in self._main:
            self._main += main
            self._routers = (self.directory / "etc" / "conf.d" / "router" / "880_dmx").read_text() + self._routers
            self._transports += (self.directory / "etc" / "conf.d" / "transport" / "40_dmx").read_text()
        super()._write_conf()

    def junk(self):
        return list((self.directory / "mail" / ".Junk" / "new").glob("*"))


class ByHand(Snippets):
    """contrib/exim4/exim.conf, which includes the others; of the lab's own are only port, files and sockets."""

    def place(self):
        options = self._main_options()
        own = ("exim_path", "pid_file_path", "notifier_socket", "local_interfaces", "daemon_smtp_ports", "deliver_drop_privilege", "host_lookup",
               "rfc1413_hosts", "tls_advertise_hosts", "timezone")
        text = (self.directory / "etc" / "exim.conf").read_text().replace("DMX_CONFIG=" + str(self.directory / "etc"), f"DMX_CONFIG={self.directory}")
        lines = [f"{name} = {str(options[name]).lower() if isinstance(options[name], bool) else options[name]}" for name in own]
        self.conf.write_text("\n".join(lines) + "\n" + text)
        self.conf.chmod(0o644)


KINDS = {"in Debian's places": (Snippets,), "in one of your own": (ByHand,)}


def refused(world, exim, **how):
    shot = world.send(world.forged(), kind=exim, **how)
    same((shot.code, shot.verdict.disposition), (550, "reject"), "the forged message")
    return shot


@table(KINDS)
def loading_and_junk(world, kind):
    with kind(world) as exim:
        refused(world, exim, recipients=(JUNK,))
        shot = world.send(world.forged("shop.example"), kind=exim, recipients=(JUNK,))
        same((shot.code, shot.verdict.disposition), (250, "quarantine"), "the message in quarantine")
        wait_until(exim.junk, 10, lambda: f"something in Junk; {exim.log()}")
        within(b"X-DMARC-Fail-Policy: quarantine", exim.junk()[0].read_bytes(), "the message in Junk")


@table(KINDS)
def opting_out(world, kind):
    with kind(world) as exim:
        refused(world, exim, recipients=(JUNK,))
        for line in (JUNK, "*@receiver.example"):
            (exim.directory / "etc" / "dmx_optout").write_text(f"other@receiver.example\n{line}\n")
            shot = world.send(world.forged(), kind=exim, recipients=(JUNK,))
            same((shot.code, shot.verdict.disposition, shot.verdict.would_be), (250, "none", "reject"), f"with the line {line}")
        (exim.directory / "etc" / "dmx_optout").write_text("other@receiver.example\n*@elsewhere.example\n")
        refused(world, exim, recipients=(JUNK,))


@table(KINDS)
def opting_out_for_others(world, kind):
    """Who forges names one that has opted out beside the one whom he means: taken or refused, in any order, or within a local part."""
    others = ("root@receiver.example", "away@elsewhere.example", '"x, nobody@receiver.example"@receiver.example')
    with kind(world) as exim:
        (exim.directory / "etc" / "dmx_optout").write_text(f"{JUNK}\n*@elsewhere.example\n")
        for recipients in ((JUNK, others[0]), (others[0], JUNK), (others[1], others[0]), (others[2],)):
            refused(world, exim, recipients=recipients)


@table(KINDS)
def relay_clients(world, kind):
    with kind(world) as exim:
        source = "127.0.0.9" if kind is Snippets else "127.0.0.1"
        for chunks in (None, 2):
            shot = world.send(world.forged(), kind=exim, recipients=(JUNK,), source=source, chunks=chunks)
            same((shot.code, shot.verdict.exempt), (250, "acl"), "a relay client's message")


@table(KINDS)
def no_from(world, kind):
    with kind(world) as exim:
        shot = world.send(b"Subject: x\n\nhi\n", kind=exim, recipients=(JUNK,))
        same(shot.code, 550, "the reply")
        within("the message has no From field", shot.text, "the reply")


@test
def the_signal_of_a_spamtrap(world):
    with Snippets(world) as exim:
        config = {"rules": "rfc9989"}
        same(world.send(world.forged(), kind=exim, config=config).code, 250, "without the signal")
        shot = world.send(world.forged(), kind=exim, config=config, recipients=("spamtrap@receiver.example",))
        same(shot.code, 550, f"with the signal ({shot.lines})")


@test
def exims_own_dkim_is_off(world):
    """Otherwise Exim logs each signature that it verifies."""
    with Snippets(world) as exim:
        case = next(case for case in world.senders.cases() if "DKIM only, RSA" in case.name)
        shot = world.play(case, kind=exim)
        same((shot.code, shot.verdict.dkim), (250, ("pass",)), "the verdict")
        absent("DKIM: ", "\n".join(exim.log()), "the log")


@test(flavours=("heavy",))
def the_daemon_preloads(world):
    with Snippets(world) as exim:
        refused(world, exim)
        maps = open(f"/proc/{exim.process.pid}/maps").read()
        within(str(exim.directory / "dmx.so"), maps, "what the daemon has mapped")


@table(KINDS)
def removing(world, kind):
    """What `make uninstall` and the package do first: whatever the snippets have set up, mail flows on, and a new connection asks for nothing."""
    with kind(world) as exim:
        refused(world, exim, recipients=(JUNK,))
        program = exim.directory / "bin" / "exim4"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {exim.binary} -C {exim.conf} "$@"\n')
        program.chmod(0o755)
        said = subprocess.run([ROOT / "contrib" / "dev" / "unload", exim.load, exim.directory / "dmx.so", exim.directory / "etc"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"PATH": f"{program.parent}:/usr/bin:/bin"}, check=True).stdout
        same(said, f"dmx: Exim no longer loads it; telling a running Exim so\ndmx: Exim's process {exim.process.pid} was told\n", "what it says")
        (exim.directory / "dmx.so").unlink()
        wait_until(lambda: "SIGHUP received" in "\n".join(exim.log()) and "listening for SMTP" in exim.log()[-1], 10, lambda: f"a restart in {exim.log()}")
        mark = len(exim.log())
        same(shoot_unjudged(world, exim), 250, "the forged message")
        absent("dmx", "\n".join(exim.log()[mark:]).replace("dmx_", ""), "the log")
        same(exim.log("panic"), [], "the panic log")


def shoot_unjudged(world, exim):
    with world.session(kind=exim) as client:
        return shoot(client, world.forged(), recipients=(JUNK,)).code


@test
def trusted_relays(world):
    with Snippets(world) as exim:
        relays = exim.directory / "etc" / "dmx.relays"
        with open(relays, "a") as to:
            to.write(f"{FORGER}\n")
        shot = world.send(world.forged(), kind=exim, config={"trusted_ips": f"127.0.0.5, @{relays}"})
        same((shot.code, shot.verdict.exempt), (250, "trusted-ip"), "by trusted_ips")
        shot = world.send(world.forged(), kind=exim, config={"inbound_relays": f"@{relays}"})
        holds(shot.verdict.spf != "pass", f"SPF of an inbound relay: {shot.verdict.line}")


@test
def cutthrough_delivery_and_why_not(world):
    """Refusing works; what is to be on top of the message comes too late."""
    with Exim(world.scratch, world.flavour) as behind:
        route = f"onward:\n  driver = manualroute\n  route_list = * 127.0.0.1::{behind.port} byname\n  self = send\n  transport = onward\n"
        smtp = "onward:\n  driver = smtp\n  allow_localhost\n"
        for cut, marked in (("", True), ("  warn control = cutthrough_delivery\n       verify = recipient\n", False)):
            with Exim(world.scratch, world.flavour, world.module, acls={"rcpt": cut}, routers=route, transports=smtp) as exim:
                refused(world, exim)
                shot = world.send(world.forged("shop.example"), kind=exim)
                same(shot.code, 250, "the reply")
                got = behind.messages(1)[-1]
                same(bool(got.header("X-DMARC-Fail-Policy")), marked, f"the mark with {cut!r}")
                behind.forget()
