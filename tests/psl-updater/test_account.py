# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""As whom it works, and where it refuses to: needs root."""

import os
import subprocess

from updater import FILES, NEW, OLD, holds, same

SOMEBODY = 61337  # an account that no machine has


def need_root(bench):
    if os.geteuid() != 0:
        raise bench.skip("only root can be another user")


def reachable(bench, place):
    """What the other user reads: the program, a source; the build directory may be closed to others."""
    program, source = bench.directory / "psl-updater", bench.directory / "source"
    program.write_bytes(place.program.read_bytes())
    program.chmod(0o755)
    place.program = program
    source.write_bytes(NEW)
    return "--now", "--quiet", "--allow-file", "--url", f"file://{source}"


def owners(*paths):
    return {path.lstat().st_uid for path in paths}


def test_root_becomes_the_owner(bench):
    """Of the directory, before anything is fetched."""
    need_root(bench)
    place = bench.place()
    words = reachable(bench, place)
    os.chown(place.directory, SOMEBODY, SOMEBODY)
    done = place.run(*words)
    same((done.code, done.err), (0, ""), "the run")
    same(owners(place.home, *place.home.rglob("*"), place.dafsa, place.text), {SOMEBODY}, "the owner of everything")


def test_the_owner_of_the_inner_directory(bench):
    """As `make install` sets it up: the names are root's links, and what they lead through is the updater's."""
    need_root(bench)
    place = bench.place()
    words = reachable(bench, place)
    place.home.mkdir()
    os.chown(place.home, SOMEBODY, SOMEBODY)
    place.dafsa.symlink_to("list.d/current/list.dafsa")
    place.text.symlink_to("list.d/current/list.dat")
    done = place.run(*words)
    same((done.code, done.err, place.pair()[1] == NEW), (0, "", True), "the run as root")
    same(owners(*place.home.rglob("*")), {SOMEBODY}, "the owner of everything")
    done = place.run(*words, user=SOMEBODY, group=SOMEBODY, extra_groups=[])
    same((done.code, done.err), (0, ""), "the run as the user")


def test_no_right_to_write(bench):
    need_root(bench)
    place = bench.place().install(OLD)
    before = place.pair()
    done = place.run(*reachable(bench, place), user=SOMEBODY, group=SOMEBODY, extra_groups=[])
    same((done.code, len(done.lines()), place.pair() == before), (FILES, 1, True), f"the outcome {done.err}")


def test_anybody_may_look(bench):
    """--check is for monitoring, which is nobody in particular."""
    need_root(bench)
    place = bench.place().install(OLD)
    reachable(bench, place)
    done = place.run("--check", user=SOMEBODY, group=SOMEBODY, extra_groups=[])
    same((done.code, done.err), (0, ""), "the outcome")
    holds(done.out.startswith("state=fresh "), done.out)


def test_a_directory_of_everybody(bench):
    place = bench.place()
    words = reachable(bench, place)
    for mode in (0o777, 0o1777):
        place.directory.chmod(mode)
        done = place.run(*words)
        same((done.code, len(done.lines()), place.home.exists()), (FILES, 1, False), f"mode {mode:o}: {done.err}")
        holds("everybody may write there" in done.err, done.err)
    place.directory.chmod(0o755)
    same(place.run(*words).code, 0, "mode 755")
    place.home.chmod(0o777)
    same(place.run(*words).code, FILES, "NAME.d of mode 777")


def test_a_planted_link_shows_nothing(bench):
    """Whoever may replace the names must not get a copy of what only root may read."""
    need_root(bench)
    secret = bench.directory / "secret"
    secret.write_text("only root may read this")
    secret.chmod(0o600)
    for label, owner, mode in (("another owner", (SOMEBODY, SOMEBODY), 0o755), ("a group that may write", (0, SOMEBODY), 0o775)):
        place = bench.place(label.replace(" ", "-")).install(OLD)  # root's, with a NAME.d of root's
        os.chown(place.directory, *owner)
        place.directory.chmod(mode)
        place.text.unlink()
        place.text.symlink_to(secret)
        done = place.run(*reachable(bench, place))
        same((done.code, len(done.lines()), place.text.is_symlink()), (FILES, 1, True), f"{label}: {done.err}")
        same([path for path in place.home.rglob("*") if path.is_file() and b"only root" in path.read_bytes()], [], f"{label}: copies")


def test_files_of_another_user(bench):
    """Root's from before the directory was given away: the line says what would be right."""
    need_root(bench)
    place = bench.place().install(OLD)
    words = reachable(bench, place)
    os.chown(place.home, SOMEBODY, SOMEBODY)
    done = place.run(*words)
    same((done.code, len(done.lines())), (FILES, 1), f"the outcome {done.err}")
    holds("must belong to" in done.err, done.err)


def test_the_shadow_of_root(bench):
    """What it kept of root: no group, no way back. Seen from its own process while it waits for a server."""
    need_root(bench)
    seen = {}

    def scene(request):
        for line in open(f"/proc/{child.pid}/status", encoding="ascii"):
            key, _, value = line.partition(":")
            seen[key] = value.split()
        request.reply(404)

    with bench.server({"/list": scene}) as server:
        place = bench.place()
        reachable(bench, place)
        os.chown(place.directory, SOMEBODY, SOMEBODY)
        child = subprocess.Popen(place.words("--now", "--url", server.url("/list")), env=place.environment, stderr=subprocess.DEVNULL)
        child.wait(30)
    same((seen["Uid"], seen["Groups"]), ([str(SOMEBODY)] * 4, []), "user and groups")
    holds("0" not in seen["Gid"] and int(seen["CapEff"][0], 16) == 0, f"{seen['Gid']} {seen['CapEff']}")
