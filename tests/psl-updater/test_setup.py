# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""contrib/dev/psl-account, the end of `make install`, on made-up directories: with a DESTDIR it touches no account."""

import os
import pathlib
import subprocess

from updater import same

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "contrib" / "dev" / "psl-account"
NAMES = ("public_suffix_list.dafsa", "public_suffix_list.dat")


def run(bench):
    done = subprocess.run([SCRIPT, bench.directory], capture_output=True, text=True, timeout=30, check=False)
    same((done.returncode, done.stdout), (0, ""), f"the script: {done.stderr}")
    directory = bench.directory / "var" / "lib" / "dmx"
    same([os.readlink(directory / name) for name in NAMES], [f"public_suffix_list.d/current/list.{end}" for end in ("dafsa", "dat")], "links")
    return directory, done.stderr


def test_twice(bench):
    for _ in range(2):
        directory, said = run(bench)
        same((said, (directory / "public_suffix_list.d").is_dir()), ("", True), "the directory")


def test_a_list_by_hand_is_kept_aside(bench):
    directory = bench.directory / "var" / "lib" / "dmx"
    directory.mkdir(parents=True)
    (directory / NAMES[0]).write_text("mine")
    _, said = run(bench)
    same(((directory / f"{NAMES[0]}.by-hand").read_text(), said.count("\n")), ("mine", 1), "the file, and a line about it")
