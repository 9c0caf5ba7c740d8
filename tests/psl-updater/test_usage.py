# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The command line and the configuration: what is taken, what is refused, and by which exit status."""

import subprocess

from updater import CONFIG, FILES, NETWORK, OK, OLD, USAGE, holds, same

# The words, the exit status, and what standard error says.
WORDS = {
    "an unknown option": ("--frobnicate", USAGE, "--frobnicate"),
    "an ambiguous one": ("--allow", USAGE, "--allow"),
    "an option without its value": ("--url", USAGE, "--url wants a value"),
    "an empty value": ("--file=", USAGE, "--file wants a value"),
    "an argument": ("list.dafsa", USAGE, "only options"),
    "no number": ("--max-age 15d", USAGE, '--max-age: "15d" is not a number from 0 to 3650'),
    "a number too large": ("--max-age 3651", USAGE, "--max-age"),
    "no rules": ("--min-rules 0", USAGE, "--min-rules"),
    "--now and --check": ("--now --check", USAGE, "--now goes with neither"),
    "--check and --rollback": ("--check --rollback", USAGE, "exclude each other"),
    "--check and --dry-run": ("--check --dry-run", USAGE, "--check changes nothing"),
    "--quiet and --verbose": ("--quiet --verbose", USAGE, "exclude each other"),
    "http": ("--url http://127.0.0.1:9/", USAGE, "--allow-http"),
    "file": ("--url file:///dev/null", USAGE, "--allow-file"),
    "file, and http is allowed": ("--url file:///dev/null --allow-http", USAGE, "--allow-file"),
    "ftp": ("--url ftp://127.0.0.1/", USAGE, "https://"),
    "no URL": ("--url publicsuffix.org", USAGE, "https://"),
    "a directory": ("--file /tmp/", USAGE, "not the path of a file"),
    "the text's name": ("--file /tmp/public_suffix_list.dat", USAGE, "not its text's"),
    "a configuration that is not there": ("--config /nonexistent/dmx.conf", CONFIG, "/nonexistent/dmx.conf: No such file"),
}


def run(bench, *words):
    done = subprocess.run([bench.options.program, *words], capture_output=True, text=True, timeout=30, check=False, env={"LC_ALL": "C"})
    return done.returncode, done.stdout, done.stderr


def test_refused(bench, words, code, says):
    config = bench.directory / "dmx.conf"
    config.write_text(f"psl_file = {bench.directory}/list.dafsa\n")
    got = run(bench, "--config", config, *words.split())
    same((got[0], got[1], got[2].count("\n")), (code, "", 1), f"the outcome {got[2]}")
    holds(got[2].startswith("psl-updater: ") and says in got[2], f"{says!r} is not in {got[2]!r}")
    same([path.name for path in bench.directory.iterdir()], ["dmx.conf"], "the directory")


test_refused.rows = WORDS


def test_help(bench):
    code, out, err = run(bench, "--help")
    same((code, err), (OK, ""), "the outcome")
    for word in ("config", "url", "file", "max-age", "now", "check", "dry-run", "quiet", "verbose", "min-rules", "allow-older", "allow-http",
                 "allow-file", "rollback"):
        holds(f"--{word}" in out, f"--{word} is not in it")


def test_version(bench):
    code, out, _ = run(bench, "--version")
    holds(code == 0 and out.startswith("psl-updater 0."), out)


def test_a_wrong_configuration(bench):
    config = bench.directory / "dmx.conf"
    config.write_text("mode = monitor\npsl_url = publicsuffix.org\n")
    code, _, err = run(bench, "--config", config)
    same((code, err.count("\n")), (CONFIG, 1), "the outcome")
    holds("line 2: psl_url" in err, err)


def test_a_full_standard_output(bench):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([bench.options.program, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    same((done.returncode, done.stderr.count("\n")), (FILES, 1), "the outcome")


def test_no_standard_files(bench):
    """What is said then goes nowhere, and into none of its own files."""
    place = bench.place().install(OLD)
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *place.words("--now", "--url", "https://127.0.0.1:9/")]
    done = subprocess.run(closed, env=place.environment, timeout=30, check=False)
    same((done.returncode, (place.home / "lock").read_bytes()), (NETWORK, b""), "the outcome")


def test_hostile_bytes_stay_on_one_line(bench):
    code, _, err = run(bench, "--config", bench.directory / "x\n\x1b[31m")
    same((code, err.count("\n"), "\x1b" in err), (CONFIG, 1, False), f"the outcome {err!r}")
