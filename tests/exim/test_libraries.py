# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Libraries that the module loads at their first use: one that is broken costs what it is needed for, and no mail.

In the light Exim, which has none of them itself; ld.so is shown the broken one first.
"""

import pathlib
import subprocess

from logline import verdicts
from testing import holds, same, table, within
from world import SENDERS, shoot

_BANK = SENDERS.bank


def _of_the_system(name):
    """Where ld.so finds a library."""
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, timeout=10, check=True).stdout
    return next(pathlib.Path(line.split(" => ")[1]) for line in known.splitlines() if line.strip().startswith(name + " "))


def _verdict(shot):
    """Without the lines about the library."""
    return verdicts([line for line in shot.lines if " dmx: spf=" in line])[0]


# What stands under the library's name, and what ld.so says to it.
BROKEN = {
    "no library": (lambda path: path.write_text("no library\n" * 100), "invalid ELF header"),
    "another library": (lambda path: path.write_bytes(_of_the_system("libm.so.6").read_bytes()), "undefined symbol"),
}

# The library; words of the verdict on a message that bank.example signed; code and disposition of one that is forged.
LIBRARIES = {
    "libcares.so.2": ({"dmarc": "temperror"}, 250, "none"),
    "libcrypto.so.3": ({"dkim": ("temperror",), "dmarc": "temperror"}, 550, "reject"),
    "libpsl.so.5": ({"dkim": ("pass",), "dmarc": "pass"}, 550, "reject"),
}


@table({f"{name}: {kind}": (name, kind) for name in LIBRARIES for kind in BROKEN}, flavours=("light",))
def a_library_that_is_broken(world, name, kind):
    spoil, says = BROKEN[kind]
    wanted, code, disposition = LIBRARIES[name]
    exim = world.fresh_exim()
    directory = exim.directory / "broken"
    directory.mkdir()
    spoil(directory / name)
    exim.prefix = ["env", f"LD_LIBRARY_PATH={directory}"]
    with exim:
        shot = world.send(_BANK.sign(world.forged()), kind=exim)
        for member, want in wanted.items():
            same(getattr(_verdict(shot), member), want, f"{member} of a signed message")
        lines = [line for line in shot.lines if "a library cannot be loaded" in line]
        same(len(lines), 1, f"the number of lines about it in {shot.lines}")
        for word in (str(directory / name), says):
            within(word, lines[0], "the line")
        forged = world.send(world.forged(), kind=exim)
        same((forged.code, _verdict(forged).disposition), (code, disposition), "a forged one")
        with world.session(kind=exim) as client:
            first, second = shoot(client, _BANK.sign(world.forged())), shoot(client, _BANK.sign(world.forged()))
        holds(any("a library" in line for line in first.lines) and not any("a library" in line for line in second.lines),
              f"it is not said once a process: {first.lines}, {second.lines}")
