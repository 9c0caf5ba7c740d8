# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The daemon loads the module before it forks (dmx_preload): what its children inherit, and what becomes of changes."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import threading

from dafsa import compiled
from lab.dns import txt
from lab.dnsfault import FaultyServer
from lab.exim import USER
from lab.process import wait_until
from lab.scratch import give
from lab.senders import message
from lab.smtp import Client

from testing import Skip, faster_than, holds, same, table, test, within
from world import AS_IT_IS, KINDS, MISSING, log_since, log_size, shoot

HEAVY = ("heavy",)
DEBIANS_LIST = "/usr/share/publicsuffix/public_suffix_list.dafsa"

# The lines of the documentation, as they stand in Exim's configuration.
_OPTION = {".ifdef _HAVE_DLFUNC\nsmtp_accept_max_per_host": "${dlfunc{@DIR@/dmx.so}{dmx_preload}{0}}\n.endif"}


def _options(more=()):
    return {**KINDS["plain"], "options": {**KINDS["plain"]["options"], **_OPTION, **dict(more)}}


@contextlib.contextmanager
def _daemon(world, config=None):
    """A running Exim that has just loaded the module, by way of one connection."""
    exim = world.fresh_exim(**_options())
    world.configure(exim, config)
    with exim:
        _connect(exim)
        yield exim
        for word in ("crashed", "timed out", "Unexpected failure", "smtp_accept_max_per_host"):
            holds(not any(word in line for which in ("main", "panic") for line in exim.log(which)), f"{word!r} in a log")


def _connect(exim):
    with Client(exim.port) as client:
        same(client.greeting.code, 220, "the greeting")


def _send(world, exim, given, **how):
    return world.send(given, kind=exim, config=AS_IT_IS, **how)


def _becomes(world, exim, code, given=None):
    """Send until the reply is this one: the daemon looks at its files once a second."""
    def answered():
        shot = _send(world, exim, given or world.forged())
        return shot if shot.code == code else None
    return wait_until(answered, 15, f"a reply {code}; main log: {exim.log()[-5:]}")


def _about(exim, text, which="main"):
    return [line for line in exim.log(which) if text in line]


def _put(path, data):
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    new.chmod(0o644)
    new.rename(path)


def _configure_raw(world, exim, text):
    """In place and not by rename, whatever stands there."""
    exim.set_dmx_config(world.config_text() + text)


@test(flavours=HEAVY)
def mail_is_judged_as_before(world):
    with _daemon(world) as exim:
        maps = pathlib.Path(f"/proc/{exim.process.pid}/maps").read_text()
        within("dmx.so", maps, "the memory of the daemon")
        same(_send(world, exim, world.forged()).code, 550, "a forged one")
        shot = _send(world, exim, world.senders.bank.sign(message("news@bank.example")))
        same((shot.code, shot.verdict.dmarc), (250, "pass"), "a signed one")
        with world.session(exim, config=AS_IT_IS) as client:
            for _ in range(3):
                same(shoot(client, world.forged()).code, 550, "one of several in a connection")
        same(exim.log("panic"), [], "the panic log")
        same([line for line in exim.log() if " dmx: " in line and "disposition=" not in line], [], "what else dmx says")


@test(flavours=("light",))
def the_documented_lines_do_nothing_where_exim_has_no_dlfunc(world):
    exim = world.fresh_exim(**_options())
    with exim:
        same(_send(world, exim, world.forged()).code, 550, "a forged one")
        same(exim.log("panic"), [], "the panic log")
        holds("dmx.so" not in pathlib.Path(f"/proc/{exim.process.pid}/maps").read_text(), "the daemon has loaded the module")


@test(flavours=HEAVY)
def a_changed_configuration_is_in_force_soon(world):
    with _daemon(world) as exim:
        same(_send(world, exim, world.forged()).code, 550, "before")
        world.configure(exim, {"mode": "monitor"})
        same(_becomes(world, exim, 250).verdict.would_be, "reject", "what it would be")
        same(len(_about(exim, "the changed configuration has been read")), 1, "the lines about it")
        world.configure(exim, {})
        _becomes(world, exim, 550)


@test(flavours=HEAVY)
def a_changed_list_is_in_force_soon(world):
    with _daemon(world, {}) as exim:
        relays = exim.directory / "relays"
        _put(relays, b"192.0.2.1\n")
        world.configure(exim, {"trusted_ips": f"@{relays}"})
        wait_until(lambda: _connect(exim) or _about(exim, "the changed configuration has been read"), 15, "the configuration")
        same(_send(world, exim, world.forged()).code, 550, "before")
        _put(relays, b"192.0.2.1\n127.0.0.66\n")
        same(_becomes(world, exim, 250).verdict.exempt, "trusted-ip", "the exemption")


def _wrong(world, exim):
    _configure_raw(world, exim, "mdoe = monitor\n")


def _missing(world, exim):
    world.configure(exim, MISSING)


def _fifo(_, exim):
    exim.dmx_conf.unlink()
    os.mkfifo(exim.dmx_conf)


def _directory(_, exim):
    exim.dmx_conf.unlink()
    exim.dmx_conf.mkdir()


def _unreadable(_, exim):
    exim.dmx_conf.chmod(0)


def _huge(_, exim):
    with open(exim.dmx_conf, "ab") as conf:
        conf.truncate(1 << 40)


def _no_list(world, exim):
    _configure_raw(world, exim, "forwarders = @@DIR@/no-such-list\n")


def _fifo_as_list(world, exim):
    os.mkfifo(exim.directory / "fifo")
    _configure_raw(world, exim, "forwarders = @@DIR@/fifo\n")


BAD = {
    "a mistyped option": (_wrong, "unknown option mdoe"),
    "missing": (_missing, "No such file"),
    "a FIFO": (_fifo, "is a FIFO"),
    "a directory": (_directory, "is a directory"),
    "not readable": (_unreadable, "Permission denied"),
    "of a terabyte": (_huge, "is over 1048576 bytes"),
    "a list that is not there": (_no_list, "no-such-list"),
    "a FIFO as a list": (_fifo_as_list, "is a FIFO"),
}


@table(BAD, flavours=HEAVY)
def the_last_good_configuration_stays_in_force(world, spoil, named):
    with _daemon(world) as exim:
        spoil(world, exim)
        with faster_than(10, "the connections meanwhile"):
            wait_until(lambda: _connect(exim) or _about(exim, "stays in force"), 9, "the line about it")
        for _ in range(20):
            _connect(exim)
        same(_send(world, exim, world.forged()).code, 550, "a forged one")
        for which in ("main", "panic"):
            lines = _about(exim, "stays in force", which)
            same(len(lines), 1, f"the lines in the {which} log {lines}")
            within(named, lines[0], "the line")
        if exim.dmx_conf.is_dir():
            exim.dmx_conf.rmdir()
        exim.dmx_conf.unlink(missing_ok=True)
        world.configure(exim, {"mode": "monitor"})
        _becomes(world, exim, 250)


@test(flavours=HEAVY)
def without_a_good_one_each_message_says_so_until_it_is_mended(world):
    with _daemon(world, "mdoe = monitor\n") as exim:
        for _ in range(2):
            shot = _send(world, exim, world.forged())
            same(shot.code, 250, "the reply")
            within("accepted unchecked", "".join(shot.lines), "the log")
        same(len(_about(exim, "mail is accepted unchecked until this is mended")), 1, "the lines of the daemon")
        world.configure(exim, {})
        _becomes(world, exim, 550)


@test(flavours=HEAVY)
def a_replaced_suffix_list_is_in_force_soon(world):
    """A list that calls club.example a suffix keeps its sp= from news.club.example; a damaged one changes nothing."""
    given = lambda: world.forged("news.club.example")  # noqa: E731
    with _daemon(world, {"psl_file": "@DIR@/list"}) as exim:
        own = exim.directory / "list"
        same(_send(world, exim, given()).code, 550, "by Debian's list")
        _put(own, compiled(["com", "co.uk", "club.example"]))
        same(_becomes(world, exim, 250, given()).verdict.dmarc, "none", "by the site's own")
        _put(own, b"<html>404 Not Found</html>\n" * 9)
        wait_until(lambda: _connect(exim) or _about(exim, "the one loaded before stays in force"), 15, "the line about the damage")
        same(_send(world, exim, given()).verdict.dmarc, "none", "after the damage")
        shutil.copyfile(DEBIANS_LIST, exim.directory / "copy")
        (exim.directory / "copy").rename(own)
        _becomes(world, exim, 550, given())
        _put(own, compiled(["com", "co.uk", "club.example"]))
        _becomes(world, exim, 250, given())
        own.unlink()
        _becomes(world, exim, 550, given())
        same(len(_about(exim, "public suffix list")), 1, f"the lines about the list {_about(exim, 'public suffix list')}")


@contextlib.contextmanager
def _resolver(world, number):
    """A server that resolv.conf can name: at port 53 of a loopback address that nobody else has."""
    host = f"127.{100 + number}.{os.getpid() // 250 % 250}.{1 + os.getpid() % 250}"
    server = FaultyServer(world.senders.records(), host=host, port=53)
    try:
        server.__enter__()
    except OSError as problem:
        raise Skip(f"no port 53: {problem}") from None
    try:
        yield server
    finally:
        server.__exit__()


@test(flavours=HEAVY)
def a_changed_resolv_conf_is_in_force_soon(world):
    """In a mount namespace of the daemon's own, where the file is another one than the machine's."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        raise Skip("this machine allows no mount namespace")
    with _resolver(world, 1) as first, _resolver(world, 2) as second:
        exim = world.fresh_exim(**_options())
        resolv_conf = exim.directory / "resolv.conf"
        resolv_conf.write_text(f"nameserver {first.host}\n")
        exim.prefix = ("unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolv_conf)
        world.configure(exim, {"nameservers": None})
        with exim:
            same(_send(world, exim, world.forged()).code, 550, "by the first server")
            holds(first.questions and not second.questions, "the first server was not asked")
            resolv_conf.write_text(f"# moved\nnameserver {second.host}\n")
            wait_until(lambda: _send(world, exim, world.forged()).code == 550 and second.questions, 15, "a question to the second server")


@test(flavours=HEAVY)
def two_hundred_at_the_same_time(world):
    """And the configuration changes meanwhile."""
    codes = []

    def one():
        codes.append(_send(world, exim, world.forged(), source=None).code)
    exim = world.fresh_exim(**_options({"smtp_accept_max": 300, "smtp_connect_backlog": 300}))
    with exim:
        _connect(exim)
        threads = [threading.Thread(target=one, daemon=True) for _ in range(200)]
        for number, thread in enumerate(threads):
            thread.start()
            if number % 20 == 0:
                world.configure(exim, {"log_verbose": "yes" if number % 40 else "no"})
        for thread in threads:
            thread.join(60)
        same(sorted(codes), [550] * 200, "the replies")
        same(exim.log("panic"), [], "the panic log")


@test(flavours=HEAVY)
def the_daemon_restarts_itself(world):
    with _daemon(world) as exim:
        same(_send(world, exim, world.forged()).code, 550, "before")
        world.configure(exim, {"mode": "monitor"})
        exim.hup()
        same(_send(world, exim, world.forged()).code, 250, "after it: the first connection has the new configuration")
        same(exim.log("panic"), [], "the panic log")


@test(flavours=HEAVY)
def the_daemons_signals_descriptors_and_directory_stay(world):
    with world.fresh_exim(**_options()) as exim:
        proc = pathlib.Path(f"/proc/{exim.process.pid}")
        words = ("SigBlk", "SigIgn", "SigCgt", "Umask", "Threads")

        def look():
            status = dict(line.split(":\t", 1) for line in (proc / "status").read_text().splitlines() if ":\t" in line)
            return [status[word] for word in words] + [os.readlink(proc / "cwd")]
        before, opened = look(), sorted(os.readlink(path) for path in (proc / "fd").iterdir())
        for number in range(5):
            world.configure(exim, {"mode": "monitor"} if number % 2 else "mdoe = x\n")
            _connect(exim)
        wait_until(lambda: _connect(exim) or look()[1:] == before[1:], 5, lambda: f"{look()}, not {before}")
        same(look(), before, "signals, umask, threads, directory")
        wait_until(lambda: len(list((proc / "fd").iterdir())) <= len(opened) + 1, 5,
                   lambda: f"{[os.readlink(path) for path in (proc / 'fd').iterdir()]}, before {opened}")


@test(flavours=HEAVY)
def two_children_draw_differently(world):
    """Query ids, ports and the draw of pct come from after the fork: forty children, each with its one message."""
    records = world.senders.records() + [txt("_dmarc.half.example", "v=DMARC1; p=reject; pct=50"), "half.example. A 127.0.0.99"]
    codes, children = [], 40
    with FaultyServer(records) as dns, _daemon(world, {"nameservers": dns.address}) as exim:
        same(dns.questions, [], "the questions of the daemon")
        firsts = []
        for _ in range(children):
            asked = len(dns.headers)
            codes.append(_send(world, exim, world.forged("half.example")).code)
            firsts.append(dns.headers[asked])
        same(set(codes), {250, 550}, "what became of them under pct=50")
        for what, values in (("ids", [number for number, _ in firsts]), ("ports", [port for _, port in firsts])):
            holds(len(set(values)) > children * 3 // 4, f"the {what} of the first questions: {values}")


def _anonymous_kb(pid):
    return int(re.search(r"^RssAnon:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1])


@test(flavours=HEAVY)
def the_daemon_does_not_grow(world):
    """2,000 connections, with a configuration that changes now and then, and is wrong now and then."""
    with _daemon(world) as exim:
        def connections(count):
            for number in range(count):
                if number % 50 == 0:
                    world.configure(exim, [{}, {"mode": "monitor"}, "mdoe = x\n"][number // 50 % 3])
                with contextlib.closing(Client(exim.port)):
                    pass
        connections(300)
        before = _anonymous_kb(exim.process.pid)
        connections(2000)
        after = _anonymous_kb(exim.process.pid)
        holds(after - before < 300, f"{before} kB after 300 connections, {after} kB after 2,000 more")


@test(flavours=HEAVY)
def a_child_keeps_what_it_inherited(world):
    """The configuration changes between the connection and its message."""
    with _daemon(world) as exim:
        with world.session(exim, config=AS_IT_IS) as client:
            world.configure(exim, {"mode": "monitor"})
            same(shoot(client, world.forged()).code, 550, "the message of the connection from before")
        _becomes(world, exim, 250)


@test(flavours=HEAVY)
def the_argument_is_exims_limit(world):
    """What stands in the third brace is the number of connections that one host may have."""
    option = {"smtp_accept_max_per_host": "${dlfunc{@DIR@/dmx.so}{dmx_preload}{1}}"}
    with world.fresh_exim(options=option) as exim:
        with Client(exim.port) as first:
            same(first.greeting.code, 220, "the first one")
            second = Client(exim.port)
            same(second.greeting.code, 421, "the second one of the same host")
            second.close()


@test(flavours=HEAVY)
def root_preloads_nothing(world):
    """exim -be as root, by which an administrator may try the line: it expands, and reads no file as root."""
    with _daemon(world, "mdoe = x\n") as exim:
        mark = log_size(exim)
        result = exim.run(["-be", f"${{dlfunc{{{exim.directory}/dmx.so}}{{dmx_preload}}{{7}}}}"])
        same(result.stdout.split(), [b"7"], f"its value ({result.stderr!r})")
        same(log_since(exim, mark), [], "the log")


@test(flavours=HEAVY)
def the_cache_is_mapped_before_the_fork(world):
    with _daemon(world) as exim:
        directory = exim.directory / "run"
        directory.mkdir(mode=0o750)
        give(directory, USER)
        path = directory / "dmx.cache"
        world.configure(exim, {"cache_file": path, "cache_pins": directory / "pins", "cache_size": "1M"})

        def mapped():
            same(_send(world, exim, world.forged()).code, 550, "a forged one")
            lines = pathlib.Path(f"/proc/{exim.process.pid}/maps").read_text().splitlines()
            return path.exists() and any(line.split()[4:] == [str(path.stat().st_ino), str(path)] for line in lines)

        wait_until(mapped, 15, "the cache that a child made, in the daemon")
        path.unlink()
        wait_until(mapped, 15, "the cache that was made anew, in the daemon")
        os.truncate(path, 0)  # all children inherit a map of nothing
        same([_send(world, exim, world.forged()).code for _ in range(2)], [550, 550], "mail behind it")
        wait_until(mapped, 15, "and made anew once more")
        lines = _about(exim, "cache:", "main")
        holds(len(lines) == 1 and "there is a new one" in lines[0], f"what the log says of the cache: {lines}")
