# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Setups that are wrong in every way that can be listed: mail flows wherever Exim itself still can, and one line says what to do."""

import os
import pathlib
import re
import shutil
import subprocess

from lab.exim import USER
from lab.scratch import give
from lab.smtp import Closed

from test_selftest import ABI, SCAN
from testing import holds, same, table, test, within
from world import AS_IT_IS, shoot

# -- every option

# What none of the parsers may take; texts and paths take nearly everything, and are left to PATHS and to the unit tests.
NONSENSE = "300.1.2.3 ;; nobody"
TAKE_ALL = {"authserv_id", "reject_text", "trusted_hosts", "fail_policy_header", "cache_file", "cache_pins", "psl_file", "journal_dir",
            "report_org", "report_contact", "sendmail"}


def options(world):
    """{name: default}, as the schema has them."""
    sample = subprocess.run([world.dmx, "config", "sample"], capture_output=True, text=True, check=True).stdout
    return dict(re.findall(r"^#?([a-z_0-9]+) = ?(.*)$", sample, re.M))


def mistyped(name):
    """As a tired administrator writes it: two letters exchanged in the middle."""
    at = len(name) // 2
    while name[at] == name[at - 1]:
        at -= 1
    return name[:at - 1] + name[at] + name[at - 1] + name[at + 1:]


def complaint(world, text):
    """The one line about a message that is sent with this configuration, which was accepted."""
    shot = world.send(world.forged(), config=text)
    same(shot.code, 250, f"the reply with {text!r}")
    lines = [line for line in shot.lines if "dmx: " in line]
    same(len(lines), 1, f"the number of lines in {lines}")
    within("accepted unchecked", lines[0], "the line")
    within("dmx.conf line 2: ", lines[0], "the line")
    return lines[0]


@test(flavours=("heavy",))
def every_option_mistyped(world):
    known = options(world)
    holds(len(known) > 40, f"only {len(known)} options in the sample")
    for name, default in known.items():
        line = complaint(world, f"# ours\n{mistyped(name)} = {default}\n")
        within(f"unknown option {mistyped(name)}; did you mean {name}?", line, "the line")


@test(flavours=("heavy",))
def every_option_with_a_wrong_value(world):
    for name in options(world).keys() - TAKE_ALL:
        line = complaint(world, f"# ours\n{name} = {NONSENSE}\n")
        within(f"{name}: ", line, "the line")
        holds(re.search(r"accepted: |separates by", line), f"it does not say what is accepted: {line}")


# -- every path

WRONG = {
    "missing": lambda path: None,
    "not Exim's to read": lambda path: (path.write_text("x\n"), path.chmod(0o600)),
    "a directory": lambda path: path.mkdir(mode=0o755),
    "a FIFO": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "huge": lambda path: (path.touch(), path.chmod(0o666), os.truncate(path, 1 << 40)),
    "a text": lambda path: path.write_text("no such thing\n"),
}
IS = {"not Exim's to read": "Permission denied", "a directory": "is a directory", "a FIFO": "is a FIFO", "a device": "is a device"}
NO_LIST = {"not Exim's to read": "cannot be opened", "huge": "is larger than 4 MB", "a text": "suffix list",
           **{wrong: "is not a regular file" for wrong in ("a directory", "a FIFO", "a device")}}
NO_CACHE = {wrong: "is not a regular file; take it away" for wrong in ("a directory", "a FIFO", "a device")}

# The option, what it is with that path, whether mail is still judged, how the line about it begins, and what it names by what is wrong;
# None: nothing is said.
PATHS = {
    "psl_file": ("psl_file = {}", True, "public suffix list: ", {"missing": None, **NO_LIST}),
    "cache_file": ("cache = yes\ncache_file = {}", True, "cache: ", {**dict.fromkeys(WRONG, "Permission denied; mail is judged without it"), **NO_CACHE}),
    "cache_pins": ("cache = yes\ncache_file = @DIR@/own/dmx.cache\ncache_pins = {}", True, "cache_pins: ",
                   {"missing": None, "huge": "over 1 MB", "a text": "line 1", **IS}),
    "journal_dir": ("journal_dir = {}", True, None, {**dict.fromkeys(WRONG, "Not a directory"), "missing": "Permission denied", "a directory": "Permission denied"}),
    "trusted_ips": ("trusted_ips = @{}", False, "accepted unchecked", {"missing": "No such file", "huge": "is over 8388608 bytes", "a text": "accepted: ", **IS}),
    "policy_overrides": ("policy_overrides = @{}", False, "accepted unchecked",
                         {"missing": "No such file", "huge": "is over 8388608 bytes", "a text": "accepted: ", **IS}),
}


@table({f"{option} {wrong}": (option, wrong) for option in PATHS for wrong in WRONG}, flavours=("heavy",))
def a_path_that_is(world, option, wrong):
    text, judged, start, says = PATHS[option]
    exim = world.exim()
    for name, owner in (("bad", "root"), ("own", USER)):
        shutil.rmtree(exim.directory / name, ignore_errors=True)
        (exim.directory / name).mkdir(mode=0o755)
        give(exim.directory / name, owner)
    (exim.directory / "spool" / "dmx-cache.stamp").unlink(missing_ok=True)  # said once an hour
    path = exim.directory / "bad" / "x"
    WRONG[wrong](path)
    base = world.config_text(**({option: None} if option == "trusted_ips" else {}))
    shot = world.send(world.forged(), config=base + text.format(path) + "\n")
    same(shot.code, 550 if judged else 250, f"the reply ({shot.lines})")
    lines = [line.partition("dmx: ")[2] for line in shot.lines if "dmx: " in line]
    if start is None:  # in the line about the message
        holds(len(lines) == 1 and f'journal="{says[wrong]}' in lines[0], lambda: f"no journal={says[wrong]!r} in {lines}")
        return
    about = [line for line in lines if line.startswith(start)]
    same(len(about), 0 if says[wrong] is None else 1, f"the number of lines about it in {lines}")
    same(len(lines), len(about) + judged, f"the number of all lines in {lines}")
    for line in about:
        within(str(path), line, "the line")
        within(says[wrong], line, "the line")


# dmx.conf itself.
NO_CONF = {**IS, "missing": "No such file", "huge": "is over 1048576 bytes", "a text": "line 1: not of the form option = value"}


@table({wrong: (wrong,) for wrong in WRONG}, flavours=("heavy",))
def a_configuration_that_is(world, wrong):
    exim = world.exim()
    world.configure(exim, {})
    exim.dmx_conf.unlink()
    WRONG[wrong](exim.dmx_conf)
    try:
        shot = world.send(world.forged(), config=AS_IT_IS)
    finally:
        if exim.dmx_conf.is_dir():
            exim.dmx_conf.rmdir()
        else:
            exim.dmx_conf.unlink(missing_ok=True)
    same(shot.code, 250, f"the reply ({shot.lines})")
    lines = [line for line in shot.lines if "dmx: " in line]
    same(len(lines), 1, f"the number of lines in {lines}")
    for word in ("accepted unchecked", str(exim.dmx_conf), NO_CONF[wrong]):
        within(word, lines[0], "the line")


# -- the module itself

def replace(exim, make):
    """Put another file into the module's place, as `make install` and dpkg do: by rename."""
    new = exim.directory / "dmx.so.new"
    make(new)
    new.rename(exim.directory / "dmx.so")


def compile_module(source):
    def make(path):
        path.with_suffix(".c").write_text(source)
        subprocess.run(["gcc", "-O2", "-w", "-fPIC", "-shared", "-o", path, path.with_suffix(".c")], check=True)
    return make


def answer(world, exim):
    """The code that a new connection gets for a forged message."""
    try:
        return world.send(world.forged(), kind=exim).code
    except Closed:
        return 421


# The module is replaced by this; what new connections get, and what the log says.
REPLACEMENTS = {
    "the same module": (lambda world: lambda path: shutil.copyfile(world.module, path), 550, None),
    "a text": (lambda world: lambda path: path.write_text("no module\n" * 1000), 451, "invalid ELF header"),
    "half of it": (lambda world: lambda path: path.write_bytes(pathlib.Path(world.module).read_bytes()[:20000]), 421, "crashed with signal 7"),
    "one that lacks a symbol": (lambda world: compile_module(
        ABI % (6, 0) + "extern int child_open_function(void);\nint local_scan(int fd, void *text) { return child_open_function(); }\n"),
        451, "undefined symbol"),
    "one of another ABI": (lambda world: compile_module(ABI % (9, 1) + SCAN), 421, "crashed with signal 11"),
}


@table({label: (label,) for label in REPLACEMENTS})
def replaced_while_exim_runs(world, label):
    make, code, says = REPLACEMENTS[label]
    with world.fresh_exim() as exim:
        with world.session(kind=exim) as client:
            same(shoot(client, world.forged()).code, 550, "before")
            replace(exim, make(world))
            same(shoot(client, world.forged()).code, 550, "in the connection that has the old one")
            same(answer(world, exim), code, "in a new connection")
            same(shoot(client, world.forged()).code, 550, "in the old connection again")
        found = "\n".join(exim.log("main") + exim.log("panic") + exim.log("reject"))
        within(says or "dmx: ", found, "the logs")
        tested = subprocess.run([world.dmx, "selftest", "--exim", exim.binary, "--exim-config", exim.conf], capture_output=True, text=True,
                                timeout=100, check=False)
        same(bool(re.search("^fail (module|ABI|symbols|trial)", tested.stdout, re.M)), says is not None, f"what selftest finds: {tested.stdout!r}")
        replace(exim, lambda path: shutil.copyfile(world.module, path))
        same(answer(world, exim), 550, "with the right one again, without a restart")


@test
def a_module_that_is_taken_away(world):
    with world.fresh_exim() as exim:
        with world.session(kind=exim) as client:
            same(shoot(client, world.forged()).code, 550, "before")
            (exim.directory / "dmx.so").unlink()
            same(shoot(client, world.forged()).code, 550, "in the connection that has it")
        same(answer(world, exim), 451, "in a new connection")
        within("temporarily rejected by local_scan()", "\n".join(exim.log()), "the log")
