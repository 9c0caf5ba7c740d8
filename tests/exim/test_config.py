# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A configuration that is missing or wrong: mail is accepted unchecked, and the administrator learns why."""

import os

from lab.dnsfault import FaultyServer

from testing import holds, same, table, test, within
from world import AS_IT_IS, MISSING, names, ours, shoot

# The configuration, and what the log must name besides the file.
BROKEN = {
    "missing": (MISSING, ["dmx.conf"]),
    "a mistyped option": ("mode = enforce\n\ntrusted_ipps = 127.0.0.5\n", ["dmx.conf", "line 3", "trusted_ipps", "trusted_ips"]),
    "a wrong value": ("mode = enforced\n", ["dmx.conf", "line 1", "mode", "enforced"]),
    "no equals sign": ("# fine\nmode enforce\n", ["dmx.conf", "line 2"]),
    "given twice": ("mode = enforce\nmode = monitor\n", ["dmx.conf", "line 2", "mode"]),
    "two mistakes": ("mdoe = x\nmode = enforced\n", ["dmx.conf", "line 1", "mdoe", "(and 1 more mistake; `dmx config test` lists them)"]),
    "a wrong address": ("trusted_ips = 127.0.0.5, 300.1.2.3\n", ["dmx.conf", "line 1", "trusted_ips", "300.1.2.3"]),
    "a list that is not there": ("trusted_ips = @@DIR@/no-such-list\n", ["no-such-list", "trusted_ips"]),
    "a host list with commas": ("trusted_hosts = 127.0.0.66, *.example.org\n", ["trusted_hosts", "separates by colons"]),
    "a host list with an @FILE": ("trusted_hosts = @/etc/exim4/relays\n", ["trusted_hosts", "by its path alone"]),
    "binary": ("\0\1\2\n", ["dmx.conf", "line 1"]),
}


@table(BROKEN)
def mail_is_accepted_unchecked_and_the_log_says_why(world, config, named):
    shot = world.send(world.forged(), config=config)
    delivered = shot.delivered()
    lines = [line for line in shot.lines if " dmx: " in line]
    same(len(lines), 1, f"the lines of dmx in {shot.lines}")
    within("accepted unchecked", lines[0], "the line")
    within("dmarc=temperror", lines[0], "the line")
    for word in named:
        within(word, lines[0], "the line")
    within("dmarc=temperror", delivered.data, "$local_scan_data")
    same(ours(delivered), [], "Authentication-Results of ours")


@test
def a_directory_in_its_place(world):
    exim = world.exim()
    world.configure(exim, MISSING)
    exim.dmx_conf.mkdir()
    try:
        with world.session(config=AS_IT_IS) as client:
            shot = shoot(client, world.forged())
        same(shot.code, 250, "the reply")
        within("accepted unchecked", "".join(shot.lines), "the log")
    finally:
        exim.dmx_conf.rmdir()


@test
def a_file_that_exims_user_cannot_read(world):
    exim = world.exim()
    world.configure(exim, {})
    os.chmod(exim.dmx_conf, 0o600)
    with world.session(config=AS_IT_IS) as client:
        shot = shoot(client, world.forged())
    same(shot.code, 250, "the reply")
    within("dmx.conf", next(line for line in shot.lines if " dmx: " in line), "the line")


@test
def a_wrong_configuration_asks_nothing(world):
    with FaultyServer(world.senders.records()) as dns:
        same(world.send(world.forged(), config=f"nameservers = {dns.address}\nmode = x\n").code, 250, "the reply")
        same(dns.questions, [], "the questions")


@test
def one_line_in_the_panic_log_for_many_messages(world):
    exim = world.exim()
    (exim.directory / "spool" / "dmx-panic.stamp").unlink(missing_ok=True)
    mark = len(exim.log("panic"))
    for _ in range(3):
        with world.session(config="mdoe = monitor\n") as client:
            for _ in range(2):
                same(shoot(client, world.forged()).code, 250, "the reply")
    lines = exim.log("panic")[mark:]
    same(len(lines), 1, f"the lines in the panic log {lines}")
    within("mdoe", lines[0], "the line")


@test
def an_hour_later_there_is_another(world):
    exim = world.exim()
    world.send(world.forged(), config="mdoe = monitor\n")
    stamp = exim.directory / "spool" / "dmx-panic.stamp"
    mark = len(exim.log("panic"))
    past = stamp.stat().st_mtime - 3700
    os.utime(stamp, (past, past))
    world.send(world.forged(), config="mdoe = monitor\n")
    same(len(exim.log("panic")[mark:]), 1, "the new lines in the panic log")


@test
def the_next_connection_sees_the_repair(world):
    same(world.send(world.forged(), config="mdoe = monitor\n").code, 250, "with the wrong one")
    same(world.send(world.forged()).code, 550, "with the right one")


@test
def the_public_suffix_list_falls_back_to_debians(world):
    shot = world.send(world.forged("news.club.example"), config={"psl_file": "@DIR@/no-list"})
    same((shot.code, shot.verdict.policy), (550, "reject"), "with a file that is not there")


@test
def a_damaged_suffix_list_is_said_and_debians_used(world):
    shot = world.send(world.forged("news.club.example"), config={"psl_file": "@DIR@/dmx.conf"})
    same(shot.code, 550, "the reply: sp= of club.example reaches down by Debian's list")
    holds(any("dmx: public suffix list:" in line and "dmx.conf" in line for line in shot.lines), lambda: f"nothing of it in {shot.lines}")


@test
def the_sample_configuration_only_monitors(world):
    """contrib/dmx.conf as installed, but for the lab's addresses."""
    from lab.scratch import ROOT
    text = (ROOT / "contrib" / "dmx.conf").read_text().replace("127.0.0.0/8, ::1", "127.0.0.5")
    shot = world.send(world.forged(), config=text + f"nameservers = {world.dns.address}\n")
    same((shot.code, shot.verdict.disposition, shot.verdict.would_be), (250, "none", "reject"), "the verdict")
    holds(names(shot.delivered())[0] == "Authentication-Results", "no Authentication-Results on top")
