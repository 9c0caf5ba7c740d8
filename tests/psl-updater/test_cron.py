# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The line of cron in a root of its own: what `make install` put there, run as cron runs it, with the system's trust and paths."""

import glob
import os
import pathlib
import re
import shutil
import subprocess

from server import text
from updater import DAY, NEW, OLD, holds, same

TREE = pathlib.Path(__file__).resolve().parents[2]
DIRECTORY = pathlib.Path("var/lib/dmx")
USER = 61337

# In a mount namespace. $1: the root. /usr and the like are this machine's, read only; sleeping is for others.
ENTER = r"""
set -eu
root=$1; shift
for part in usr bin sbin lib lib64; do
	[ -e "/$part" ] || continue
	if [ -L "/$part" ]; then ln -sfn "$(readlink "/$part")" "$root/$part"; continue; fi
	mkdir -p "$root/$part"
	mount --bind "/$part" "$root/$part"
	mount -o remount,bind,ro "$root/$part"
done
mount --bind "$root/nosleep" "$root/usr/bin/sleep"
mkdir -p "$root/dev/shm"
mount -t tmpfs tmpfs "$root/dev/shm"   # libfaketime wants it
[ -e "$root/dev/null" ] || { touch "$root/dev/null"; mount --bind /dev/null "$root/dev/null"; }
exec chroot --userspec="$USER_ID:$USER_ID" "$root" "$@"
"""


class Root:
    """A directory that looks like a server on which dmx has been installed; the program lies outside /usr, which is not ours."""

    def __init__(self, bench, url):
        self.bench, self.path = bench, bench.directory / "root"
        for name in ("dev", "tmp", "etc/ssl/certs", "etc/exim4"):
            (self.path / name).mkdir(parents=True)
        # What was built is installed as it is: a test must not build anew, with other flags perhaps.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        done = subprocess.run(["make", "-s", "-C", TREE, "-o", "all", "-o", "man", "install", f"DESTDIR={self.path}", "PREFIX=/opt/dmx",
                               f"B={bench.options.program.parent}"], capture_output=True, text=True, timeout=120, check=False, env=environment)
        same(done.returncode, 0, f"make install: {done.stderr}")
        (self.path / "etc/exim4/dmx.conf").write_text(f"mode = monitor\npsl_url = {url}\n")
        shutil.copy(bench.authority.file, self.path / "etc/ssl/certs/ca-certificates.crt")
        for path in ("/etc/ld.so.cache", "/etc/nsswitch.conf"):
            if os.path.exists(path):
                shutil.copy(path, self.path / "etc")
        (self.path / "etc/passwd").write_text(f"root:x:0:0::/:/bin/sh\ndmx-psl:x:{USER}:{USER}::/:/bin/false\n")
        (self.path / "nosleep").write_text('#!/bin/sh\n[ "$1" -ge 0 ] && [ "$1" -le 1800 ] && echo slept >>/tmp/slept\n')
        (self.path / "nosleep").chmod(0o755)
        (self.path / "tmp").chmod(0o1777)
        self.home = self.path / DIRECTORY / "public_suffix_list.d"
        os.chown(self.home, USER, USER)
        self.text = self.path / DIRECTORY / "public_suffix_list.dat"
        self.settings, self.user, self.command = self._job()

    def _job(self):
        """The environment, the account and the command of the one job."""
        lines = [line for line in (self.path / "etc/cron.d/psl-updater").read_text().splitlines() if line and not line.startswith("#")]
        settings = dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))
        jobs = [line for line in lines if not re.match(r"\w+=", line)]
        same(len(jobs), 1, f"the jobs {jobs}")
        fields = jobs[0].split(None, 6)
        holds(re.fullmatch(r"\d+ \d+ \* \* \*", " ".join(fields[:5])), f"daily: {jobs[0]}")
        holds("%" not in fields[6], "a per cent sign ends a command of cron")
        return settings, fields[5], fields[6]

    def run(self, **more):
        """As cron does it: by SHELL -c, with next to no environment."""
        environment = {"HOME": "/", "LOGNAME": self.user, **self.settings, "USER_ID": str(USER), **more}
        return subprocess.run(["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", ENTER, "enter", self.path,
                               self.settings["SHELL"], "-c", self.command], env=environment, capture_output=True, text=True, timeout=120,
                              check=False, cwd="/")


def quiet(done, what):
    same((done.returncode, done.stdout, done.stderr), (0, "", ""), what)


def prepared(bench, url):
    bench.preload()
    if os.geteuid() != 0:
        raise bench.skip("only root can change the root directory")
    probe = subprocess.run(["unshare", "--mount", "--propagation", "private", "mount", "--bind", "/usr", "/usr"], capture_output=True,
                           text=True, check=False)
    if probe.returncode != 0:
        raise bench.skip(f"no mount namespace here: {probe.stderr.strip()}")
    return Root(bench, url)


def test_the_job(bench):
    served = {"/list": text(OLD)}
    with bench.server(served) as server:
        root = prepared(bench, server.url("/list"))
        same(root.user, "dmx-psl", "the account")
        quiet(root.run(), "the first run")
        same((root.text.read_bytes() == OLD, server.count("/list")), (True, 1), "the first list is there")
        same({path.lstat().st_uid for path in root.home.rglob("*")}, {USER}, "its owner")
        same((root.path / "tmp/slept").read_text(), "slept\n", "and it slept before")
        served["/list"] = text(NEW)
        faketime = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
        if not faketime:
            return "libfaketime is not installed: the list is made old by its time alone"
        for days, count in ((1, 1), (14, 1), (16, 2)):
            quiet(root.run(LD_PRELOAD=faketime[0], FAKETIME=f"+{days}d"), f"{days} days later")
            same(server.count("/list"), count, f"requests {days} days later")
        same(root.text.read_bytes() == NEW, True, "the new list is there")
        return ""


def test_old_by_the_file(bench):
    with bench.server({"/list": text(NEW)}) as server:
        root = prepared(bench, server.url("/list"))
        quiet(root.run(), "the first run")
        for path in root.home.glob("current/list.*"):
            when = path.stat().st_mtime - 20 * DAY
            os.utime(path, (when, when))
        state = root.home / "state"
        state.write_text(re.sub(r"attempted=\d+", "attempted=000000000000", state.read_text()))
        quiet(root.run(), "twenty days later")
        same(server.count("/list"), 2, "requests")


def test_trouble_is_told(bench):
    """Cron mails what is printed: one line, and the exit status for its log."""
    with bench.server({}) as server:
        root = prepared(bench, server.url("/list"))
        done = root.run()
        same((done.returncode, done.stdout, done.stderr.count("\n")), (69, "", 1), f"the outcome {done.stderr}")


def test_a_proxy(bench):
    """Set in the file that systemd reads, too; what `make install` writes anew is no place for it."""
    with bench.server({"/list": text(NEW)}) as server:
        root = prepared(bench, server.url("/list"))
        (root.path / "etc/default").mkdir()
        (root.path / "etc/default/psl-updater").write_text("# ours\nhttps_proxy=http://127.0.0.1:9\n")
        done = root.run()
        same((done.returncode, server.count("/list")), (69, 0), f"the outcome {done.stderr}")
        holds("127.0.0.1 port 9" in done.stderr, done.stderr)


def test_systemds_timer_goes_first(bench):
    """Where it is active; a machine that has systemd, and the timer not enabled, is refreshed by cron."""
    with bench.server({"/list": text(NEW)}) as server:
        root = prepared(bench, server.url("/list"))
        (root.path / "run/systemd/system").mkdir(parents=True)
        for active in (True, False):
            bin_dir = root.path / "stub"
            bin_dir.mkdir(exist_ok=True)
            (bin_dir / "systemctl").write_text(f'#!/bin/sh\n[ "$*" = "-q is-active psl-updater.timer" ] && {str(active).lower()}\n')
            (bin_dir / "systemctl").chmod(0o755)
            root.settings["PATH"] = "/stub:" + root.settings["PATH"].removeprefix("/stub:")
            done = root.run()
            same((done.stderr, server.count("/list")), ("", 0 if active else 1), f"the timer is {'' if active else 'not '}active")
