# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Every call that changes the file system, one after the other: the updater is killed there, or the call fails. Whatever happens, the
pair that is installed is complete, the next update succeeds, and nothing is left behind."""

import errno
import os
import pathlib
import shutil
import signal
import subprocess

from updater import FILES, NEW, OLD, holds, same

SOURCE = pathlib.Path(__file__).with_name("fault.c")


class Model:
    """The two pairs that there may be, the preloaded library, and a source to install from."""

    def __init__(self, bench):
        self.bench, self.library, self.source = bench, bench.directory / "fault.so", bench.directory / "source"
        bench.preload()
        compiler = os.environ.get("CC", "cc")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", self.library, SOURCE, "-ldl"], check=True, timeout=60)
        model = bench.place("model").install(NEW)
        self.new = model.pair()
        self.old = model.install(OLD).pair()
        self.source.write_bytes(NEW)

    def run(self, place, words, **fault):
        environment = {"LD_PRELOAD": str(self.library), **{name: str(value) for name, value in fault.items()}}
        return place.run(*words, environment=environment)

    def update(self):
        return "--now", "--quiet", "--allow-file", "--url", f"file://{self.source}"

    def calls(self, place, words):
        """How many there are when all goes well."""
        count = self.bench.directory / "count"
        same(self.run(place, words, FAULT_COUNT=count).code, 0, "without a fault")
        return int(count.read_text())


def fresh(bench, name, model, kind):
    """Nothing, a pair of plain files, or one of ours: a copy, which is quicker than an installation."""
    place = bench.place(name)
    if kind == "plain":
        place.dafsa.write_bytes(model.old[0])
        place.text.write_bytes(model.old[1])
    elif kind == "ours":
        shutil.copytree(bench.directory / "model", place.directory, symlinks=True, dirs_exist_ok=True)
    return place


def check(place, model, kind, what):
    """Both files or, before the first installation, none; together one of the two pairs."""
    there = place.dafsa.exists(), place.text.exists()
    if kind == "none" and there == (False, False):
        return False
    same(there, (True, True), f"{what}: both are there")
    pair = place.pair()
    holds(pair in (model.old, model.new), f"{what}: a pair that does not match")
    return pair == model.new


def fault_everywhere(bench, kind, **fault):
    model = Model(bench)
    total = model.calls(fresh(bench, "counted", model, kind), model.update())
    holds(total > 15, f"only {total} calls were seen: the library is not asked")
    installed = 0
    for at in range(1, total + 1):
        place = fresh(bench, f"place-{at}", model, kind)
        done = model.run(place, model.update(), FAULT_AT=at, **fault)
        new = check(place, model, kind, f"call {at} of {total}")
        if fault["FAULT"] == "kill":
            same(done.code, -signal.SIGKILL, f"call {at}: the end")
        else:
            holds(done.code in (0, FILES), f"call {at}: exit status {done.code}")
            same(len(done.lines()), int(done.code != 0), f"call {at}: the lines {done.err}")
            holds(new or done.code != 0, f"call {at}: the exit status says that it went well, and the list is not there")
        installed += new
        if at % 4 == 0:  # each costs as much as the update that failed
            same((place.install(NEW).leftovers(), place.pair() == model.new), ([], True), f"call {at}: the next update")
    return f"{total} calls, {installed} times the new list was there"


def test_killed(bench, kind):
    return fault_everywhere(bench, kind, FAULT="kill")


def test_no_room(bench, kind):
    return fault_everywhere(bench, kind, FAULT=errno.ENOSPC, FAULT_MORE=1)


def test_one_error(bench, kind):
    return fault_everywhere(bench, kind, FAULT=errno.EIO)


def test_rollback_killed(bench):
    model = Model(bench)
    total = model.calls(fresh(bench, "counted", model, "ours"), ("--rollback", "--quiet"))
    for at in range(1, total + 1):
        place = fresh(bench, f"place-{at}", model, "ours")
        same(model.run(place, ("--rollback",), FAULT="kill", FAULT_AT=at).code, -signal.SIGKILL, f"call {at}: the end")
        check(place, model, "ours", f"call {at} of {total}")
        same(place.install(NEW).leftovers(), [], f"call {at}: leftovers")
    return f"{total} calls"


KINDS = {kind: kind for kind in ("none", "plain", "ours")}
test_killed.rows, test_no_room.rows, test_one_error.rows = KINDS, {"ours": "ours"}, {"ours": "ours"}
test_killed.slow = test_no_room.slow = test_one_error.slow = True
