# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Exim's process is left as it was found, signals do no harm, and the daemon outlives its children."""

import contextlib
import os
import pathlib
import signal
import threading
import time

from lab.dnsfault import Fault, FaultyServer
from lab.exim import Exim
from lab.process import wait_until
from lab.senders import message
from lab.smtp import Client, Closed

from testing import faster_than, holds, same, table, test, within
from world import AS_IT_IS, KINDS, log_since, log_size, names, shoot

_SLOW = {("*", "ANY"): Fault(delay_ms=400)}


def _children(exim):
    """The processes that the daemon forked: one for each open connection."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if int(parent) == exim.process.pid and state not in "ZX":
                    found.append(int(entry.name))
    return found


def _child(exim):
    return wait_until(lambda: len(_children(exim)) == 1 and _children(exim), 5, lambda: f"one child of Exim, not {_children(exim)}")[0]


def _status(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {line.partition(":")[0]: line.partition(":")[2].strip() for line in lines}


def _descriptors(pid):
    return sorted(os.readlink(path) for path in pathlib.Path(f"/proc/{pid}/fd").iterdir())


@test
def signals_umask_directory_and_descriptors_stay(world):
    """Before the first message, after it, and after more of them."""
    with world.session() as client:
        pid = _child(client.exim)
        before = _status(pid)
        cases = [world.forged(), world.senders.bank.sign(message("news@bank.example")), message("x@nothing.example")]
        shoot(client, cases[0])
        first, opened = _status(pid), _descriptors(pid)
        for given in cases * 3:
            shoot(client, given)
        last = _status(pid)
        for name in ("SigBlk", "ShdPnd", "SigPnd", "SigIgn", "Umask", "Threads"):
            same((first[name], last[name]), (before[name],) * 2, name)
        same(last["SigCgt"], first["SigCgt"], "the signals that are caught")
        same(len(_descriptors(pid)), len(opened), f"the descriptors {_descriptors(pid)}, before {opened}")
        same(pathlib.Path(os.readlink(f"/proc/{pid}/cwd")), client.exim.directory / "spool", "the working directory")


def _under_way(world, exim, given, dns, results, config=AS_IT_IS):
    """Send a message in a thread, and wait until it asks the (slow) name server. Its shot, or its exception, goes into `results`."""
    asked = len(dns.questions)

    def run():
        try:
            with world.session(exim, config=config) as client:
                results.append(shoot(client, given))
        except (OSError, Closed) as problem:
            results.append(problem)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    wait_until(lambda: len(dns.questions) > asked, 10, "a question")
    return thread


@table({name: (getattr(signal, name),) for name in ("SIGUSR1", "SIGTERM", "SIGINT", "SIGHUP", "SIGCHLD", "SIGPIPE", "SIGWINCH")})
def signals_while_dns_is_slow(world, number):
    """The verdict is the same; the wait is not cut short, nor made longer."""
    exim, results = world.exim(), []
    with FaultyServer(world.senders.records(), _SLOW) as dns:
        world.configure(exim, {"nameservers": dns.address})
        thread = _under_way(world, exim, world.forged(), dns, results)
        pid = _child(exim)
        for _ in range(3):
            with contextlib.suppress(ProcessLookupError):  # then there is no reply, which is said below
                os.kill(pid, number)
            time.sleep(0.03)
        thread.join(20)
    same([getattr(result, "code", result) for result in results], [550], "what came of the message")
    same(world.send(world.forged()).code, 550, "the next message")


@test
def exims_alarm_is_let_through_while_we_wait(world):
    """Should it come after all (our deadline is shorter), then at an instant at which Exim can leave unharmed: it says so, and ends the
    connection in good order."""
    results = []
    with world.fresh_exim(**KINDS["plain"]) as exim, FaultyServer(world.senders.records(), _SLOW) as dns:
        world.configure(exim, {"nameservers": dns.address})
        thread = _under_way(world, exim, world.forged(), dns, results)
        os.kill(_child(exim), signal.SIGALRM)
        with faster_than(5, "the reply"):
            thread.join(20)
        same([getattr(result, "code", result) for result in results], [421], "what came of the message")
        exim.wait_log(r"local_scan\(\) function timed out")
        wait_until(lambda: not exim.spool_files(), 5, "an empty spool")
        same(world.send(world.forged(), kind=exim).code, 550, "the next message")


@table({name: (getattr(signal, name),) for name in ("SIGTERM", "SIGHUP")})
def the_daemon_is_signalled(world, number):
    """The message that is under way gets its verdict; after SIGHUP there is a daemon as before."""
    results = []
    with world.fresh_exim(**KINDS["plain"]) as exim, FaultyServer(world.senders.records(), _SLOW) as dns:
        world.configure(exim, {"nameservers": dns.address})
        thread = _under_way(world, exim, world.forged(), dns, results)
        os.kill(exim.process.pid, number)
        thread.join(20)
        same([getattr(result, "code", result) for result in results], [550], "what came of the message")
        if number == signal.SIGTERM:
            wait_until(lambda: not exim.process.alive(), 5, "the daemon's end")
        else:
            wait_until(lambda: sum("daemon started" in line for line in exim.log()) == 2, 5, "the daemon's restart")
            same(world.send(world.forged(), kind=exim).code, 550, "the next message")


@table({name: (getattr(signal, name),) for name in ("SIGKILL", "SIGSTOP")})
def a_child_is_killed_or_stopped(world, number):
    """The daemon and the next connection do not care."""
    results = []
    with world.fresh_exim(**KINDS["plain"]) as exim, FaultyServer(world.senders.records(), _SLOW) as dns:
        world.configure(exim, {"nameservers": dns.address})
        thread = _under_way(world, exim, world.forged(), dns, results)
        pid = _child(exim)
        os.kill(pid, number)
        with faster_than(5, "the next messages"):
            for _ in range(3):
                same(world.send(world.forged(), kind=exim).code, 550, "the next message")
        if number == signal.SIGSTOP:
            os.kill(pid, signal.SIGCONT)
        thread.join(20)
        if number == signal.SIGKILL:
            holds(isinstance(results[0], (OSError, Closed)), f"the killed one got {results}")
        else:
            same([getattr(result, "code", result) for result in results], [550], "what came of the message")


@test
def the_client_goes_away(world):
    """It closes the connection while the verdict is being found; Exim notices, and goes on."""
    exim = world.exim()
    with FaultyServer(world.senders.records(), _SLOW) as dns:
        world.configure(exim, {"nameservers": dns.address})
        mark = log_size(exim)
        client = Client(exim.port, source="127.0.0.66")
        client.ehlo("mail.forger.example")
        client.mail("bounce@forger.example")
        client.rcpt("user@receiver.example")
        client.command("DATA")
        client.send_raw(world.forged() + b".\r\n")
        wait_until(lambda: dns.questions, 10, "a question")
        client.close()
        wait_until(lambda: any(" disposition=reject " in line for line in log_since(exim, mark)), 10, "the verdict in the log")
        wait_until(lambda: not _children(exim), 10, "the end of the connection")
    same(world.send(world.forged()).code, 550, "the next message")


@test
def prdr(world):
    """Each recipient has been told 250 before local_scan() runs; the last reply refuses them all."""
    with world.session() as client:
        within("PRDR", client.extensions, "what Exim offers")
        shot = shoot(client, world.forged(), recipients=["a@receiver.example", "b@receiver.example"], parameters=["PRDR"])
        same([reply.code for reply in client.replies[-4:]], [353, 250, 250, 550], "the replies")
        within("5.7.1 DMARC", shot.text, "the last one")
        shot = shoot(client, message("x@nothing.example"), recipients=["a@receiver.example", "b@receiver.example"], parameters=["PRDR"])
        same(shot.code, 250, "the reply to an honest one")


_CUTTHROUGH = {
    "acls": {"rcpt": "  warn domains = relay.example\n       control = cutthrough_delivery\n       verify = recipient\n"},
    "transports": "relay:\n  driver = smtp\n",
}


@test
def cutthrough_delivery(world):
    """Exim sends the message on while it comes in: a refusal still stops it, but added fields do not reach it (a limit of Exim's)."""
    with Exim(world.scratch, world.flavour) as sink:
        router = (f"relay:\n  driver = manualroute\n  domains = relay.example\n  route_list = * 127.0.0.1::{sink.port} byname\n"
                  "  self = send\n  transport = relay\n  no_more\n")
        with world.fresh_exim(**_CUTTHROUGH, routers=router) as exim, world.session(exim) as client:
            same(shoot(client, world.forged(), recipients=["user@relay.example"]).code, 550, "the reply to a forged one")
            shot = shoot(client, world.senders.bank.sign(message("news@bank.example")), recipients=["user@relay.example"])
            same((shot.code, shot.verdict.dmarc), (250, "pass"), shot.text)
            holds(any(" >> " in line for line in shot.lines), f"no cutthrough delivery in {shot.lines}")
            quarantined = shoot(client, world.forged("shop.example"), recipients=["user@relay.example"])
            same((quarantined.code, quarantined.verdict.disposition), (250, "quarantine"), quarantined.text)
        arrived = sink.messages(2)
        same(len(arrived), 2, "the messages that were sent on")
        for got in arrived:
            same([name for name in names(got) if name in ("Authentication-Results", "X-DMARC-Fail-Policy")], [], "our fields")
