# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A real PostgreSQL in the scratch directory, with one database for a farm's report store; it can be killed and started again.

The harness is its superuser, through a Unix socket; the farm's hosts come over TCP as the role `dmx`, with a password. It runs as an
account without rights, because it refuses to run as root. What is on its disk survives being killed, so fsync is off.
"""

import importlib.util
import os
import pathlib
import pwd
import shutil
import signal
import subprocess

from .process import ENVIRONMENT, Process, wait_until
from .scratch import LabError, build_dir, give

ACCOUNT, SUPERUSER, ROLE, DATABASE, PASSWORD = "nobody", "lab", "dmx", "dmx", "open sesame"
PORT = 5432  # of the socket's name, and in a place of its own that of TCP too

_CONF = """
listen_addresses = '{listen}'
port = {port}
unix_socket_directories = '{sockets}'
fsync = off
# Not /dev/shm: in a container or a chroot it may be tiny, missing, or root's.
dynamic_shared_memory_type = mmap
max_connections = 40
# Whoever was cut off is noticed within seconds: the tests do not wait for hours.
tcp_keepalives_idle = 1
tcp_keepalives_interval = 1
tcp_keepalives_count = 2
tcp_user_timeout = 3s
log_line_prefix = '%m %p %a '
"""
_HBA = f"""
local all {SUPERUSER} trust
host {DATABASE} {ROLE} all scram-sha-256
"""


def programs():
    """The directory with `postgres` and `initdb`, the newest; None where there is none."""
    places = [*pathlib.Path("/usr/lib/postgresql").glob("*/bin"), *(build_dir() / "pkg").glob("postgresql-*/usr/lib/postgresql/*/bin")]
    return next((place for place in sorted(places, key=lambda each: int(each.parent.name), reverse=True)
                 if (place / "initdb").exists() and (place / "postgres").exists()), None)


def missing():
    """What keeps this machine from having one; nothing: it can."""
    if programs() is None:
        return "PostgreSQL is not on this machine"
    return "" if importlib.util.find_spec("psycopg2") else "python3-psycopg2 is not on this machine"


class Postgres:
    """As a context manager it runs. `place` (network.Place) is where its TCP port is."""

    def __init__(self, scratch, place, port=PORT):
        self.place, self.port, self.process = place, port, None
        self.directory = scratch.directory("postgres", ACCOUNT)
        self._programs = self._reachable(programs())
        self._who = self._account()
        self._made = False

    def _reachable(self, found):
        """An unpacked server may lie where only root looks; it finds its own files wherever its tree stands."""
        if found is None:
            raise LabError("there is no PostgreSQL: run `make deps`, with apt's lists at hand")
        # By a shell: setpriv itself still has root's capabilities when it looks for the program.
        look = [*self._account(), "/bin/sh", "-c", 'exec "$0" --version', found / "postgres"]
        if subprocess.run(look, capture_output=True, check=False).returncode == 0:
            return found
        tree = self.directory / "programs"
        shutil.copytree(found.parents[4], tree, symlinks=True)
        return tree.joinpath(*found.parts[-5:])

    @staticmethod
    def _account():
        if os.geteuid() != 0:
            return ()
        entry = pwd.getpwnam(ACCOUNT)
        return ("setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--")

    # -- life

    def __enter__(self):
        self._make()
        self.start()
        self.query("postgres", f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
        self.fresh()
        return self

    def __exit__(self, *_):
        self.kill()

    def _make(self):
        done = subprocess.run([*self._who, self._programs / "initdb", "-D", self.directory / "data", "-U", SUPERUSER, "-A", "trust", "-E", "UTF8",
                               "--no-locale", "-N"], cwd=self.directory, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise LabError(f"initdb: {done.stderr}")
        listen = "*" if self.place.process else "127.0.0.1"
        for name, text in (("postgresql.conf", _CONF.format(listen=listen, port=self.port, sockets=self.directory)), ("pg_hba.conf", _HBA)):
            path = self.directory / "data" / name
            path.write_text(text)
            give(path, ACCOUNT)

    def start(self, **settings):
        """Returns when it answers. The settings are for this life alone."""
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.process = Process([*self.place.prefix, *self._who, self._programs / "postgres", "-D", self.directory / "data", *words],
                               self.directory / "log", self.directory)
        try:
            wait_until(lambda: not self.process.alive() or self._answers(), 30, "PostgreSQL")
        except LabError:
            self.kill()
            raise LabError(f"PostgreSQL does not answer:\n{self.process.said()[-2000:]}") from None
        if not self.process.alive():
            raise LabError(f"PostgreSQL does not start:\n{self.process.said()[-2000:]}")

    def kill(self):
        """At once, whatever it was doing: what was committed is there after the next start(), and nothing else."""
        if self.process is None:
            return
        self.process.signal(signal.SIGQUIT)
        try:
            self.process.child.wait(10)
        except subprocess.TimeoutExpired:
            pass  # stop() ends it
        self.process.stop(timeout=0)
        self.process = None

    def _answers(self):
        try:
            self.connect("postgres").close()
            return True
        except LabError:
            return False

    # -- what is in it

    def connect(self, database=DATABASE):
        """psycopg2's connection of the superuser, every statement on its own."""
        import psycopg2  # here, because whoever only wants to know whether there is one does without
        try:
            made = psycopg2.connect(host=str(self.directory), port=self.port, user=SUPERUSER, dbname=database, connect_timeout=5)
        except psycopg2.OperationalError as problem:
            raise LabError(f"PostgreSQL: {problem}") from None
        made.autocommit = True
        return made

    def query(self, database, text):
        """Run one statement; its rows."""
        made = self.connect(database)
        try:
            with made.cursor() as cursor:
                cursor.execute(text)
                return cursor.fetchall() if cursor.description else []
        finally:
            made.close()

    def fresh(self):
        """An empty database, which belongs to the farm's role."""
        self.query("postgres", f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        self.query("postgres", f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    def conninfo(self, place, directory, owner):
        """How a host gets in; its password goes into a file in its directory."""
        path = directory / "pgpass"
        path.write_text(f"*:*:*:{ROLE}:{PASSWORD}\n")
        path.chmod(0o600)
        give(path, owner)
        return f"host={place.hub} port={self.port} dbname={DATABASE} user={ROLE} passfile={path}"
