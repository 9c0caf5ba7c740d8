# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""What an update leaves on the disk: the pair, its modes, the list before, nothing else."""

import fcntl
import os
import stat
import subprocess
import threading
import time

from server import text
from updater import DEBIAN, FILES, LOCKED, NEW, NEWER, OLD, REJECTED, day, holds, listed, same


def modes(place):
    """The mode of everything that others have to reach."""
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode))
            for path in (place.home, place.home / "current", place.dafsa, place.text, place.home / "state")}


RIGHT = {"list.d": "0o755", "current": "0o755", "list.dafsa": "0o644", "list.dat": "0o644", "state": "0o644"}


def test_modes(bench, mask):
    place = bench.place()
    source = bench.directory / "source"
    source.write_bytes(NEW)
    for _ in range(2):
        done = subprocess.run(place.words("--now", "--quiet", "--allow-file", "--url", f"file://{source}"), env=place.environment,
                              umask=mask, capture_output=True, text=True, check=False)
        same((done.returncode, done.stderr), (0, ""), "the run")
        same(modes(place), RIGHT, "the modes")
        source.write_bytes(NEWER)


test_modes.rows = {"umask 000": 0o000, "umask 022": 0o022, "umask 077": 0o077}


def test_the_list_is_in_force(bench):
    place = bench.place().install(OLD)
    same(place.suffixes("a.b.suffix.example", "a.b.co.uk"), ["suffix.example", "b.co.uk"], "by the old list")
    place.install(NEW)
    same(place.suffixes("a.b.suffix.example", "a.b.co.uk"), ["b.suffix.example", "b.co.uk"], "by the new list")


def test_plain_files_become_the_list_before(bench):
    """The pair of Debian's package, copied there by hand."""
    place = bench.place()
    for name, target in (("dafsa", place.dafsa), ("dat", place.text)):
        target.write_bytes(open(f"/usr/share/publicsuffix/public_suffix_list.{name}", "rb").read())
        os.utime(target, (1700000000,) * 2)
    before = place.pair()
    place.install(NEW)
    same((place.dafsa.is_symlink(), place.pair()[1] == NEW, place.leftovers()), (True, True, []), "the new list is there")
    same(place.run("--rollback").code, 0, "back")
    same(place.pair() == before, True, "Debian's pair is there")


def test_a_copy_without_its_links(bench):
    """A backup that follows them: `current` and `previous` are directories now, the names plain files."""
    place = bench.place().install(OLD).install(NEW)
    copy = bench.directory / "copy"
    subprocess.run(["cp", "-rL", place.directory, copy], check=True)
    place.directory, place.dafsa, place.text, place.home = copy, copy / "list.dafsa", copy / "list.dat", copy / "list.d"
    holds((place.home / "current" / "previous").is_dir() and not (place.home / "current").is_symlink(), "the copy is one of the kind")
    for body in (NEWER, listed(day(6)), listed(day(5))):
        place.install(body)
        same((place.pair()[1] == body, place.dafsa.is_symlink()), (True, True), "the new list is there")
    same((place.leftovers(), len(place.editions())), ([], 2), "what is left in the directory")


def test_what_is_no_list_is_not_replaced(bench):
    """--file where --config was meant; a .dat of another program."""
    for label, name, content in (("a configuration", "dafsa", b"mode = enforce\n"), ("other data", "text", b"data" * 2000000)):
        place = bench.place(label.replace(" ", "-"))
        path = getattr(place, name)
        path.write_bytes(content)
        source = bench.directory / "source"
        source.write_bytes(NEW)
        done = place.run("--now", "--allow-file", "--url", f"file://{source}")
        same((done.code, len(done.lines()), path.is_symlink(), path.read_bytes() == content), (FILES, 1, False, True), f"{label}: {done.err}")
        holds(f"{path}: " in done.err and "move it away" in done.err, done.err)
        same(place.leftovers(), [], "what is left")
        path.unlink()
        place.install(NEW)


def test_another_link_is_replaced(bench):
    """An administrator's link to Debian's files: they stay as they are."""
    place = bench.place()
    place.dafsa.symlink_to("/usr/share/publicsuffix/public_suffix_list.dafsa")
    place.text.symlink_to("/usr/share/publicsuffix/public_suffix_list.dat")
    place.install(NEW)
    same(place.pair()[1] == NEW, True, "the new list is there")
    same(open("/usr/share/publicsuffix/public_suffix_list.dat", "rb").read() == DEBIAN, True, "Debian's is as it was")


def test_a_name_without_the_suffix(bench):
    place = bench.place(base="suffixes")
    place.install(NEW)
    same((place.dafsa.exists(), place.text.read_bytes() == NEW), (True, True), "both files")


def test_rollback(bench):
    place = bench.place().install(OLD).install(NEW)
    later = place.pair()
    done = place.run("--rollback", "--dry-run")
    same((done.code, place.pair() == later), (0, True), "a dry run")
    done = place.run("--rollback")
    same((done.code, done.err, place.pair()[1] == OLD), (0, "", True), "the list before is there")
    same((place.state()[0]["state"], place.leftovers()), ("fresh", []), "and counts as young, or the next run would fetch the other")
    same((place.run("--rollback").code, place.pair() == later), (0, True), "forward again")
    place.install(NEWER)
    same((place.run("--rollback").code, place.pair() == later), (0, True), "only the last one is kept")
    same(len(place.editions()), 2, "editions")


def test_nothing_to_go_back_to(bench):
    for place in (bench.place("none"), bench.place("one").install(OLD)):
        done = place.run("--rollback")
        same((done.code, len(done.lines()), done.out), (FILES, 1, ""), f"the outcome {done.err}")
    same(place.pair()[1] == OLD, True, "the list is as it was")


def test_a_dry_run_of_the_way_back_changes_nothing(bench):
    """Neither plain files that were put there, nor a directory that never had a list."""
    place = bench.place().install(OLD).install(NEW)
    for path in (place.dafsa, place.text):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)
    before = place.editions()
    done = place.run("--rollback", "--dry-run")
    same((done.code, place.dafsa.is_symlink(), place.text.is_symlink(), place.editions() == before), (0, False, False, True), done.err)
    empty = bench.place("empty")
    same((empty.run("--rollback").code, list(empty.directory.iterdir())), (FILES, [empty.empty_config]), "nothing is made")


def test_a_damaged_list_before_is_not_gone_back_to(bench):
    place = bench.place().install(OLD).install(NEW)
    (place.home / "current" / "previous" / "list.dafsa").write_bytes(b"")
    same((place.run("--rollback").code, place.pair()[1] == NEW), (FILES, True), "the list stays")


def test_older_on_purpose(bench):
    with bench.server({"/list": text(OLD)}) as server:
        place = bench.place().install(NEW)
        same(place.run("--now", "--url", server.url("/list")).code, REJECTED, "by itself")
        done = place.run("--now", "--allow-older", "--url", server.url("/list"))
        same((done.code, place.pair()[1] == OLD), (0, True), "with --allow-older")


def test_min_rules(bench):
    with bench.server({"/list": text(NEW)}) as server:
        place = bench.place().install(OLD)
        same(place.run("--now", "--min-rules", "20000", "--url", server.url("/list")).code, REJECTED, "20,000")
        same(place.run("--now", "--min-rules", "9000", "--url", server.url("/list")).code, 0, "9,000")


def test_no_version_is_a_warning(bench):
    with bench.server({"/list": text(DEBIAN)}) as server:
        place = bench.place()
        done = place.run("--now", "--url", server.url("/list"))
        same((done.code, len(done.lines())), (0, 1), f"the outcome {done.err}")
        holds("VERSION" in done.err, done.err)
        done = bench.place("quiet").run("--now", "--quiet", "--url", server.url("/list"))
        same((done.code, done.out, done.err), (0, "", ""), "--quiet")


def test_one_at_a_time(bench):
    place = bench.place().install(OLD)
    before = place.pair()
    with open(place.home / "lock", "rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for words in (("--now", "--url", "https://127.0.0.1:9/"), ("--rollback",)):
            done = place.run(*words)
            same((done.code, len(done.lines()), done.out), (LOCKED, 1, ""), f"the outcome of {words}: {done.err}")
        same((place.run("--url", "https://127.0.0.1:9/").code, place.state()[0]["state"]), (0, "fresh"), "nothing to do needs no lock")
    same(place.pair() == before, True, "the list is as it was")


def test_two_at_once(bench):
    """While one waits for its server the other leaves at once."""
    release = threading.Event()

    def scene(request):
        release.wait(30)
        request.reply(200, NEW)

    with bench.server({"/list": scene}) as server:
        place = bench.place().install(OLD)
        first = subprocess.Popen(place.words("--now", "--url", server.url("/list")), env=place.environment, stdout=subprocess.DEVNULL)
        while not server.requests:
            time.sleep(0.01)
        same(place.run("--now", "--url", server.url("/list")).code, LOCKED, "the second")
        release.set()
        same((first.wait(30), place.pair()[1] == NEW), (0, True), "the first")


def test_what_killed_updaters_left(bench):
    """The next one takes it away, and nothing else."""
    place = bench.place().install(OLD).install(NEW)
    stale = place.home / "list-0123456789abcdef"
    stale.mkdir()
    (stale / "list.dafsa").write_bytes(b"half")
    (place.home / ".current.new").symlink_to("list-0123456789abcdef")
    foreign = place.home / "list-of-mine"
    foreign.mkdir()
    before = place.pair()
    place.install(NEWER)
    same((stale.exists(), foreign.exists(), len(place.editions())), (False, True, 3), "the directories")
    foreign.rmdir()
    same(place.leftovers(), [], "leftovers")
    same((place.run("--rollback").code, place.pair() == before), (0, True), "the list before was kept")


def test_a_directory_that_is_not_there(bench):
    place = bench.place()
    place.dafsa = place.directory / "none" / "list.dafsa"
    done = place.run("--now")
    same((done.code, len(done.lines())), (FILES, 1), f"the outcome {done.err}")


def test_a_state_that_cannot_be_read(bench):
    """Whatever stands there: the file's own time is the age."""
    place = bench.place().install(OLD)
    for damage in (b"", b"checked=", b"x" * 44, b"checked=999999999999\nattempted=99999999999x\n"):
        (place.home / "state").write_bytes(damage)
        same(place.state()[0]["state"], "fresh", f"the state with {damage}")
        same(place.run("--url", "https://127.0.0.1:9/").code, 0, f"with {damage}")


def test_a_list_of_many_more_rules(bench):
    """A third more than installed is refused, a quarter more is not."""
    grown = {count: listed(day(2), *(f"r{i}.example" for i in range(count))) for count in (2300, 3200)}
    with bench.server({f"/{count}": text(body) for count, body in grown.items()}) as server:
        place = bench.place().install(OLD)
        same(place.run("--now", "--url", server.url("/3200")).code, REJECTED, "3,200 more")
        same(place.run("--now", "--url", server.url("/2300")).code, 0, "2,300 more")
