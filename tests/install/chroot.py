# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A scratch Debian below a directory, and commands in it."""

import subprocess

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "TERM": "dumb",
               "DEBIAN_FRONTEND": "noninteractive"}
SECONDS = 200


class Failure(Exception):
    """Something did not fare as it should."""


class Skip(Exception):
    """This machine cannot do it; the reason."""


class Chroot:
    """`root` is its directory."""

    def __init__(self, root):
        self.root = root

    def run(self, text, check=True):
        """Shell lines as root in /root there, `y` on standard input as somebody would answer; what they said is in stdout."""
        done = subprocess.run(["chroot", self.root, "/bin/sh", "-ec", "cd\n" + text], env=ENVIRONMENT, input="y\n", text=True,
                              errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
        if check and done.returncode != 0:
            raise Failure(f"exit {done.returncode}: {text}\n{done.stdout[-3000:]}")
        return done

    def path(self, name):
        return self.root / name.lstrip("/")

    def read(self, name):
        path = self.path(name)
        return path.read_text(errors="replace") if path.exists() else ""

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        path.write_text(text)
        path.chmod(mode)
