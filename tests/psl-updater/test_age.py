# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""When the server is asked, and when it is not: the age of the list, once a day, 304, the clock."""

import glob
import os
import subprocess
import time

from server import cached, status, text
from updater import DAMAGED, DAY, NETWORK, NEW, NEW_DAY, NEWER, OK, OLD, STALE, day, holds, listed, same

FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")


def later(bench, days):
    """The environment of a program that lives so many days later."""
    bench.preload()
    if not FAKETIME:
        raise bench.skip("the package libfaketime is not installed")
    return {"LD_PRELOAD": FAKETIME[0], "FAKETIME": f"{days:+}d"}


def quiet(outcome, what):
    same((outcome.code, outcome.out, outcome.err), (0, "", ""), what)


def test_fourteen_and_sixteen_days(bench):
    with bench.server({"/list": text(NEW)}) as server:
        place = bench.place().install(OLD)
        before = place.pair()
        quiet(place.run("--url", server.url("/list")), "at once")
        quiet(place.run("--url", server.url("/list"), environment=later(bench, 14)), "14 days later")
        same((server.requests, place.pair() == before), ([], True), "nothing has happened")
        done = place.run("--url", server.url("/list"), environment=later(bench, 16))
        same((done.code, done.err, server.count("/list")), (0, "", 1), "16 days later it is fetched")
        holds("installed" in done.out and NEW_DAY in done.out, f"the line {done.out}")
        same(place.pair()[1] == NEW, True, "the new list is there")


def test_sixteen_days_by_the_files_time(bench):
    """A copy of a list, put there by hand, has no other age."""
    with bench.server({"/list": text(NEW)}) as server:
        place = bench.place()
        other = bench.place("other").install(OLD)
        for source, target in zip((other.dafsa, other.text), (place.dafsa, place.text)):
            target.write_bytes(source.read_bytes())
        quiet(place.run("--url", server.url("/list")), "young")
        for path in (place.dafsa, place.text):
            os.utime(path, (time.time() - 14.9 * DAY,) * 2)
        quiet(place.run("--url", server.url("/list")), "not yet")
        same(server.requests, [], "requests")
        os.utime(place.dafsa, (time.time() - 15.1 * DAY,) * 2)
        same(place.run("--url", server.url("/list")).code, 0, "old enough")
        same((place.pair()[1] == NEW, server.count("/list")), (True, 1), "the new list is there")


def test_a_copy_is_no_younger(bench):
    """Whoever copies the files gives them a new time; the state knows better."""
    place = bench.place().install(OLD).aged(20)
    for path in (place.dafsa, place.text):
        os.utime(path)
    same(place.state()[0]["state"], "due", "the state")


def test_young_needs_no_server(bench):
    """And not even a lock: nothing is written, so that a directory that cannot be written is no trouble."""
    place = bench.place().install(OLD)
    before = {path: path.lstat().st_mtime_ns for path in (place.home, *place.home.rglob("*"))}
    quiet(place.run("--quiet", "--url", "https://127.0.0.1:9/list"), "the run")
    same({path: path.lstat().st_mtime_ns for path in (place.home, *place.home.rglob("*"))}, before, "the times of all files")
    done = place.run("--verbose", "--url", "https://127.0.0.1:9/list")
    same((done.code, done.out.count("\n")), (0, 1), f"--verbose: {done.out}")


def test_the_limit_of_the_command_line(bench):
    with bench.server({"/list": text(NEW)}) as server:
        place = bench.place().install(OLD).aged(3)
        quiet(place.run("--max-age", "4", "--url", server.url("/list")), "four days")
        same(place.run("--max-age", "2", "--url", server.url("/list")).code, 0, "two days")
        same(server.count("/list"), 1, "requests")


def test_the_options_of_the_configuration(bench):
    with bench.server({"/list": text(NEW)}) as server:
        place = bench.place().install(OLD).aged(3)
        config = bench.directory / "dmx.conf"
        config.write_text(f"psl_url = {server.url('/list')}\npsl_file = place/list.dafsa\npsl_max_age = 4d\n")
        run = lambda: subprocess.run([place.program, "--config", config], env=place.environment, capture_output=True, text=True, check=False)
        same((run().stdout, server.requests), ("", []), "four days")
        config.write_text(config.read_text().replace("4d", "2d"))
        same((run().returncode, server.count("/list"), place.pair()[1] == NEW), (0, 1, True), "two days")


def test_not_modified(bench):
    with bench.server({"/list": cached(NEW, '"v1"', "Sun, 01 Nov 2026 00:00:00 GMT")}) as server:
        place = bench.place()
        same(place.run("--url", server.url("/list")).code, 0, "the first")
        edition = place.editions()
        place.aged(20)
        same(place.state()[0]["state"], "due", "the state")
        quiet(place.run("--url", server.url("/list")), "the second")
        headers = server.requests[1][1]
        same((headers.get("If-None-Match"), headers.get("If-Modified-Since")), ('"v1"', "Sun, 01 Nov 2026 00:00:00 GMT"), "the validators")
        holds(headers["User-Agent"].startswith("dmx-psl-updater/0."), f"the name {headers['User-Agent']}")
        holds("Accept-Encoding" not in headers, "no compression is asked for")
        same((place.editions() == edition, place.state()[0]["state"]), (True, "fresh"), "the same files, and young again")
        quiet(place.run("--url", server.url("/list")), "the third")
        same(server.count("/list"), 2, "requests")


def test_the_same_list_without_validators(bench):
    with bench.server({"/list": text(NEW)}) as server:
        place = bench.place().install(NEW).aged(20)
        edition = place.editions()
        quiet(place.run("--url", server.url("/list")), "the run")
        same((place.editions() == edition, place.state()[0]["age_days"]), (True, "0"), "the same files, and young again")


def test_no_validators_for_a_damaged_pair(bench):
    """A 304 would leave it as it is."""
    with bench.server({"/list": cached(NEW, '"v1"', "x")}) as server:
        place = bench.place()
        same(place.run("--url", server.url("/list")).code, 0, "the first")
        good = place.pair()
        for path in (place.dafsa, place.text):
            path.write_bytes(path.read_bytes()[:-7])
            same(place.state()[0]["state"], "damaged", f"the state with {path.name} cut")
            same(place.run("--now", "--url", server.url("/list")).code, 0, "the run")
            same(place.pair() == good, True, "the pair is mended")
        same([headers.get("If-None-Match") for _, headers in server.requests], [None] * 3, "the validators")


def test_a_young_list_that_does_not_load_is_old(bench):
    with bench.server({"/list": text(NEW)}) as server:
        place = bench.place().install(OLD)
        place.dafsa.write_bytes(b"")
        (place.home / "state").unlink()
        same(place.run("--url", server.url("/list")).code, 0, "the run")
        same(place.pair()[1] == NEW, True, "the new list is there")


def test_no_validators_for_another_url(bench):
    with bench.server({"/a": cached(NEW, '"v1"', "x"), "/b": cached(NEWER, '"v1"', "x")}) as server:
        place = bench.place()
        for path, body in (("/a", NEW), ("/b", NEWER)):
            same(place.run("--now", "--url", server.url(path)).code, 0, path)
            same(place.pair()[1] == body, True, f"the list of {path} is there")


def test_a_server_that_always_says_304(bench):
    """Whoever holds a list back must not make it young for ever without a word."""
    frozen = listed(day(100))
    with bench.server({"/list": cached(frozen, '"v1"', "x")}) as server:
        place = bench.place()
        same(place.run("--quiet", "--now", "--url", server.url("/list")).code, 0, "the first")
        done = place.run("--quiet", "--now", "--url", server.url("/list"))
        same((done.code, len(done.lines()), "no newer list" in done.err), (0, 1, True), f"the second, which is told of: {done.err}")
        same([headers.get("If-None-Match") for _, headers in server.requests], [None] * 2, "the validators: all of it is wanted")
        holds("90 days" in place.state()[0]["reason"], "--check says so")
        plain = bench.place("plain")
        with bench.server({"/list": text(NEW)}) as other:
            same(plain.run("--now", "--url", other.url("/list")).code, 0, "a list of which the server said nothing")
            other.scenes["/list"] = lambda request: request.reply(304, length=None)
            same(plain.run("--now", "--url", other.url("/list")).code, NETWORK, "304 to a question that had no condition")


def test_once_a_day(bench):
    """Failed attempts count, too."""
    with bench.server({"/list": status(500)}) as server:
        place = bench.place().install(OLD).aged(40)
        url = server.url("/list")
        same(place.run("--url", url).code, NETWORK, "the first")
        quiet(place.run("--quiet", "--url", url), "the second, an instant later")
        done = place.run("--url", url)
        same((done.code, done.out), (0, ""), "the third")
        holds("due, but the last attempt was less than an hour ago; --now" in done.err and done.err.count("\n") == 1, f"one line that names the way out: {done.err}")
        same(server.count("/list"), 1, "requests")
        same(place.run("--now", "--url", url).code, NETWORK, "--now")
        same(server.count("/list"), 2, "requests")
        same(place.run("--url", url, environment=later(bench, 1)).code, NETWORK, "a day later")
        same(server.count("/list"), 3, "requests")


def test_a_dry_run_is_no_attempt(bench):
    with bench.server({"/list": text(NEW)}) as server:
        place = bench.place().install(OLD).aged(40)
        before = place.pair()
        for count in (1, 2):
            done = place.run("--dry-run", "--url", server.url("/list"))
            same((done.code, server.count("/list")), (0, count), f"the run: {done.err}")
            holds("could be installed" in done.out, f"the line {done.out}")
            same((place.pair() == before, place.leftovers(), place.state()[0]["state"]), (True, [], "stale"), "nothing has changed")
        same(place.run("--url", server.url("/list")).code, 0, "in earnest")
        same(place.pair()[1] == NEW, True, "the new list is there")


def test_a_time_in_the_future_is_no_youth(bench):
    with bench.server({"/list": text(NEW)}) as server:
        place = bench.place().install(OLD).aged(-400)
        state, code = place.state()
        same((state["state"], state["age_s"], code), ("due", "unknown", OK), "the state")
        holds("future" in state["reason"], state["reason"])
        same(place.run("--url", server.url("/list")).code, 0, "the run")
        same((place.pair()[1] == NEW, place.state()[0]["state"]), (True, "fresh"), "the new list is there")


# How old the list is, what --check says of it, and the exit status.
STATES = {"young": (0, "fresh", OK), "14 days": (14, "fresh", OK), "16 days": (16, "due", OK), "29 days": (29, "due", OK),
          "31 days": (31, "stale", STALE)}


def test_check(bench, days, word, code):
    place = bench.place().install(NEW).aged(days)
    state, got = place.state()
    same((state["state"], got), (word, code), "the state")
    same((state["age_days"], state["version"], state["path"]), (str(days), f"{NEW_DAY}T00:00:00Z", str(place.dafsa)), "the rest")
    holds(9000 < int(state["rules"]) < 20000 and abs(int(state["age_s"]) - days * DAY) < 300, f"{state}")


test_check.rows = STATES


def test_check_of_nothing(bench):
    place = bench.place()
    state, code = place.state()
    same((state["state"], code), ("missing", DAMAGED), "the state")
    holds("psl-updater --now" in state["reason"], f"{state} names the way out")
    same(list(place.directory.iterdir()), [place.empty_config], "nothing is made")


def test_check_of_debians_pair(bench):
    """Unsealed, and its list without a VERSION."""
    place = bench.place()
    for name, target in (("dafsa", place.dafsa), ("dat", place.text)):
        target.write_bytes(open(f"/usr/share/publicsuffix/public_suffix_list.{name}", "rb").read())
    state, code = place.state()
    same((state["state"], code), ("fresh", OK), "the state")
    holds(int(state["rules"]) > 6000, f"{state}")


def test_figures(bench):
    """Printed, and never a reason to fail: how long things take here."""
    place = bench.place().install(OLD)
    source = bench.directory / "list"
    def cost(count, *words):
        """Milliseconds on the clock and of CPU, kilobytes at the most; the children of other tests run beside this one."""
        began, took, peak = time.monotonic(), 0.0, 0
        for _ in range(count):
            pid = os.spawnvpe(os.P_NOWAIT, place.program, place.words(*words), place.environment)
            _, code, usage = os.wait4(pid, 0)
            same(code, 0, f"the run {words}")
            took, peak = took + usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss)
        return (time.monotonic() - began) * 1000 / count, took * 1000 / count, peak
    clock, cpu, _ = cost(20)
    lines = [f"fresh: {clock:.1f} ms, {cpu:.1f} ms CPU"]
    source.write_bytes(NEW)
    clock, cpu, peak = cost(1, "--quiet", "--now", "--allow-file", "--url", f"file://{source}")
    lines.append(f"full update: {clock:.0f} ms, {cpu:.0f} ms CPU, at most {peak / 1024:.1f} MB (a child begins with its parent's)")
    return "; ".join(lines)

