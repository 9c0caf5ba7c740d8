# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""What a server may send instead of the list. In each case: the old pair intact, the exit status, one clear line on standard error."""

import gzip
import zlib

from server import drip, endless, fields_without_end, garbage, redirect, silence, status, text
from updater import BEGIN, NETWORK, NEW, OLD, REJECTED, day, holds, listed, same

PAGE = b"<!DOCTYPE html>\n<html><head><title>Sorry</title></head><body><h1>503</h1></body></html>\n"
ICANN_END = b"// ===END ICANN DOMAINS===\n"
PRIVATE = b"// ===BEGIN PRIVATE DOMAINS===\n"
CHUNK = 1024 * 1024


def swapped(whole):
    """The private section before the other one."""
    head, rest = whole.split(BEGIN, 1)
    icann, private = rest.split(PRIVATE, 1)
    return head + PRIVATE + private + BEGIN + icann


def bomb():
    """100 MB of zeros that travel as 100 kB."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([squeeze.compress(bytes(CHUNK)) for _ in range(100)] + [squeeze.flush()])


def cut_short(whole):
    """Whole lines, as a proxy that lost its server sends them."""
    return whole[:whole.index(b"\n", len(whole) // 2) + 1]


def few_private(whole):
    """More than a tenth of all rules stand in the private section."""
    end = b"// ===END PRIVATE DOMAINS===\n"
    return whole[:whole.index(PRIVATE) + len(PRIVATE)] + end


# What the path serves, the exit status, and what the line says. All lists but those that say otherwise are newer than the installed one.
SCENES = {
    "404": (status(404), NETWORK, "status 404"),
    "500": (status(500), NETWORK, "status 500"),
    "204": (status(204, b""), NETWORK, "status 204"),
    "304 that nobody asked for": (status(304, b"", length=None), NETWORK, "status 304"),
    "redirect to http": (redirect("http://127.0.0.1:9/list"), NETWORK, "redirected to a URL that is not https"),
    "redirect to a file": (redirect("file:///usr/share/publicsuffix/public_suffix_list.dat"), NETWORK,
                           "redirected to a URL that is not https"),
    "redirect loop": (redirect("/list"), NETWORK, "more than 5 redirects"),
    "redirect to nowhere": (status(302), NETWORK, "status 302"),
    "HTML page": (text(PAGE), REJECTED, "line 1"),
    "half a list": (text(cut_short(NEW), length=None), REJECTED, ""),
    "half a list, with the length of the half": (text(cut_short(NEW)), REJECTED, ""),
    "cut in a line": (text(NEW[:150001], length=None), REJECTED, ""),
    "cut before the last line": (text(NEW[:NEW.rindex(b"//")], length=None), REJECTED, ""),
    "empty body": (text(b""), REJECTED, ""),
    "empty body without a length": (text(b"", length=None), REJECTED, ""),
    "100 MB": (endless(100 * CHUNK, length=100 * CHUNK), REJECTED, "more than 4 MB"),
    "100 MB without a length": (endless(100 * CHUNK), REJECTED, "more than 4 MB"),
    "16 MB of fields": (fields_without_end(NEW, False), NETWORK, "header fields"),
    "16 MB of fields behind the list": (fields_without_end(NEW, True), NETWORK, "header fields"),
    "slow drip": (drip(NEW), NETWORK, "too slow"),
    "silence": (silence(40), NETWORK, "too slow"),
    "longer than it is": (text(NEW, length=len(NEW) + 1), NETWORK, "closed with 1 bytes remaining"),
    "shorter than it is": (text(NEW, length=len(NEW) - 40), REJECTED, ""),
    "no HTTP": (garbage, NETWORK, ""),
    "gzip bomb": (text(bomb(), Content_Encoding="gzip"), REJECTED, "compressed"),
    "gzip bomb in disguise": (text(bomb()), REJECTED, ""),
    "gzip of the list": (text(gzip.compress(NEW), Content_Encoding="gzip"), REJECTED, "compressed"),
    "older version": (text(listed(day(60))), REJECTED, "older"),
    "version of a year to come": (text(listed("2999-12-31")), REJECTED, "future"),
    "swapped sections": (text(swapped(NEW)), REJECTED, ""),
    "a section twice": (text(NEW + NEW[NEW.index(PRIVATE):]), REJECTED, ""),
    "something after the end": (text(NEW + b"example\n"), REJECTED, ""),
    "invalid UTF-8": (text(NEW.replace("\u516c\u53f8.cn".encode(), b"\xff\xfe.cn")), REJECTED, ""),
    "without com": (text(NEW.replace(b"\ncom\n", b"\n")), REJECTED, ""),
    "without an exception": (text(NEW.replace(b"\n!www.ck\n", b"\n")), REJECTED, ""),
    "a rule twice": (text(NEW.replace(b"\ncom\n", b"\ncom\ncom\n")), REJECTED, ""),
    "an impossible rule": (text(NEW.replace(b"\ncom\n", b"\ncom\n-.example..\n")), REJECTED, ""),
    "without the private section's rules": (text(few_private(NEW)), REJECTED, ""),
}


def intact(place, before, done, code, says):
    same(done.code, code, f"the exit status ({done.err.strip()})")
    same(len(done.lines()), 1, f"the lines on standard error: {done.err}")
    same(done.out, "", "standard output")
    holds(done.err.startswith("psl-updater: ") and says in done.err, f"{says!r} is not in {done.err!r}")
    same(place.pair() == before, True, "the installed pair is as it was")
    same(place.leftovers(), [], "what is left in the directory")


def test_refused(bench, scene, code, says):
    with bench.server({"/list": scene}) as server:
        place = bench.place().install(OLD)
        before = place.pair()
        intact(place, before, place.run("--now", "--url", server.url("/list")), code, says)


test_refused.rows = SCENES
test_refused.slow = True


def test_certificate(bench, certificate, says):
    with bench.server({"/list": text(NEW)}, certificate) as server:
        place = bench.place().install(OLD)
        intact(place, place.pair(), place.run("--now", "--url", server.url("/list")), NETWORK, says)
        same(server.requests, [], "requests that the server was shown")


test_certificate.rows = {"self-signed": ("self", "self-signed certificate"), "of another host": ("other", "127.0.0.1")}


def test_an_unknown_authority(bench):
    """The system's authorities do not know the tests'."""
    with bench.server({"/list": text(NEW)}) as server:
        place = bench.place().install(OLD)
        del place.environment["SSL_CERT_FILE"]
        intact(place, place.pair(), place.run("--now", "--url", server.url("/list")), NETWORK, "certificate")


def test_no_server(bench):
    with bench.server({}) as server:
        url = server.url("/list")
    place = bench.place().install(OLD)
    intact(place, place.pair(), place.run("--now", "--url", url), NETWORK, "127.0.0.1")


def test_plain_http_on_the_port_of_https(bench):
    with bench.server({"/list": text(NEW)}, None) as server:
        place = bench.place().install(OLD)
        intact(place, place.pair(), place.run("--now", "--url", server.url("/list").replace("http:", "https:")), NETWORK, "")


def test_redirect_to_http_where_http_is_allowed(bench):
    with bench.server({"/list": text(NEW)}, None) as plain, bench.server({"/list": redirect(plain.url("/list"))}) as server:
        place = bench.place().install(OLD)
        same(place.run("--now", "--allow-http", "--url", server.url("/list")).code, 0, "the exit status")
        same(place.pair()[1] == NEW, True, "the new list is there")


def test_a_first_list_is_judged_too(bench):
    """With nothing installed, Debian's copy is what is compared with."""
    few = NEW[:NEW.index(BEGIN)] + BEGIN + b"com\nnet\n" + ICANN_END + PRIVATE + b"// ===END PRIVATE DOMAINS===\n"
    with bench.server({"/few": text(few), "/page": text(PAGE), "/list": text(NEW)}) as server:
        place = bench.place()
        for path in ("/few", "/page"):
            done = place.run("--now", "--url", server.url(path))
            same((done.code, len(done.lines())), (REJECTED, 1), f"{path}: {done.err}")
            same((place.dafsa.exists(), place.text.exists(), place.leftovers()), (False, False, []), "nothing is installed")
        same(place.run("--now", "--url", server.url("/list")).code, 0, "a list")
        same(place.pair()[1] == NEW, True, "is there")
