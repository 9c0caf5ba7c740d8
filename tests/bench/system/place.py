# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Where the bench runs: in a private network and mount namespace where the machine allows that, and in control groups that count
the processor's time of everything that ran in them, however short-lived."""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import mail
from lab.process import wait_until

SETTLED_NS, SETTLE_STEP_S, SETTLE_S = 1_000_000, 0.1, 20


def _commands(*lines):
    """Run commands quietly; whether all of them worked."""
    return all(subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0 for line in lines)


def enter(argv):
    """Run this program anew inside the best namespaces that there are, once. Returns (network, whether resolv.conf is ours).

    Exim asks whom resolv.conf names, and there is no telling it otherwise: without a mount of our own it cannot be measured with its own
    checks. The name server has port 53 in any case.
    """
    stage = os.environ.get("DMX_BENCH_PLACE")
    if stage is None:
        for stage, flags in (("net", ["--net", "--mount"]), ("mount", ["--mount"])):
            if _commands(["unshare", *flags, "true"]):
                os.execvpe("unshare", ["unshare", *flags, "--propagation", "private", "--", sys.executable, *argv],
                           {**os.environ, "DMX_BENCH_PLACE": stage})
        stage = "none"
    network = mail.LOOPBACK
    if stage == "net":
        network = mail.PRIVATE
        # A prefix on lo makes every address in it this machine's own.
        _commands(["ip", "link", "set", "lo", "up"], ["ip", "address", "add", network.prefix, "dev", "lo"])
    else:
        print("no private network on this machine: the bench uses addresses of 127.64.0.0/10")
    return network, stage != "none"


@contextlib.contextmanager
def quiet_disk(own_mounts):
    """A directory in memory, so that no disk is measured; on the machine's disk where nothing can be mounted."""
    with tempfile.TemporaryDirectory(prefix="dmx-bench-") as root:
        pathlib.Path(root).chmod(0o755)
        mounted = own_mounts and _commands(["mount", "-t", "tmpfs", "-o", "mode=0755", "dmx-bench", root])
        if not mounted:
            print("nothing can be mounted on this machine: the spool is on its disk")
        try:
            yield root
        finally:
            if mounted:
                _commands(["umount", "--lazy", root])


def name_server(directory, network):
    """Let resolv.conf name the bench's resolver. Whether it worked."""
    own = pathlib.Path(directory) / "resolv.conf"
    own.write_text(f"nameserver {network.resolver}\n")
    return _commands(["mount", "--bind", str(own), os.path.realpath("/etc/resolv.conf")])


class Meter:
    """Processor time of groups of processes: control groups, version 2 or 1, else what /proc knows.

    The children of Exim's daemon are never waited for (it ignores SIGCHLD), so their time reaches no counter of the daemon; without
    control groups the whole machine's time is all there is, less that of the client, and `source` says so.
    """

    def __init__(self):
        self._made = {}
        self._root, self._counter, self.source = self._find()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for path in self._made.values():
            with contextlib.suppress(OSError):
                path.rmdir()

    @staticmethod
    def _find():
        for kind, counter in (("cgroup2", "cpu.stat"), ("cgroup", "cpuacct.usage")):
            for line in pathlib.Path("/proc/mounts").read_text().splitlines():
                _, where, its_kind, options = line.split()[:4]
                if its_kind != kind or (kind == "cgroup" and "cpuacct" not in options.split(",")):
                    continue
                trial = pathlib.Path(where) / f"dmx-bench-{os.getpid()}"
                try:
                    trial.mkdir()
                    usable = (trial / counter).exists() and (trial / "cgroup.procs").exists()
                    trial.rmdir()
                except OSError:
                    continue
                if usable:
                    return pathlib.Path(where), counter, f"{kind} {counter}"
        return None, None, "/proc/stat, the whole machine: control groups cannot be written here, so take these figures as rough ones"

    def group(self, name):
        """The words to put in front of a command, so that it and all its children are counted under `name`."""
        if self._root is None:
            return []
        path = self._made.setdefault(name, self._root / f"dmx-bench-{os.getpid()}-{name}")
        path.mkdir(exist_ok=True)
        return ["/bin/sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', str(path)]

    def used_ns(self, *names):
        """Nanoseconds used so far by these groups; all there are without control groups, and then in the name of the first, `mta`."""
        if self._root is None and "mta" not in names:
            return 0
        if self._root is None:
            busy = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
            ticks = sum(int(busy[at]) for at in (0, 1, 2, 5, 6))
            client = os.times()
            return int(1e9 * (ticks / os.sysconf("SC_CLK_TCK") - sum(client[:4])))
        total = 0
        for name in names:
            text = (self._made[name] / self._counter).read_text()
            total += int(text) if self._counter == "cpuacct.usage" else 1000 * int(text.split("usage_usec", 1)[1].split()[0])
        return total

    def members(self, name):
        """How many processes a group has."""
        if self._root is None:
            return 0
        return len((self._made[name] / "cgroup.procs").read_text().split())

    def settle(self, *names):
        """Wait until these groups use next to nothing any more: a server that has just started may still be busy."""
        deadline = time.monotonic() + SETTLE_S
        before = self.used_ns(*names)
        while self._root is not None and time.monotonic() < deadline:
            time.sleep(SETTLE_STEP_S)
            now = self.used_ns(*names)
            if now - before < SETTLED_NS:
                return
            before = now

    def wait_members(self, name, count):
        """Wait until no more than `count` processes of a group are left: the last connection's process has ended."""
        wait_until(lambda: self.members(name) <= count, 10, f"the processes of {name} to end")
