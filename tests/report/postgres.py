# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A PostgreSQL server of a test's own, on a Unix socket in a scratch directory, as a user without privileges."""
import os
import pathlib
import pwd
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from lab.postgres import programs  # noqa: E402, F401

PORT = 5432  # of the socket's name; nothing listens on it unless a test says so


def client(where):
    """psql: a package of its own, which may be unpacked where the server is installed, or the other way round."""
    places = [where, *(ROOT / "build" / "pkg").glob("postgresql-client-*/usr/lib/postgresql/*/bin")]
    return next((place / "psql" for place in places if (place / "psql").exists()), "psql")


def unprivileged():
    """PostgreSQL does not run as root."""
    return {"user": pwd.getpwnam("nobody").pw_uid, "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if os.getuid() == 0 else {}


class Server:
    """Made and started by with; stopped at its end. The superuser is dmx, and so is the database."""

    def __init__(self, scratch, *settings, where=None):
        self.dir, self.programs, self.who = pathlib.Path(scratch), where or programs(), unprivileged()
        self.settings = ["listen_addresses=", "fsync=off", *settings]
        self.data = self.dir / "data"
        self.conninfo = f"host={self.dir} port={PORT} user=dmx dbname=dmx"

    def call(self, program, *words, check=True):
        done = subprocess.run([self.programs / program, *words], cwd=self.dir, capture_output=True, text=True, errors="replace", check=False,
                              timeout=120, **self.who)
        if check and done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")
        return done

    def make(self):
        self.dir.mkdir(exist_ok=True)
        if self.who:
            os.chown(self.dir, self.who["user"], self.who["group"])
        self.dir.chmod(0o755)
        self.call("initdb", "-D", self.data, "-U", "dmx", "--auth=trust", "-E", "UTF8", "--no-locale", "-N")

    def start(self):
        options = f"-k {self.dir} -p {PORT} " + " ".join(f"-c {setting}" for setting in self.settings)
        self.call("pg_ctl", "-D", self.data, "-w", "-l", self.dir / "log", "-o", options, "start")

    def stop(self, how="immediate"):
        self.call("pg_ctl", "-D", self.data, "-m", how, "-w", "stop", check=False)

    def pid(self):
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def kill(self):
        """As if the power had failed: nobody is told. Its children go by themselves when they see it."""
        pid = self.pid()
        os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 30
        while time.monotonic() < end and self.children(pid):
            time.sleep(0.01)
        # Whoever inherited the dead server may not have taken notice of its end yet: it would count as running.
        for name in (self.data / "postmaster.pid", self.dir / f".s.PGSQL.{PORT}.lock", self.dir / f".s.PGSQL.{PORT}"):
            name.unlink(missing_ok=True)

    def children(self, pid):
        """Its backends: they have the data directory as their own, and it as their parent, or nobody once it is gone."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "cwd") == str(self.data) and int(entry.name) != pid:
                    found.append(int(entry.name))
            except OSError:
                pass
        for child in found:
            try:
                os.kill(child, signal.SIGKILL)
            except OSError:
                pass
        return found

    def sql(self, text, database="dmx", user="dmx", check=True):
        """Rows as lists of texts."""
        done = subprocess.run([client(self.programs), "-h", self.dir, "-p", str(PORT), "-U", user, "-qAtX", "-F", "\t", "-v", "ON_ERROR_STOP=1",
                               "-c", text, database], capture_output=True, text=True, errors="replace", check=False, timeout=120)
        if check and done.returncode:
            raise RuntimeError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def __enter__(self):
        self.make()
        self.start()
        self.sql("CREATE DATABASE dmx", database="postgres")
        return self

    def __exit__(self, *_):
        self.stop()
