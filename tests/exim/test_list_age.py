# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A suffix list that nobody refreshes is told in the main log, once a day."""

import os
import shutil
import time

from testing import same, table, test, within

DEBIAN = "/usr/share/publicsuffix/public_suffix_list.dafsa"
DAY = 24 * 60 * 60

# The list's age in days, the configuration beside it, and whether the log says so. Two days is the margin of a slow machine's clock.
AGES = {
    "younger than twice the limit": (28, {}, False),
    "older than twice the limit": (32, {}, True),
    "a longer limit": (32, {"psl_max_age": "20d"}, False),
    "a shorter limit": (4, {"psl_max_age": "1d"}, True),
    "of the future": (-400, {}, False),
}


def told(world, days, options, stamp_days=None):
    """The lines about the list's age that a message brings; stamp_days: when the last one was, None for never."""
    exim = world.exim()
    path, stamp = exim.directory / "aged.dafsa", exim.directory / "spool" / "dmx-psl.stamp"
    shutil.copyfile(DEBIAN, path)
    os.utime(path, (time.time() - days * DAY,) * 2)
    if stamp_days is None:
        stamp.unlink(missing_ok=True)
    elif stamp_days >= 0:
        os.utime(stamp, (time.time() - stamp_days * DAY,) * 2)
    mark = len(exim.log())
    same(world.send(world.forged("news.club.example"), config={"psl_file": str(path), **options}).code, 550, "the reply")
    return [line for line in exim.log()[mark:] if "days old" in line]


@table(AGES)
def the_age_is_told(world, days, options, wanted):
    lines = told(world, days, options)
    same(len(lines), int(wanted), f"lines in {lines}")
    if wanted:
        within(f"dmx: public suffix list: {world.exim().directory}/aged.dafsa is {days} days old", lines[0], "the line")


@test
def once_a_day_and_again_the_next_day(world):
    same(len(told(world, 40, {})), 1, "at first")
    same(len(told(world, 40, {}, -1)), 0, "at once after")
    same(len(told(world, 40, {}, 0.9)), 0, "the same day")
    same(len(told(world, 40, {}, 1.1)), 1, "the next day")
