# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""systemd as the first process of namespaces of its own, in a scratch Debian.

Its root is changed by pivot_root and not by chroot: from a chroot no user namespace can be made, which PrivateUsers= of a unit wants.
It gets a hierarchy of control groups that is nobody else's, by name, or else the unified one.
"""

import pathlib
import subprocess
import time

from chroot import ENVIRONMENT, Skip

BOOT = """
mount --bind "$1" "$1"
cd "$1"
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
mkdir sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd || mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=0755 tmpfs run
mount -t proc proc proc
mkdir -p old
pivot_root . old
umount -l old
exec env container=lxc /lib/systemd/systemd --system --unit=timers.target
"""
UNSHARE = ["unshare", "--pid", "--mount", "--net", "--cgroup", "--uts", "--ipc", "--fork", "--kill-child"]
BOOT_SECONDS, SECONDS = 30, 60


class Booted:
    """As a context manager it runs."""

    def __init__(self, root):
        self.root = root
        self.log = root / "boot.log"

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.unshare = subprocess.Popen([*UNSHARE, "sh", "-ec", BOOT, "boot", self.root], env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT)
        end = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < end and self.unshare.poll() is None:
            if self.run("systemctl is-system-running").stdout.strip() in ("running", "degraded"):
                return self
            time.sleep(0.2)
        said = self.log.read_text(errors="replace").strip()
        self.__exit__()
        raise Skip(f"systemd does not boot here: {said.splitlines()[-1] if said else 'it says nothing'}")

    def __exit__(self, *_):
        self.unshare.kill()  # and its child by that
        self.unshare.wait()

    def run(self, text):
        """Shell lines there."""
        first = pathlib.Path(f"/proc/{self.unshare.pid}/task/{self.unshare.pid}/children").read_text().split()
        if not first:
            return subprocess.CompletedProcess(text, 1, "")
        return subprocess.run(["nsenter", "-t", first[0], "-m", "-p", "-n", "-C", "-r", "-w", "sh", "-c", text], env=ENVIRONMENT, text=True,
                              errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
