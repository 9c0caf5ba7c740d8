# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""What the tests of psl-updater share: lists to serve, a place to install them, the program, and a way to look at what became of it."""

import dataclasses
import os
import pathlib
import re
import subprocess
import time

DEBIAN = pathlib.Path("/usr/share/publicsuffix/public_suffix_list.dat").read_bytes()
BEGIN = b"// ===BEGIN ICANN DOMAINS===\n"
END = b"// ===END PRIVATE DOMAINS===\n"
DAY = 24 * 60 * 60

OK, STALE, DAMAGED, USAGE, REJECTED, NETWORK, BROKEN, FILES, LOCKED, CONFIG = 0, 1, 2, 64, 65, 69, 70, 74, 75, 78


def listed(version, *private):
    """Debian's list under another VERSION, with rules added to the private section."""
    head = f"// VERSION: {version}_00-00-00_UTC\n// COMMIT: 0123456789012345678901234567890123456789\n\n".encode()
    body = re.sub(rb"// (VERSION|COMMIT):.*\n", b"", DEBIAN)
    return head + body.replace(END, b"".join(rule.encode() + b"\n" for rule in private) + END)


def day(ago):
    """By this clock: a VERSION that is yet to come is refused, one of long ago is told of."""
    return time.strftime("%Y-%m-%d", time.gmtime(TODAY - ago * DAY))


TODAY = time.time()
NEW_DAY = day(21)
OLD, NEW, NEWER = listed(day(52)), listed(NEW_DAY, "suffix.example"), listed(day(7), "suffix.example", "other.example")


class Wrong(Exception):
    """Something is not as it should be."""


def same(got, want, what):
    if got != want:
        raise Wrong(f"{what}: {got!r}, should be {want!r}")


def holds(condition, what):
    if not condition:
        raise Wrong(what)


@dataclasses.dataclass
class Outcome:
    code: int
    out: str
    err: str

    def lines(self):
        return self.err.splitlines()


class Place:
    """A directory of its own in which a list is installed, and the program that does it."""

    def __init__(self, options, directory, trust=None, base="list.dafsa"):
        self.program, self.dmx = options.program, options.dmx
        self.directory = directory
        directory.mkdir(exist_ok=True)
        self.dafsa = directory / base
        self.text = self.dafsa.with_suffix(".dat")
        self.home = self.dafsa.with_suffix(".d")
        self.environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
        if trust:
            self.environment["SSL_CERT_FILE"] = str(trust)
        self.empty_config = directory / "empty.conf"  # the machine's own must not count
        self.empty_config.write_text("")

    def words(self, *words):
        config = [] if "--config" in words else ["--config", self.empty_config]
        return [str(word) for word in (self.program, *config, "--file", self.dafsa, *words)]

    def run(self, *words, timeout=60, environment=None, **more):
        done = subprocess.run(self.words(*words), capture_output=True, text=True, errors="replace", timeout=timeout, check=False,
                              env={**self.environment, **(environment or {})}, **more)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def install(self, text, *words):
        """Puts a list in force without a server."""
        source = self.directory / "source.dat"
        source.write_bytes(text)
        done = self.run("--now", "--quiet", "--allow-older", "--allow-file", "--url", f"file://{source}", *words)
        source.unlink()
        same((done.code, done.err), (0, ""), "installing")
        return self

    def pair(self):
        """The two files, as everybody sees them."""
        return self.dafsa.read_bytes(), self.text.read_bytes()

    def editions(self):
        return sorted(path.name for path in self.home.glob("list-*"))

    def leftovers(self):
        """What should not be there: editions that nothing names, links half made, files of unknown use."""
        current = self.home / "current"
        named = {current.resolve().name, (current / "previous").resolve().name} if current.exists() else set()
        known = named | {"current", "lock", "state"}
        return [path.name for path in self.home.iterdir() if path.name not in known]

    def state(self):
        """The words of --check."""
        done = self.run("--check")
        return dict(re.findall(r'(\w+)=("[^"]*"|\S+)', done.out)), done.code

    def suffixes(self, *domains):
        """The organizational domain of each as libpsl finds it by the installed file, through build/dmx."""
        found = []
        for domain in domains:
            (self.directory / "mail").write_text(f"From: x@{domain}\n\n")
            (self.directory / "zone").write_text("")
            done = subprocess.run([self.dmx, "check", "--psl", self.dafsa, "--zone", self.directory / "zone", "-v", self.directory / "mail"],
                                  capture_output=True, text=True, timeout=30, check=False)
            match = re.search(r"organizational domain (\S+)", done.stdout)
            found.append(match[1].rstrip(",;") if match else f"? {done.stdout} {done.stderr}")
        return found

    def aged(self, days):
        """As if the list had been found current so many days ago."""
        state = self.home / "state"
        when = int(os.stat(self.dafsa).st_mtime - days * DAY)
        for path in (self.dafsa, self.text):
            os.utime(path, (when, when))
        if state.exists():
            state.write_text(f"checked={when:012}\nattempted={when:012}\n")
        return self
