# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The package and `make install` bring the same files with the same modes; `make uninstall` takes them away."""

import os
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
        os.chmod(scratch, 0o777)
        packed, installed = pathlib.Path(scratch) / "packed", pathlib.Path(scratch) / "installed"
        subprocess.run(["dpkg-deb", "-x", package, packed], check=True)
        make("install-built", installed)
        theirs, ours = listed(packed), listed(installed)
        make("uninstall", installed)
        left = {name for name, mode in listed(installed).items() if not mode.startswith("d")}
    wrong = [f"{name}: {theirs.get(name, 'not')} in the package, {ours.get(name, 'not')} by make install"
             for name in sorted(theirs.keys() | ours.keys())
             if theirs.get(name) != ours.get(name) and name not in (DEBIANS if name in theirs else OURS)]
    if left != STAYS:
        wrong.append(f"uninstall leaves {sorted(left)}")
    return len(theirs), wrong


NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def somebody():
    """Words in front of a command that make it nobody's, where nobody can read what was built."""
    may = os.geteuid() == 0 and subprocess.run([*NOBODY, "test", "-r", ROOT / "build" / "dmx.so"], check=False).returncode == 0
    return NOBODY if may else []


def make(target, destination, *settings):
    # Another umask than the package's: modes are set, not left to chance.
    words = [*somebody(), "make", "-s", target, f"DESTDIR={destination}", *settings]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, umask=0o027, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"make {target}: {done.stderr}")


def elsewhere():
    """With another PREFIX nothing names the usual places, and all of it goes again."""
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o777)
        tree = pathlib.Path(scratch) / "tree"
        make("install-built", tree, "PREFIX=/opt/dmx")
        wrong = [f"{path.relative_to(tree)} names {place}" for path in tree.rglob("*") if path.is_file() and path.suffix not in (".md", ".so", ".5", ".1")
                 for place in (b"/usr/share/dmx/", b"/usr/lib/exim4/local_scan/") if place in path.read_bytes() and path.name not in ("dmx", "psl-updater")]
        load = (tree / "opt/dmx/share/dmx/exim4.conf").read_text()
        if "DMX_MODULE = /opt/dmx/lib/exim4/local_scan/dmx.so\n" not in load or ".include_if_exists /opt/dmx/share/dmx/exim4.conf\n" not in load:
            wrong.append(f"exim4.conf has {load!r}")
        make("uninstall", tree, "PREFIX=/opt/dmx")
        left = [str(path.relative_to(tree)) for path in (tree / "opt").rglob("*") if not path.is_dir()]
    return wrong + [f"uninstall leaves {name}" for name in left]


def again():
    """/etc/exim4 may have been closed to others, who would read passwords there: it stays closed."""
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o777)
        tree = pathlib.Path(scratch) / "tree"
        make("install-built", tree)
        (tree / "etc/exim4").chmod(0o750)
        make("install-built", tree)
        mode = stat.S_IMODE((tree / "etc/exim4").stat().st_mode)
    return [] if mode == 0o750 else [f"make install opens /etc/exim4 to {mode:o}"]


def not_allowed():
    """Without a DESTDIR somebody who may not is told so, and nothing is done."""
    if not somebody():
        return []
    done = subprocess.run([*somebody(), "make", "-s", "install-built"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    return [] if done.returncode != 0 and "install: nobody may not write in /usr/bin " in done.stderr else [f"make install as nobody: {done.stderr}"]


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
    # As whoever runs this; by its umask, as it would be.
    subprocess.run(["make", "-s", "all", "man"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    count, wrong = same_files(package)
    wrong += elsewhere() + again() + not_allowed()
    for line in wrong:
        print(f"FAIL {line}")
    if not wrong:
        print(f"the package and make install: the same {count} files and directories, the same modes; elsewhere with PREFIX; nobody may without DESTDIR")
    complaints = lintian(package)
    for line in complaints or []:
        print(f"FAIL lintian: {line}")
    if complaints == []:
        print("lintian: nothing to complain of, one argued override")
    verdicts = [not wrong] + ([not complaints] if complaints is not None else [])
    return verdicts.count(True), verdicts.count(False)
