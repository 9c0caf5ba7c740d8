# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The journal as the module writes it, and the words of the administrator's ACLs that go into a verdict."""

import contextlib
import json
import os
import resource
import shutil
import stat
import subprocess

from lab.exim import USER
from lab.senders import FORGER, message

from testing import absent, holds, same, table, test, within
from world import KINDS


def _ledger(world, exim, *arguments):
    done = subprocess.run([world.dmx, "ledger", "--config", str(exim.dmx_conf), "--json", *arguments], capture_output=True, timeout=30,
                          check=False)
    same(done.returncode, 0, f"dmx ledger: {done.stderr.decode()}")
    return json.loads(done.stdout)


@test
def one_record_a_message(world):
    exim, config = world.exim(), {"journal_dir": "@DIR@/counted"}
    same(world.send(world.forged(), config=config).code, 550, "refused")
    same(world.send(world.forged("shop.example"), config=config).code, 250, "quarantined")
    same(world.send(world.forged(), ["acl-exempt@receiver.example"], config=config).code, 250, "exempt")
    world.configure(exim, config)
    found = _ledger(world, exim)
    same([found[key] for key in ("messages", "exempt", "refused", "quarantined", "really_refused", "damaged_bytes")], [3, 1, 1, 1, 1, 0],
         "the ledger")
    for path, mode in ((exim.directory / "counted", 0o750), (exim.directory / "counted" / "journal", 0o640)):
        same(oct(stat.S_IMODE(path.stat().st_mode)), oct(mode), path.name)
    holds(b"service@" not in (exim.directory / "counted" / "journal").read_bytes(), "a local part in the journal")


@test
def a_rehearsal_is_not_written_down(world):
    exim = world.exim()
    world.configure(exim, {"journal_dir": "@DIR@/rehearsed"})
    given = b"EHLO x\r\nMAIL FROM:<x@forger.example>\r\nRCPT TO:<user@receiver.example>\r\nDATA\r\n" + world.forged() + b"\r\n.\r\nQUIT\r\n"
    within(b"disposition=reject", exim.run(["-bh", FORGER], given).stderr, "what -bh shows")
    holds(not (exim.directory / "rehearsed").exists(), "a journal of it")


@table({"no such place": ("@DIR@/no/where", "No such file"), "a file in its place": ("@DIR@/exim.conf", "Not a directory")})
def a_journal_that_cannot_be_written_stops_no_mail(world, place, why):
    shot = world.send(message("x@nothing.example"), config={"journal_dir": place})
    same(shot.code, 250, "the reply")
    within(why, shot.verdict.journal or "", shot.verdict.line)


@contextlib.contextmanager
def _file_size_limit(size):
    """A soft limit, which the processes that are started meanwhile keep."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@test
def a_limit_of_file_size_ends_no_session(world):
    """SIGXFSZ would kill Exim's process behind DATA, without a reply and without a line in the log."""
    with contextlib.ExitStack() as stack:
        with _file_size_limit(10 << 20):
            exim = stack.enter_context(world.fresh_exim(**KINDS["plain"]))
        path = exim.directory / "limited"
        path.mkdir(mode=0o750)
        (path / "journal").touch(mode=0o640)
        os.truncate(path / "journal", 20 << 20)
        for each in (path, path / "journal"):
            shutil.chown(each, USER, USER)
        shot = world.send(message("x@nothing.example"), kind=exim, config={"journal_dir": "@DIR@/limited"})
        same(shot.code, 250, "the reply")
        within("too large", shot.verdict.journal or "", shot.verdict.line)


@table({"none": ("user", "quarantine", None), "a word": ("acl-signal", "reject", "acl-signal")})
def a_signal_of_the_acl(world, local, disposition, signal):
    shot = world.send(world.forged(), [f"{local}@receiver.example"], config={"rules": "rfc9989"})
    same((shot.verdict.disposition, shot.verdict.signal), (disposition, signal), shot.verdict.line)
    same(shot.code, 550 if signal else 250, "the reply")
    if signal:
        within("spamtrap", shot.verdict.because, "the reason in the log")


@test
def the_forgers_own_words_are_no_signal(world):
    """Nothing of a message is taken for the administrator's variable."""
    given = message("service@bank.example", extra="acl_m_dmx_signal: x\nX-ACL-M-DMX-Signal: x\n")
    shot = world.send(given, config={"rules": "rfc9989"})
    same(shot.verdict.disposition, "quarantine", shot.verdict.line)


@test
def mail_of_a_relay_is_never_refused(world):
    shot = world.send(world.forged(), config={"inbound_relays": FORGER})
    same((shot.code, shot.verdict.disposition, shot.verdict.spf), (250, "quarantine", "none"), shot.verdict.line)
    same(shot.delivered().header("X-DMARC-Fail-Policy"), ["reject"], "the fail-policy header")


@test
def approved_mail_bears_no_mark(world):
    given = world.senders.list.sign(message("news@shop.example"))
    shot = world.send(given, config={"approved_domains": "list.example for shop.example"})
    same((shot.code, shot.verdict.disposition, shot.verdict.override), (250, "none", "local_policy"), shot.verdict.line)
    absent("X-DMARC-Fail-Policy", [name for name, _ in shot.delivered().headers], "the fields")
