# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The demo's second table: records and options that say more, each through a real Exim."""

import datetime

from testing import same, table
from world import SENDERS, check_case

_TODAY = datetime.datetime.now(datetime.timezone.utc).date()


@table({case.name: (case.name,) for case in SENDERS.option_cases(_TODAY)})
def options_of_the_demo(world, name):
    case = next(case for case in world.senders.option_cases(_TODAY) if case.name == name)
    shot = world.play(case, config=case.config)
    check_case(case, shot)
    for key, want in case.says.items():
        same(getattr(shot.verdict, key), want, f"{key} in {shot.verdict.line}")
