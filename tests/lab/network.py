# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Hosts with a network each, and a cable from each to a hub in the middle; a cable can be cut.

A place is a network namespace, with a host name of its own, that lasts as long as one sleeping process: nothing has a name on the machine, so nothing is left when the
harness is killed, whoever did it. Where the machine allows no namespaces every place is the machine itself, `why_not` says why, and no
cable can be cut. LAB_LOOPBACK=1 asks for that.

    network = scratch.enter(Network(scratch, ["mx1", "mx2"]))
    exim.prefix = network.places["mx1"].prefix        # words that run a command in that place
    with network.places["mx1"].inside(): ...          # sockets made in this block belong to it
    network.cut("mx1")
"""

import contextlib
import ctypes
import errno
import os
import pathlib
import socket
import subprocess

from .process import ENVIRONMENT, Process, wait_until
from .scratch import LabError

SUBNET = "10.77"  # seen in the namespaces alone, so it may be anybody's elsewhere
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _enter(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise LabError(f"setns: {os.strerror(ctypes.get_errno())}")


class Place:
    """`hub` is the hub's address as it is seen from here; `address` this place's, as the hub sees it."""

    def __init__(self, name, hub="127.0.0.1", address="127.0.0.1", process=None):
        self.name, self.hub, self.address, self.process = name, hub, address, process

    @property
    def namespace(self):
        return f"/proc/{self.process.pid}/ns/net"

    @property
    def prefix(self):
        return ("nsenter", f"--net={self.namespace}", f"--uts=/proc/{self.process.pid}/ns/uts", "--") if self.process else ()

    @contextlib.contextmanager
    def inside(self):
        """The calling thread's new sockets, and the threads and children that it starts, belong to this place."""
        if self.process is None:
            yield
            return
        with open("/proc/thread-self/ns/net", "rb") as before, open(self.namespace, "rb") as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(before.fileno())


class Network:
    def __init__(self, scratch, names):
        self.why_not = ""
        self.hub = None
        self.places = {}
        self._names = list(names)
        self._directory = scratch.directory("network")
        self._holders = []

    def __enter__(self):
        try:
            if os.environ.get("LAB_LOOPBACK") == "1":
                raise LabError("LAB_LOOPBACK=1")
            self._lay()
        except (LabError, OSError) as problem:
            self.why_not = f"there are no network namespaces here: {problem}"
            self._end()
            self.hub = Place("hub")
            self.places = {name: Place(name) for name in self._names}
        return self

    def __exit__(self, *_):
        self._end()

    def cut(self, name):
        """Nothing gets through any more, and nobody is told: packets are lost on both sides."""
        self._ip(self.hub, f"link set to-{name} down")

    def mend(self, name):
        """Returns when the hub is reached again: a neighbour that was not there is not looked for at once."""
        self._ip(self.hub, f"link set to-{name} up")
        wait_until(lambda: self._reaches(self.places[name]), 10, f"the cable to {name}")

    @staticmethod
    def _reaches(place):
        with place.inside(), socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex((place.hub, 9)) in (0, errno.ECONNREFUSED)

    def _lay(self):
        self.hub = self._hold("hub")
        for number, name in enumerate(self._names, 1):
            place = self._hold(name, f"{SUBNET}.{number}.1", f"{SUBNET}.{number}.2")
            self._ip(self.hub, f"link add to-{name} type veth peer name eth0 netns {place.process.pid}",
                     f"address add {place.hub}/24 dev to-{name}", f"link set to-{name} up")
            self._ip(place, f"address add {place.address}/24 dev eth0", "link set eth0 up")
            self.places[name] = place

    def _hold(self, name, *addresses):
        script = f"echo {name} >/proc/sys/kernel/hostname; exec sleep infinity"
        process = Process(["unshare", "--net", "--uts", "--", "/bin/sh", "-c", script], self._directory / f"{name}.log", "/")
        self._holders.append(process)
        place = Place(name, *addresses, process=process)
        wait_until(lambda: not process.alive() or pathlib.Path(f"/proc/{process.pid}/comm").read_text() == "sleep\n", 5, "unshare --net")
        if not process.alive():
            raise LabError(f"unshare --net: {process.said().strip()}")
        self._ip(place, "link set lo up")
        return place

    @staticmethod
    def _ip(place, *lines):
        done = subprocess.run([*place.prefix, "ip", "-batch", "-"], input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=30,
                              check=False, env=ENVIRONMENT)
        if done.returncode != 0:
            raise LabError(f"ip {'; '.join(lines)}: {done.stderr.strip()}")

    def _end(self):
        for process in self._holders:
            process.stop(timeout=0)
        self._holders = []
