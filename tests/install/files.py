# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The package and `make install` bring the same files with the same modes; `make uninstall` takes them away."""

import pathlib
import stat
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What only a package has, and what only `make install` has: Debian wants the licence in the file copyright, and the links and the
# directory of the suffix list are made by postinst there, with the same script.
DEBIANS = {"/usr/share/doc/dmx/changelog", "/usr/share/doc/dmx/copyright", "/usr/share/lintian", "/usr/share/lintian/overrides",
           "/usr/share/lintian/overrides/dmx"}
OURS = {"/usr/share/doc/dmx/LICENSE", "/var/lib/dmx/public_suffix_list.d", "/var/lib/dmx/public_suffix_list.dat",
        "/var/lib/dmx/public_suffix_list.dafsa"}
# What uninstall leaves: the configuration, and the list.
STAYS = {"/etc/exim4/dmx.conf", "/var/lib/dmx/public_suffix_list.dat", "/var/lib/dmx/public_suffix_list.dafsa"}


def listed(tree):
    """{path: mode} of a tree; as on a merged /usr, and as if nothing was compressed."""
    found = {}
    for path in sorted(tree.rglob("*")):
        name = "/" + str(path.relative_to(tree)).removesuffix(".gz")
        name = "/usr" + name if name.startswith("/lib/") or name == "/lib" else name
        found[name] = stat.filemode(path.lstat().st_mode)
    return found


def same_files(package):
    with tempfile.TemporaryDirectory() as scratch:
        packed, installed = pathlib.Path(scratch) / "packed", pathlib.Path(scratch) / "installed"
        subprocess.run(["dpkg-deb", "-x", package, packed], check=True)
        make("install", installed)
        theirs, ours = listed(packed), listed(installed)
        make("uninstall", installed)
        left = {name for name, mode in listed(installed).items() if not mode.startswith("d")}
    wrong = [f"{name}: {theirs.get(name, 'not')} in the package, {ours.get(name, 'not')} by make install"
             for name in sorted(theirs.keys() | ours.keys())
             if theirs.get(name) != ours.get(name) and name not in (DEBIANS if name in theirs else OURS)]
    if left != STAYS:
        wrong.append(f"uninstall leaves {sorted(left)}")
    return len(theirs), wrong


def make(target, destination):
    # Another umask than the package's: modes are set, not left to chance. What is built first is not to have it.
    subprocess.run(["make", "-s", "all", "man"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    subprocess.run(["make", "-s", target, f"DESTDIR={destination}"], cwd=ROOT, stdout=subprocess.DEVNULL, umask=0o027, check=True)


def lintian(package):
    """Its complaints; None where it is missing."""
    try:
        done = subprocess.run(["lintian", "--no-cfg", "--allow-root", "--display-info", package.with_suffix(".changes")], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except FileNotFoundError:
        return None
    return [line for line in done.stdout.splitlines() if line[:2] in ("E:", "W:", "I:")]


def run(package):
    """(passed, failed)"""
    count, wrong = same_files(package)
    for line in wrong:
        print(f"FAIL {line}")
    if not wrong:
        print(f"the package and make install: the same {count} files and directories, the same modes")
    complaints = lintian(package)
    for line in complaints or []:
        print(f"FAIL lintian: {line}")
    if complaints == []:
        print("lintian: nothing to complain of, one argued override")
    verdicts = [not wrong] + ([not complaints] if complaints is not None else [])
    return verdicts.count(True), verdicts.count(False)
