# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The scratch directory of one run, and where the servers of the lab are.

    with Scratch() as scratch:
        exim = scratch.enter(Exim(scratch, module="build/dmx.so"))

Servers entered through the scratch are stopped, last first, when the block ends for whatever reason: the end, an exception, SIGINT,
SIGTERM or SIGHUP. Then the directory is removed.
"""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]


class LabError(Exception):
    """The lab itself cannot work here: a missing program, a server that does not start, a wait that ended in vain."""


def build_dir():
    """The build directory; $BUILD moves it, as for `make` and `make deps`."""
    return pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()


def program(key):
    """The path that `make deps` wrote for EXIM_HEAVY, EXIM_LIGHT or DNSD into build/lab.env."""
    env = build_dir() / "lab.env"
    if env.exists():
        for line in env.read_text().splitlines():
            name, _, value = line.partition("=")
            if name == key and value.strip("'"):
                return value.strip("'")
    raise LabError(f"{key} is not in {env}: run `make deps`")


class Scratch:
    """One directory below $TMPDIR that Exim's user can reach, and the servers that work in it.

    A block that ends by an exception keeps the directory, and names it, where LAB_KEEP=1 is set.
    """

    def __init__(self):
        self.path = None
        self._stack = contextlib.ExitStack()
        self._counts = {}

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="dmx-lab-")).resolve()
        self.path.chmod(0o755)  # Exim's user passes through; what must not be read is closed further down
        _unwind_on_signals()
        return self

    def __exit__(self, kind, value, trace):
        try:
            self._stack.__exit__(kind, value, trace)
        finally:
            if os.environ.get("LAB_KEEP") == "1":
                print(f"lab: kept {self.path}", file=sys.stderr)
            else:
                shutil.rmtree(self.path, ignore_errors=True)

    def enter(self, server):
        """Start a server (enter its context) and stop it when the scratch ends."""
        return self._stack.enter_context(server)

    def directory(self, name, owner=None):
        """A fresh directory NAME-N, given to the account `owner` where that is set."""
        number = self._counts[name] = self._counts.get(name, 0) + 1
        path = self.path / f"{name}-{number}"
        path.mkdir(mode=0o755)
        if owner is not None:
            give(path, owner)
        return path


def give(path, owner):
    """Hand a file or directory to an account and its group; without root everything is one's own already."""
    if os.geteuid() == 0:
        entry = pwd.getpwnam(owner)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def reachable(path):
    """Whether an account without rights may run the program `path`: not below root's home, for example."""
    path = pathlib.Path(path).resolve()
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))


def _unwind_on_signals():
    """Turn the signals that would end the program at once into an exception, so that every `with` block ends properly."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda got, _frame: sys.exit(128 + got))
