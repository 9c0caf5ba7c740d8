# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""SIGKILL at random instants: what is installed is always one of the pairs that there are, complete."""

import os
import random
import subprocess
import threading
import time

from server import text
from updater import NEW, OLD, Wrong, holds, same

KILLS = 200
FIRST_KILLS = 30


class Watch(threading.Thread):
    """Reads the two files over and over while updaters work and die. A reader that opens them one after the other may meet an update
    in between, so it opens the directory that both lead through; that is what one rename changes."""

    def __init__(self, place, pairs):
        super().__init__(daemon=True)
        self.place, self.pairs, self.bad, self.count, self.ended = place, pairs, [], 0, False

    def run(self):
        while not self.ended:
            fd = os.open(self.place.home / "current", os.O_RDONLY | os.O_DIRECTORY)
            try:
                pair = tuple(read_at(fd, name) for name in ("list.dafsa", "list.dat"))
            except FileNotFoundError:
                continue  # two updates since: the edition is gone
            finally:
                os.close(fd)
            self.count += 1
            if pair not in self.pairs:
                self.bad.append([len(part) for part in pair])
            time.sleep(0.003)


def read_at(directory, name):
    fd = os.open(name, os.O_RDONLY, dir_fd=directory)
    with open(fd, "rb") as file:
        return file.read()


def begin(place, url):
    return subprocess.Popen(place.words("--now", "--quiet", "--allow-older", "--url", url), env=place.environment,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_at_random(place, url, longest, late):
    """late: from the instant at which the new pair is written, when the proof and then the renames follow."""
    before = set(place.editions())
    updater = begin(place, url)
    if late:
        while updater.poll() is None and not any((place.home / name / "about").exists() for name in set(place.editions()) - before):
            time.sleep(0.0005)
        time.sleep(random.uniform(0, longest))
    else:
        time.sleep(random.uniform(0, longest))
    updater.kill()
    return updater.wait() == 0


def whole(place, pairs):
    """Complete, matching, and loadable by libpsl; the index of the pair."""
    pair = place.pair()
    if pair not in pairs:
        raise Wrong(f"the pair is none that was ever compiled: {[len(part) for part in pair]} bytes")
    holds(place.dafsa.is_symlink() and place.text.is_symlink(), "both are links")
    same(place.suffixes("a.b.suffix.example"), [("suffix.example", "b.suffix.example")[pairs.index(pair)]], "the answer of libpsl")
    return pairs.index(pair)


def test_two_hundred_kills(bench):
    with bench.server({"/0": text(OLD), "/1": text(NEW)}) as server:
        place = bench.place().install(NEW)
        new = place.pair()
        place.install(OLD)
        pairs = [place.pair(), new]
        began = time.monotonic()
        same(begin(place, server.url("/0")).wait(), 0, "an update")
        place.install(NEW)
        longest = (time.monotonic() - began) / 2
        watch = Watch(place, pairs)
        watch.start()
        installed, finished, changed = whole(place, pairs), 0, 0
        for turn in range(KILLS):
            finished += kill_at_random(place, server.url(f"/{1 - installed}"), longest, turn % 2)
            now = whole(place, pairs)
            changed, installed = changed + (now != installed), now
        watch.ended = True
        watch.join()
        same(watch.bad, [], "pairs that a reader met")
        place.install(OLD)
        same((place.leftovers(), place.run("--rollback").code), ([], 0), "the next update cleans up, and there is a list to go back to")
        return f"{KILLS} kills, {finished} too late, {changed} lists installed, {watch.count} readings meanwhile"


test_two_hundred_kills.slow = True


def test_killed_at_the_first_installation(bench):
    """Over nothing, and over plain files: never one name without the other, never two that do not match."""
    with bench.server({"/1": text(NEW)}) as server:
        model = bench.place("model").install(NEW)
        new = model.pair()
        model.install(OLD)
        old, changed = model.pair(), 0
        for turn in range(FIRST_KILLS):
            place = bench.place(f"place-{turn}")
            plain = turn % 3
            if plain:
                place.dafsa.write_bytes(old[0])
                place.text.write_bytes(old[1])
            place.home.mkdir()
            kill_at_random(place, server.url("/1"), 0.12, True)
            there = (place.dafsa.exists(), place.text.exists())
            if there == (False, False) and not plain:
                continue
            same(there, (True, True), "both are there")
            holds(place.pair() in (old, new), f"turn {turn}: a pair that does not match")
            changed += place.pair() == new
            same(place.install(NEW).leftovers(), [], "leftovers")
        return f"{FIRST_KILLS} kills, {changed} lists installed"
