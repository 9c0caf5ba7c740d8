# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A disk that fills up: the old list stays. (test_fault plays it at every call; this is a real one, a tmpfs of its own.)"""

import json
import os
import subprocess
import sys

from updater import FILES, NEW, OLD, same

# In a mount namespace: a small tmpfs, a list, then less and less room. argv: the updater, two sources, the directory.
SCRIPT = r"""
import json, os, pathlib, subprocess, sys
program, old, new, place = sys.argv[1:]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k,mode=755", "tmpfs", place], check=True)
dafsa, text, filler = (pathlib.Path(place) / name for name in ("list.dafsa", "list.dat", "filler"))
def update(source, *more):
    done = subprocess.run([program, "--config", "/dev/null", "--file", dafsa, "--now", "--quiet", "--allow-file", "--url", "file://" + source,
                           *more], capture_output=True, text=True)
    return done.returncode, done.stderr
rows = [update(old)]
before = dafsa.read_bytes(), text.read_bytes()
for spare in (0, 4, 40, 200):  # kB that are left
    filler.write_bytes(b"")
    room = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize // 1024
    filler.write_bytes(b"x" * 1024 * (room - spare))
    code, err = update(new)
    intact = (dafsa.read_bytes(), text.read_bytes()) == before
    rows.append((code, err.count("\n"), "No space left" in err, intact, len(list(pathlib.Path(place).glob("list.d/list-*")))))
filler.unlink()
rows += [update(new), text.read_bytes() == open(new, "rb").read()]
print(json.dumps(rows))
"""


def test_full(bench):
    place = bench.place()
    old, new = bench.directory / "old", bench.directory / "new"
    old.write_bytes(OLD)
    new.write_bytes(NEW)
    empty = bench.directory / "empty.conf"
    empty.write_text("")
    script = SCRIPT.replace("/dev/null", str(empty))
    words = ["unshare", "--mount", "--map-root-user"] if os.geteuid() else ["unshare", "--mount"]
    probe = subprocess.run([*words, "mount", "-t", "tmpfs", "tmpfs", place.directory], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        raise bench.skip(f"no mount namespace here: {probe.stderr.strip()}")
    done = subprocess.run([*words, sys.executable, "-c", script, place.program, old, new, place.directory], capture_output=True, text=True,
                          timeout=120, check=False)
    same(done.returncode, 0, f"the script: {done.stderr}")
    first, *full, after, there = json.loads(done.stdout)
    same(first, [0, ""], "while there is room")
    same(full, [[FILES, 1, True, True, 1]] * 4, "exit status, lines, the reason, the pair intact, editions")
    same((after, there), ([0, ""], True), "when there is room again")
