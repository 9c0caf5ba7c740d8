# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A server that runs as long as its block, and not a moment longer.

The child leads a session of its own, so its forks can be ended by the group. A guard, one sleeping shell, holds the read end of a pipe:
when the harness dies without a word (SIGKILL), the pipe closes and the guard ends the group. PR_SET_PDEATHSIG would be shorter, but the
kernel forgets it when Exim changes its user.
"""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time

from .scratch import LabError

# Nothing of the caller's environment reaches a server: what the module sees must come from Exim's add_environment.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}

_GUARD = 'read -r word || { kill -s TERM -- "-$1"; sleep 1; kill -s KILL -- "-$1"; }'


def free_port(address="127.0.0.1"):
    """A port that was free for TCP and UDP a moment ago; another process may still be quicker, so starters try again."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind((address, 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind((address, port))
            except OSError:
                continue
            return port
    raise LabError("no port is free for both TCP and UDP")


def wait_until(condition, timeout, what):
    """Call `condition` until it returns something true, and return that; LabError with `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    pause = 0.002
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > deadline:
            raise LabError(f"waited {timeout} s in vain for {what() if callable(what) else what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


class Process:
    """One child with its process group, its output in a file, and its guard."""

    def __init__(self, arguments, output, cwd):
        self.output = pathlib.Path(output)
        with open(output, "ab") as sink:
            self.child = subprocess.Popen([str(word) for word in arguments], cwd=cwd, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                                          stdout=sink, stderr=sink, start_new_session=True)
        self.pid = self.child.pid
        self.guard = subprocess.Popen(["/bin/sh", "-c", _GUARD, "lab-guard", str(self.pid)], cwd="/", env=ENVIRONMENT,
                                      stdin=subprocess.PIPE, start_new_session=True)

    def alive(self):
        return self.child.poll() is None

    def said(self):
        """What it wrote to its standard output and error."""
        return self.output.read_text(errors="replace")

    def signal(self, number):
        self.child.send_signal(number)  # does nothing if it has ended

    def stop(self, timeout=1):
        """End the child, then what is left of its group; whatever does not end within `timeout` seconds is killed (0: all at once)."""
        if self.guard.poll() is not None:
            return
        self.signal(signal.SIGTERM)
        try:
            self.child.wait(timeout)
            self._signal_group(signal.SIGTERM)
            wait_until(lambda: not living_in_group(self.pid), timeout, f"the children of {self.pid}")
        except (subprocess.TimeoutExpired, LabError):
            self._signal_group(signal.SIGKILL)
            self.child.wait()
        self.guard.stdin.write(b"stopped\n")
        self.guard.stdin.close()
        self.guard.wait()

    def _signal_group(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)


def living_in_group(group):
    """The ids of the processes in a process group, without the dead that their parent has not asked about (some machines' init is slow)."""
    found = []
    for pid, stat in _proc("stat"):
        state, _, its_group = stat.rpartition(b")")[2].split()[:3]
        if int(its_group) == group and state not in (b"Z", b"X"):
            found.append(pid)
    return found


def processes_naming(text):
    """The ids of the processes whose command line holds `text`, such as a scratch directory: the stragglers of a server."""
    return [pid for pid, command in _proc("cmdline") if os.fsencode(str(text)) in command and pid != os.getpid()]


def _proc(name):
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended
                yield int(entry.name), (entry / name).read_bytes()
