# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The shared cache in a real Exim: what it saves, what it must not change, and that mail flows without it.

CACHE_MESSAGES=1000 makes the warm run as long as one likes.
"""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import time

from lab.dns import DnsServer, txt
from lab.dnsfault import Fault, FaultyServer
from lab.exim import USER
from lab.scratch import give
from lab.senders import FORGER, TRUSTED, message

from testing import absent, faster_than, holds, same, table, test, within
from world import check_case, log_since, log_size, shoot

MESSAGES = int(os.environ.get("CACHE_MESSAGES", "200"))
A_CONNECTION = 20
NUMBERS = itertools.count(1)
UNTIL = f"{time.gmtime().tm_year + 1}-12-31"


@contextlib.contextmanager
def _counting(world, records=None, faults=None):
    """A name server that counts, and what is not there may be kept."""
    with FaultyServer(world.senders.records() if records is None else records, faults, negative_ttl=60) as dns:
        yield dns


def _directory(exim):
    path = exim.directory / f"run{next(NUMBERS)}"
    path.mkdir(mode=0o750)
    give(path, USER)
    return path


def _options(path, dns, **options):
    return {"cache_file": path, "cache_pins": path.parent / "pins", "cache_size": "1M", "nameservers": dns.address, **options}


def _fresh(world, dns, **options):
    """A configuration with a cache that is not there yet, and its path."""
    path = _directory(world.exim()) / "dmx.cache"
    return _options(path, dns, **options), path


def _dmx(world, config, *words, code=0):
    """dmx cache … on the cache of a configuration."""
    done = subprocess.run([world.dmx, "cache", *words, "-o", "cache_size=2M", "--file", str(config["cache_file"]),
                           "--pins", str(config["cache_pins"])], capture_output=True, timeout=30, check=False, text=True)
    same(done.returncode, code, f"dmx cache {' '.join(words)}: {done.stderr}")
    return done.stdout + done.stderr


def _json(world, config, *words):
    return json.loads(_dmx(world, config, *words, "--json"))


def _cache_lines(exim, mark):
    return [line for line in log_since(exim, mark) if "dmx: cache" in line]


def _no_stamp(exim):
    """So that the next trouble is told."""
    (exim.directory / "spool" / "dmx-cache.stamp").unlink(missing_ok=True)


# ---- what it saves

@test
def warm_mail_asks_nobody(world):
    """Every kind of message, with the verdict that it has without a cache."""
    cases = world.senders.cases()
    with _counting(world) as dns:
        config, _ = _fresh(world, dns)
        for case in cases:
            check_case(case, world.play(case, config=config))
        cold, before = len(dns.questions), _json(world, config, "stats")
        sent = 0
        while sent < MESSAGES:
            case = cases[sent // A_CONNECTION % len(cases)]
            with world.session(config=config, source=case.source, helo=case.helo, login=case.authenticated) as client:
                for _ in range(min(A_CONNECTION, MESSAGES - sent)):
                    check_case(case, shoot(client, case.message, case.mail_from))
                    sent += 1
        warm, after = len(dns.questions) - cold, _json(world, config, "stats")
    hits, misses = (after[key] - before[key] for key in ("hits", "misses"))
    print(f"cache/{world.flavour}: {len(cases)} cold messages asked {cold} questions; {MESSAGES} warm ones {warm}: "
          f"{warm / MESSAGES:.3f} a message, hit rate {100 * hits / (hits + misses):.1f} %", flush=True)
    holds(cold > 0 and hits > MESSAGES, f"{cold} questions cold, {hits} hits")
    holds(warm <= 0.05 * MESSAGES, f"{warm} questions by {MESSAGES} warm messages: {dns.questions[cold:]}")
    same([after[key] for key in ("skipped_writes", "takeovers", "evictions", "stale")], [0, 0, 0, 0], "trouble")


@test
def flush_makes_exactly_that_name_be_asked_again(world):
    with _counting(world) as dns:
        config, path = _fresh(world, dns)
        same(world.send(world.forged(), config=config).code, 550, "the first")
        within("1 answer forgotten", _dmx(world, config, "flush", "_DMARC.bank.example."), "flush")
        mark = len(dns.questions)
        same(world.send(world.forged(), config=config).code, 550, "the second")
        same(dns.questions[mark:], [("_dmarc.bank.example", "TXT", "udp")], "asked again")
        within("0 answers forgotten", _dmx(world, config, "flush", "nothing.example"), "flush of what is not there")
        before, inode = len(_json(world, config, "list")), path.stat().st_ino
        holds(before > 1, "several answers are kept")
        within(f"{before} answers forgotten", _dmx(world, config, "flush"), "flush of all")
        same(_json(world, config, "list"), [], "the list")
        same((path.stat().st_ino, path.stat().st_size), (inode, 1 << 20), "the file, whose size is not that of the command's options")


@test
def connections_share_it(world):
    with _counting(world) as dns:
        config, _ = _fresh(world, dns)
        with world.session(config=config) as first, world.session(config=config) as second:
            for client in (first, second, first, second):
                same(shoot(client, world.forged()).code, 550, "a forgery")
        same(dns.asked("_dmarc.bank.example"), ["TXT"], "the policy was asked for")


@test
def what_it_shows(world):
    with _counting(world) as dns:
        config, _ = _fresh(world, dns)
        world.send(world.forged(), config=config)
        world.send(world.forged(), config=config)
        mark = len(dns.questions)
        within("_dmarc.bank.example", _dmx(world, config, "list"), "the list")
        found = next(each for each in _json(world, config, "list") if each["name"] == "_dmarc.bank.example")
        same([found[key] for key in ("type", "status", "state", "pinned", "hits")], ["TXT", "ok", "fresh", False, 1], "the policy")
        holds(0 < found["ttl"] <= 300 and found["data"][0].startswith('"v=DMARC1;'), f"the policy: {found}")
        shown = _dmx(world, config, "show", "_dmarc.bank.example")
        within("_dmarc.bank.example TXT \"v=DMARC1;", shown, "show")
        within("1 hits", shown, "show")
        within("nothing is kept of nothing.example", _dmx(world, config, "show", "nothing.example", code=1), "show")
        within("hit rate", _dmx(world, config, "stats"), "stats")
        given = world.exim().directory / "given.eml"
        given.write_bytes(world.forged())
        before = _json(world, config, "stats")
        done = subprocess.run([world.dmx, "check", "--live-cache", *itertools.chain.from_iterable(
            ("-o", f"{key}={value}") for key, value in config.items()), "-o", "trusted_ips=", "--ip", FORGER, "--helo", "mail.forger.example", "--mail-from",
            "bounce@forger.example", str(given)], capture_output=True, timeout=30, check=False, text=True)
        within("Verdict reject", done.stdout, f"dmx check --live-cache: {done.stderr}")
        same(len(dns.questions), mark, "nobody was asked")
        same(_json(world, config, "stats"), before, "looking counts nothing")


# ---- when DNS fails

@test
def a_name_server_that_stops(world):
    """Mail of domains in the cache is judged as before; other mail is answered within the deadline, and waits once, not each."""
    records = world.senders.records() + [txt("_dmarc.other.example", "v=DMARC1; p=reject")]
    with DnsServer(world.scratch, records) as dns:
        config, _ = _fresh(world, dns, deadline="3s", dns_timeout="1s", dns_tries=1)
        signed = world.senders.bank.sign(message("news@bank.example"))
        same((world.send(world.forged(), config=config).code, world.send(signed, config=config).code), (550, 250), "before")
        os.killpg(dns.process.pid, signal.SIGSTOP)
        try:
            with faster_than(2, "mail of a domain in the cache"):
                same((world.send(world.forged(), config=config).code, world.send(signed, config=config).code), (550, 250), "meanwhile")
            with faster_than(8, "other mail"):
                shot = world.send(message("x@other.example"), config=config)
            same((shot.code, shot.verdict.dmarc), (250, "temperror"), shot.verdict.line)
            same(world.send(message("x@other.example"), config=config).verdict.dmarc, "temperror", "the next one")
        finally:
            os.killpg(dns.process.pid, signal.SIGCONT)


@test
def a_broken_domain_is_asked_once(world):
    """SERVFAIL is kept for a few seconds, and is a temperror from the cache as it is from the server."""
    with _counting(world, faults={("_dmarc.bank.example", "TXT"): Fault(rcode="SERVFAIL")}) as dns:
        config, _ = _fresh(world, dns, on_temperror="defer")
        with world.session(config=config) as client:
            shots = [shoot(client, world.forged()) for _ in range(3)]
        same([(shot.code, shot.verdict.dmarc) for shot in shots], [(451, "temperror")] * 3, "the verdicts")
        once = len(dns.asked("_dmarc.bank.example"))
        dns.faults.clear()
        _dmx(world, config, "flush", "_dmarc.bank.example")
        same(world.send(world.forged(), config=config).code, 550, "when it is mended")
        holds(once <= 2, f"the policy was asked for {once} times by three messages")  # c-ares may ask again


@table({"allowed": ("1h", 550), "not allowed": ("0", 250)})
def an_answer_over_its_time(world, stale, code):
    records = [line for line in world.senders.records() if not line.startswith("_dmarc.bank.example")]
    records.append(txt("_dmarc.bank.example", "v=DMARC1; p=reject", ttl=1))
    with _counting(world, records) as dns:
        config, _ = _fresh(world, dns, cache_stale=stale)
        shot = world.send(world.forged(), config=config)
        same((shot.code, shot.verdict.dns), (550, None), "in time")
        time.sleep(2.1)
        dns.faults[("*", "ANY")] = Fault(rcode="SERVFAIL")
        shot = world.send(world.forged(), config=config)
        same(shot.code, code, shot.verdict.line)
        if stale == "0":
            same((shot.verdict.dmarc, shot.verdict.dns), ("temperror", None), shot.verdict.line)
            return
        same((shot.verdict.dmarc, shot.verdict.policy, shot.verdict.dns), ("fail", "reject", "stale(_dmarc.bank.example)"),
             shot.verdict.line)
        holds(_json(world, config, "stats")["stale"] >= 1, "the counter")
        dns.faults.clear()
        _dmx(world, config, "flush")
        same(world.send(world.forged(), config=config).verdict.dns, None, "when DNS is back")


# ---- mail flows without it

def _symlink(path):
    path.symlink_to("/dev/null")


def _dangling(path):
    path.symlink_to(path.parent / "elsewhere")


def _fifo(path):
    os.mkfifo(path, 0o600)
    give(path, USER)


def _is_directory(path):
    path.mkdir()


def _no_directory(path):
    path.parent.rmdir()


def _read_only(path):
    os.chown(path.parent, 0, 0)
    path.parent.chmod(0o755)


def _of_another(path):
    os.chown(path.parent, 1, 1)
    path.parent.chmod(0o755)


def _for_everybody(path):
    path.parent.chmod(0o777)


@table({name.strip("_").replace("_", " "): (harm,) for name, harm in {
    "_symlink": _symlink, "_dangling link": _dangling, "_fifo": _fifo, "_a_directory": _is_directory, "_no_directory": _no_directory,
    "_read-only_directory": _read_only, "_directory_of_another": _of_another, "_directory_for_everybody": _for_everybody}.items()})
def a_cache_that_cannot_be_used(world, harm):
    """Mail is judged, and the log says so once, not for each message nor for each connection."""
    exim = world.exim()
    with _counting(world) as dns:
        config, path = _fresh(world, dns)
        harm(path)
        _no_stamp(exim)
        mark = log_size(exim)
        for _ in range(2):
            with world.session(config=config) as client:
                for _ in range(2):
                    same(shoot(client, world.forged()).code, 550, "a forgery")
        lines = _cache_lines(exim, mark)
        same(len(lines), 1, f"the lines about it: {lines}")
        within("mail is judged without it", lines[0], "the line")
        within(str(path), lines[0], "the line")
        absent("elsewhere", os.listdir(path.parent) if path.parent.exists() else [], "the directory")


def _wrong_mode(path):
    path.chmod(0o644)


def _wrong_owner(path):
    os.chown(path, 1, 1)


def _truncated(path):
    os.truncate(path, 5000)


def _damaged(path):
    with open(path, "r+b") as file:
        file.write(os.urandom(4096))


def _other_size(path):
    os.truncate(path, 2 << 20)


@table({"wrong mode": (_wrong_mode,), "wrong owner": (_wrong_owner,), "truncated": (_truncated,), "damaged": (_damaged,),
        "another size": (_other_size,)})
def a_file_that_is_not_trusted(world, harm):
    """There is a new one, by rename, and the log says why."""
    exim = world.exim()
    with _counting(world) as dns:
        config, path = _fresh(world, dns)
        same(world.send(world.forged(), config=config).code, 550, "before")
        inode = path.stat().st_ino
        with open(path, "rb"):  # so that the number is not used again
            harm(path)
            mark = log_size(exim)
            same(world.send(world.forged(), config=config).code, 550, "the first")
            same(world.send(world.forged(), config=config).code, 550, "the second")
            lines, stat = _cache_lines(exim, mark), path.stat()
        same(len(lines), 1, f"the lines about it: {lines}")
        within("there is a new one", lines[0], "the line")
        holds(stat.st_ino != inode, "the file was mended in place")
        same((oct(stat.st_mode & 0o7777), stat.st_size), ("0o600", 1 << 20), "the new one")
        holds(_json(world, config, "stats")["hits"] > 0, "it is in use")


@test
def a_file_that_is_taken_away(world):
    """A connection that lasts goes on with the new one."""
    exim = world.exim()
    with _counting(world) as dns:
        config, path = _fresh(world, dns)
        with world.session(config=config) as client:
            same(shoot(client, world.forged()).code, 550, "before")
            path.unlink()
            mark = log_size(exim)
            same(shoot(client, world.forged()).code, 550, "behind it")
            same(shoot(client, world.forged()).code, 550, "and once more")
        same(dns.asked("_dmarc.bank.example"), ["TXT"] * 2, "the questions")
        same(_cache_lines(exim, mark), [], "nothing is wrong")


@table({"emptied": (0,), "cut": (8192,), "longer": (2 << 20,)})
def a_file_that_changes_its_size_under_a_connection(world, size):
    """`: > dmx.cache` is what an administrator may take for a flush: whoever touched what is gone of the map would be killed."""
    exim = world.exim()
    with _counting(world) as dns:
        config, path = _fresh(world, dns)
        with world.session(config=config) as client:
            same(shoot(client, world.forged()).code, 550, "before")
            mark = log_size(exim)
            os.truncate(path, size)
            same([shoot(client, world.forged()).code for _ in range(2)], [550, 550], "behind it")
        same(path.stat().st_size, 1 << 20, "the new one")
        within("there is a new one", "".join(_cache_lines(exim, mark)), "the log")


# ---- who does not use it

@test
def a_rehearsal_writes_nothing(world):
    exim = world.exim()
    given = b"EHLO x\r\nMAIL FROM:<x@forger.example>\r\nRCPT TO:<user@receiver.example>\r\nDATA\r\n" + world.forged() + b"\r\n.\r\nQUIT\r\n"
    with _counting(world) as dns:
        config, path = _fresh(world, dns)
        _no_stamp(exim)
        world.configure(exim, config)
        within(b"disposition=reject", exim.run(["-bh", FORGER], given).stderr, "what -bh shows")
        same((os.listdir(path.parent), (exim.directory / "spool" / "dmx-cache.stamp").exists()), ([], False), "what was made")
        same(world.send(world.forged(), config=config).code, 550, "real mail")
        before, bytes_before, mark = _json(world, config, "stats"), path.read_bytes(), len(dns.questions)
        world.configure(exim, config)
        within(b"disposition=reject", exim.run(["-bh", FORGER], given).stderr, "what -bh shows")
        same(_json(world, config, "stats"), before, "what is counted")
        holds(path.read_bytes() == bytes_before, "the file is another")
        absent(("_dmarc.bank.example", "TXT", "udp"), dns.questions[mark:], "it reads what is there")


@test
def exempt_mail_opens_nothing(world):
    with _counting(world) as dns:
        config, path = _fresh(world, dns)
        same(world.send(world.forged(), config=config, source=TRUSTED).code, 250, "trusted")
        same(world.send(world.forged(), ["acl-exempt@receiver.example"], config=config).code, 250, "exempt")
        same(os.listdir(path.parent), [], "what was made")
        same(world.send(world.forged(), config={**config, "cache": "no"}).code, 550, "without a cache")
        same(os.listdir(path.parent), [], "what was made")


# ---- pins

@test
def a_pin_counts_until_it_is_taken_back(world):
    """At once, after a reboot, and with the rest of the file as the administrator wrote it."""
    exim = world.exim()
    with _counting(world) as dns:
        config, path = _fresh(world, dns)
        pins = config["cache_pins"]
        pins.write_text("# our own\n\nelsewhere.example A until 2999-01-01 192.0.2.1 # why\n")
        pins.chmod(0o640)
        os.chown(pins, 0, exim.directory.stat().st_gid)
        same(world.send(world.forged(), config=config).code, 550, "by DNS")
        _dmx(world, config, "pin", "_dmarc.bank.example", "TXT", "v=DMARC1; p=quarantine", "--until", UNTIL)
        shot = world.send(world.forged(), config=config)
        same((shot.code, shot.verdict.policy), (250, "quarantine"), shot.verdict.line)
        within(f"pinned until {UNTIL}", _dmx(world, config, "show", "_dmarc.bank.example"), "show")
        same(pins.read_text(), "# our own\n\nelsewhere.example A until 2999-01-01 192.0.2.1 # why\n"
             f'_dmarc.bank.example TXT until {UNTIL} "v=DMARC1; p=quarantine"\n', "the file")
        same((oct(pins.stat().st_mode & 0o7777), os.listdir(path.parent).count("pins"), len(os.listdir(path.parent))), ("0o640", 1, 2),
             "the file, and no other")
        within("0 answers forgotten; a pin of that name stays", _dmx(world, config, "flush", "_dmarc.bank.example"), "flush of a pin")
        _dmx(world, config, "flush")
        path.unlink()  # a reboot
        shot = world.send(world.forged(), config=config)
        same((shot.code, shot.verdict.policy), (250, "quarantine"), shot.verdict.line)
        _dmx(world, config, "unpin", "_dmarc.bank.example", "TXT")
        same(world.send(world.forged(), config=config).code, 550, "by DNS again")
        same(pins.read_text(), "# our own\n\nelsewhere.example A until 2999-01-01 192.0.2.1 # why\n", "the file")
        pins.write_text("# nothing\n")
        same(world.send(world.forged(), config=config).code, 550, "by DNS")
        absent("elsewhere.example", _dmx(world, config, "list"), "the list")


@test
def pins_that_cannot_be_read(world):
    """The log names the line, once; those that were there stay."""
    exim = world.exim()
    with _counting(world) as dns:
        config, _ = _fresh(world, dns)
        _dmx(world, config, "pin", "_dmarc.bank.example", "TXT", "v=DMARC1; p=none", "--until", UNTIL)
        same(world.send(world.forged(), config=config).code, 250, "pinned before there was a cache")
        config["cache_pins"].write_text("# x\n_dmarc.bank.example TXT until 2999-12-31 v=DMARC1; p=none\n")
        mark = log_size(exim)
        same([world.send(world.forged(), config=config).code for _ in range(2)], [250, 250], "still pinned")
        lines = _cache_lines(exim, mark)
        same(len(lines), 1, f"the lines about it: {lines}")
        within("pins line 2: the text of a TXT record stands in quotes", lines[0], "the line")
