# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""`dmx selftest` beside a real Exim: what it finds is what Exim would have found out at the first message."""

import os
import pwd
import re
import shutil
import struct
import subprocess

from lab.exim import USER, Exim
from lab.process import ENVIRONMENT, free_port
from lab.scratch import give

from testing import absent, holds, same, table, test, within

ABI = "int local_scan_version_major(void) { return %d; }\nint local_scan_version_minor(void) { return %d; }\n"
SCAN = "int local_scan(int fd, unsigned char **text) { (void)fd; (void)text; return 0; }\n"

# A module made from C, and what must be said about it.
MODULES = {
    "of a later ABI": (ABI % (9, 1) + SCAN, [r"^fail ABI: .* ABI 9\.1, this Exim has 6\.0", "exim4-localscanapi-6.0", "^fail trial: .*crashes"]),
    "of an earlier ABI": (ABI % (4, 1) + SCAN, [r"^fail ABI: .* ABI 4\.1, this Exim has 6\.0", "^fail trial: .*crashes"]),
    "of a higher minor number": (ABI % (6, 1) + SCAN, [r"^fail ABI: .* ABI 6\.1", "^fail trial: .*crashes"]),
    "whose ABI cannot be read": ("extern int number; int number = 6;\nint local_scan_version_major(void) { return number; }\n"
                                 "int local_scan_version_minor(void) { return number - 6; }\n" + SCAN,
                                 ["^warn ABI: .*cannot be told", "^fail trial: .*no line of dmx"]),
    "without the version functions": (SCAN, ["^fail module: .*has no local_scan_version_major.*name dmx.so", "^fail trial: .*crashes"]),
    "that is another library": ("int nothing(void) { return 0; }\n", ["^fail module: .*has no local_scan"]),
    "with an undefined symbol": (ABI % (6, 0) + "extern int child_open_function(void);\n"
                                 "int local_scan(int fd, unsigned char **text) { (void)fd; (void)text; return child_open_function(); }\n",
                                 ["^fail symbols: the module wants 1 .*child_open_function; build dmx against", "^fail trial: .*child_open_function"]),
    "that wants a library that is gone": (None, ["^fail libraries: .*libgone.so: cannot open.*install the package"]),
}

def write_endless_names(path):
    """An ELF file whose 60,000 symbols each have a name of 30 MB."""
    symbols, names = struct.pack("<IBBHQQ", 1, 0x12, 0, 1, 0, 0) * 60000, b"\0" + b"a" * (30 << 20)
    at = 64 + len(symbols)
    header = b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, at + len(names), 0, 64, 56, 0, 64, 3, 0)
    sections = (bytes(64), struct.pack("<IIQQQQIIQQ", 0, 11, 0, 0, 64, len(symbols), 2, 0, 8, 24),
                struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, at, len(names), 0, 0, 1, 0))
    path.write_bytes(header + symbols + names + b"".join(sections))


# A file in a module's place.
FILES = {
    "missing": (lambda path: None, ["^fail module: .*No such file or directory; .*install dmx.so there, or take away the line"]),
    "a text": (lambda path: path.write_text("mode = monitor\n"), ["^fail module: .*is no ELF file"]),
    "empty": (lambda path: path.write_text(""), ["^fail module: .*is no ELF file"]),
    "a directory": (lambda path: path.mkdir(), ["^fail module: .*is a directory, not a regular file"]),
    "a FIFO": (os.mkfifo, ["^fail module: .*is a FIFO"]),
    "cut short": (lambda path: path.write_bytes(path.with_name("dmx.so").read_bytes()[:5000]), ["^fail module: .*has no dynamic symbols"]),
    "names without end": (write_endless_names, ["^fail module: .*has no local_scan"]),
    "not Exim's to read": (lambda path: (shutil.copyfile(path.with_name("dmx.so"), path), path.chmod(0o600)),
                           ["^warn module: .*Exim's user may not read it.*chmod 0644", "^fail trial: .*Permission denied"]),
    "anybody's to write": (lambda path: (shutil.copyfile(path.with_name("dmx.so"), path), path.chmod(0o666)),
                           ["^warn module: .*others than root may write it", "^ok +trial: "]),
}

# What the configuration of dmx or Exim is, and what must be said about it.
SITES = {
    "a mistyped option": ({"mdoe": "monitor"}, {}, 1, [r"^fail configuration: .*dmx.conf line \d+: .*mdoe.*mode.*accepted unchecked"]),
    "no configuration": (None, {}, 1, ["^fail configuration: .*dmx.conf: No such file"]),
    "a hasty Exim": ({}, {"local_scan_timeout": "9s"}, 0, ["^warn local_scan_timeout: 9 s is not over dmx's deadline of 10000 ms.*raise it"]),
    "an Exim that waits for ever": ({}, {"local_scan_timeout": "0s"}, 0, [r"^ok +local_scan_timeout: 0 s \(none\)"]),
    "a longer time in two units": ({}, {"local_scan_timeout": "90s"}, 0, ["^ok +local_scan_timeout: 90 s"]),
    "no cache directory": ({"cache_file": "@DIR@/none/dmx.cache"}, {}, 0, ["^warn cache: .*/none: No such file"]),
    "no cache": ({"cache": "no"}, {}, 0, ["^ok +cache: cache = no"]),
    "a cache in a directory of others": ({"cache_file": "/tmp/dmx.cache"}, {}, 0, ["^warn cache: /tmp may be written by others"]),
    "a cache that is none": ({"cache_file": "@DIR@/dmx.conf"}, {}, 0, ["^warn cache: .*dmx.conf: .*the module puts a new one"]),
    "a journal that Exim may not write": ({"journal_dir": "/usr/dmx"}, {}, 0, ["^warn journal: /usr: Exim's user may not write there"]),
    "a journal that is a file": ({"journal_dir": "@DIR@/dmx.conf"}, {}, 0, ["^warn journal: .*is no directory"]),
    "reports without a directory": ({"report_email": "d@receiver.example", "report_org": "x", "report_store": "sqlite:@DIR@/none/r.db"}, {}, 0,
                                    ["^warn reports: .*/none: No such file or directory: no reports are made"]),
    "reports": ({"report_email": "d@receiver.example", "report_org": "x", "report_store": "sqlite:@DIR@/r.db"}, {}, 0, ["^ok +reports: .*/r.db"]),
    "no reports": ({}, {}, 0, ["^ok +reports: report_email is not set"]),
    "a suffix list that is none": ({"psl_file": "@DIR@/dmx.conf"}, {}, 0, ["^warn suffix list: .*dmx.conf: .*run psl-updater --now"]),
    "a suffix list that is not there": ({"psl_file": "@DIR@/no.dafsa"}, {}, 0, ["^warn suffix list: .*no.dafsa: .*run psl-updater --now"]),
    "an approval for everybody": ({"approved_domains": "a.example for *"}, {}, 0, ["^warn configuration: .*approved_domains"]),
    "a strange MX host": ({}, {"qualify_domain": "club.example"}, 0,
                          [r"^warn MX: mail.club.example \(127.0.0.14\) .*name its address in inbound_relays"]),
    "an MX host that is known": ({"inbound_relays": "127.0.0.14"}, {"qualify_domain": "club.example"}, 0, ["^ok +MX: every mail exchanger"]),
    "no MX host": ({}, {"qualify_domain": "void.invalid"}, 0, ["^ok +MX: void.invalid has none in DNS"]),
    "an Exim that does not load it": ({}, {"local_scan_path": None}, 0, ["^warn local_scan_path: is not set.*put `.include_if_exists /usr/(local/)?share/dmx/exim4.conf` into"]),
    "an Exim that loads another": ({}, {"local_scan_path": "/usr/lib/exim4/local_scan/other.so"}, 0, ["^warn local_scan_path: names /usr/lib"]),
    "an Exim whose configuration is wrong": ({}, {"no_such_option": "x"}, 1, ["^fail Exim: .*-bV fails, mend that first: .*no_such_option",
                                                                            "^ok +trial: "]),
}


# What Exim calls itself, and what must be said about it and a module for ABI 6.0. Only a release is known by its number.
VERSIONS = {
    "4.94.2": ["^ok +Exim: .*4.94.2, local_scan ABI 4.1", "^fail ABI: .* ABI 6.0, this Exim has 4.1"],
    "4.96-RC1": ["^ok +Exim: .*ABI 6.0", "^ok +ABI: "],
    "4.99.1": ["^ok +Exim: .*ABI 6.0", "^ok +ABI: "],
    "4.99-123-g0a1b2c3": ["^warn Exim: .*not known here: only the trial", "^warn ABI: .* ABI 6.0; whether this Exim has that", "^ok +trial: "],
    "4.100.1": ["^ok +Exim: .*ABI 9.1", "^fail ABI: .* ABI 6.0, this Exim has 9.1.*exim4-localscanapi-9.1"],
    "4.101": ["^warn Exim: .*not known here", "^warn ABI: ", "^ok +trial: "],
    "4.93": ["^warn Exim: .*not known here"],
    "5.0": ["^warn Exim: .*not known here"],
}


class Site:
    """An Exim that is configured and not running."""

    def __init__(self, world, options=None, config=(), module="dmx.so"):
        self.world = world
        self.exim = Exim(world.scratch, world.flavour, world.module, options=options)
        if config is not None:
            world.configure(self.exim, {"journal_dir": "@DIR@/journal", "cache_file": "@DIR@/dmx.cache", **dict(config)})
        self.module = self.exim.directory / module
        os.chown(self.exim.directory / "dmx.so", 0, 0)
        os.chmod(self.exim.directory / "dmx.so", 0o644)

    def selftest(self, *words, prefix=()):
        return subprocess.run([*prefix, self.world.dmx, "selftest", "--exim", self.exim.binary, "--exim-config", self.exim.conf,
                               "--module", self.module, *words], capture_output=True, text=True, timeout=100, check=False,
                              env=ENVIRONMENT, cwd="/")

    def files(self):
        """Everything there, with what would change if it were touched."""
        return {str(path): (entry.st_mtime_ns, entry.st_size, entry.st_mode, entry.st_uid)
                for path in self.exim.directory.rglob("*") for entry in [path.stat()]}


def found(done, code, wanted):
    for want in wanted:
        holds(re.search(want, done.stdout, re.M), lambda want=want: f"no {want!r} in {done.stdout!r} {done.stderr!r}")
    same(done.returncode, code, f"the exit status ({done.stdout!r} {done.stderr!r})")
    holds(all(re.match(r"(ok  |warn|fail) [\w ]+: .", line) for line in done.stdout.splitlines()), lambda: f"a line of another form: {done.stdout!r}")


@test
def nothing_is_wrong_and_nothing_is_changed(world):
    site = Site(world)
    before = site.files()
    done = site.selftest()
    found(done, 0, ["^ok +Exim: .*ABI 6.0", "^ok +local_scan_path: /", "^ok +ABI: ", "^ok +symbols: ", "^ok +trial: ",
                    "^ok +configuration: .*dmx.conf, mode = enforce", "^ok +local_scan_timeout: 30 s", "^ok +cache: .*is made", "^ok +journal: .*is made",
                    " suffix list: ", "^ok +clock: ", f"^ok +DNS: {re.escape(world.dns.address)} answers", "^ok +MX: "])
    absent("fail", done.stdout, "the findings")
    same(site.files(), before, "the files of Exim")


@test
def as_exims_own_user(world):
    done = Site(world).selftest(prefix=("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups"))
    found(done, 0, ["^ok +trial: ", "^ok +configuration: ", "^ok +cache: "])
    absent(" user: ", done.stdout, "the findings")


@test
def as_somebody_else(world):
    found(Site(world).selftest(prefix=("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")), 0,
          ["^warn user: .*run it as root or Debian-exim", "^warn trial: run this as root"])


@test
def what_root_can_read_and_exim_cannot(world):
    site = Site(world)
    os.chown(site.exim.dmx_conf, 0, 0)
    os.chmod(site.exim.dmx_conf, 0o600)
    found(site.selftest(), 1, ["^fail configuration: .*dmx.conf: Permission denied"])


def compiled(site, source, *flags):
    (site.exim.directory / "module.c").write_text(source)
    subprocess.run(["gcc", "-O2", "-w", "-fPIC", "-shared", "-o", site.module, site.exim.directory / "module.c", *flags], check=True,
                   capture_output=True)


@table({label: (label,) for label in MODULES})
def a_module(world, label):
    source, wanted = MODULES[label]
    site = Site(world, module="wrong.so")
    if source is None:  # linked with a library that is taken away
        subprocess.run(["gcc", "-shared", "-x", "c", "/dev/null", "-o", site.exim.directory / "libgone.so", "-Wl,-soname,libgone.so"], check=True)
        compiled(site, ABI % (6, 0) + SCAN, "-Wl,--no-as-needed", site.exim.directory / "libgone.so")
        (site.exim.directory / "libgone.so").unlink()
    else:
        compiled(site, source)
    found(site.selftest(), 1, wanted)


def renamed(site, version):
    """An Exim that says it is another version."""
    place = site.exim.directory / "exim"
    place.write_text(f'#!/bin/sh\n{site.exim.binary} "$@" | sed "s/^Exim version [^ ]*/Exim version {version}/"\n')
    place.chmod(0o755)
    site.exim.binary = place


@test
def a_library_by_its_path(world):
    """What it does when it is opened is never done by root: not by selftest itself, and Exim is its user when it loads a module."""
    site = Site(world, module="wrong.so")
    place = world.scratch.directory("opened", USER)
    (place / "library.c").write_text("#include <stdio.h>\n#include <unistd.h>\n__attribute__((constructor)) static void opened(void)\n"
                                     f'{{ char name[300]; snprintf(name, sizeof name, "{place}/by-%u", geteuid()); fclose(fopen(name, "w")); }}\n')
    subprocess.run(["gcc", "-w", "-fPIC", "-shared", "-o", place / "library.so", place / "library.c"], check=True)
    compiled(site, ABI % (6, 0) + SCAN, "-Wl,--no-as-needed", place / "library.so")
    found(site.selftest(), 1, [f"^fail libraries: the module wants {re.escape(str(place))}/library.so by its path.*not looked at"])
    same([each.name for each in place.glob("by-*")], [f"by-{pwd.getpwnam(USER).pw_uid}"], "who opened it")


@test
def what_exims_user_may_change_in_the_trial(world):
    """The spool alone: Exim reads the configuration beside it as root. Nothing of it is left."""
    site = Site(world)
    seen, program = world.scratch.path / "trial", site.exim.directory / "exim"
    program.write_text('#!/bin/sh\ncase "$2" in /tmp/dmx-selftest-*)\n'
                       f'\tcd "${{2%/*}}" && {{ pwd; stat -c "%U %a %n" . *; }} >{seen} ;;\nesac\nexec {site.exim.binary} "$@"\n')
    program.chmod(0o755)
    site.exim.binary = program
    found(site.selftest(), 1, ["^ok +trial: "])
    directory, *lines = seen.read_text().splitlines()
    same(lines, ["root 711 .", "root 644 dmx.conf", "root 644 exim.conf", f"{USER} 750 spool"], "the directory")
    holds(not os.path.exists(directory), f"{directory} is left")


@table({version: (version,) for version in VERSIONS})
def an_exim_of_version(world, version):
    site = Site(world)
    renamed(site, version)
    found(site.selftest(), 1, [*VERSIONS[version], "^fail symbols: .*no ELF file"])


@test
def an_unknown_exim_that_cannot_be_tried(world):
    site = Site(world)
    renamed(site, "4.101")
    found(site.selftest(prefix=("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")), 1,
          ["^fail trial: run this as root; .*ABI is not known: do not restart Exim"])


@table({label: (label,) for label in FILES})
def a_file_in_its_place(world, label):
    make, wanted = FILES[label]
    site = Site(world, module="wrong.so")
    make(site.module)
    found(site.selftest(), 0 if label == "anybody's to write" else 1, wanted)


@table({label: (label,) for label in SITES})
def a_site(world, label):
    config, options, code, wanted = SITES[label]
    found(Site(world, options, config).selftest(), code, wanted)


@test
def a_name_server_that_does_not_answer(world):
    address = f"127.0.0.1:{free_port('127.0.0.1')}"
    site = Site(world, config={"nameservers": f"{world.dns.address}, {address}", "dns_timeout": "200ms", "dns_tries": "1"})
    found(site.selftest(), 1, [f"^ok +DNS: {re.escape(world.dns.address)}", f"^fail DNS: {re.escape(address)}: no answer.*set nameservers"])


@test
def no_exim_there(world):
    done = subprocess.run([world.dmx, "selftest", "--exim", "/no/exim", "--module", world.module, "--config", "/no/dmx.conf"],
                          capture_output=True, text=True, timeout=100, check=False)
    found(done, 1, ["^fail Exim: /no/exim -bV fails", "No such file"])


@test
def clients_behind_a_proxy(world):
    """The journal of a running Exim: 20 messages that all come from one address, and then another one."""
    with world.fresh_exim() as exim:
        site = Site(world)
        site.exim.stop()
        site.exim = exim
        config = {"journal_dir": "@DIR@/journal", "mode": "monitor"}
        for _ in range(20):
            same(world.send(world.forged(), kind=exim, config=config).code, 250, "the reply")
        found(site.selftest(), 0, ["^warn clients: the last 20 messages all came from 127.*hosts_proxy"])
        same(world.send(world.forged(), kind=exim, config=config, source="127.0.0.77").code, 250, "the reply")
        found(site.selftest(), 0, ["^ok +clients: the last 21 messages came from different addresses"])
