# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""What the tests stand on: an Exim of the lab works wherever this repository lies."""

import pathlib
import shutil
import subprocess

from lab.exim import USER, Exim
from testing import test, within


@test
def a_working_directory_below_roots_home(world):
    """Only root looks into it, and `dmx report run` starts Exim as Exim's user."""
    there = world.scratch.directory("home")
    program = pathlib.Path(shutil.copy(world.fresh_exim().binary, there / "exim4"))
    there.chmod(0o700)
    exim = Exim(world.scratch, binary=program)
    done = subprocess.run(["runuser", "-u", USER, "--", exim.binary, "-bV"], capture_output=True, text=True, timeout=10, check=False)
    within("Exim version", done.stdout, f"what Exim's user gets, who hears {done.stderr}")
