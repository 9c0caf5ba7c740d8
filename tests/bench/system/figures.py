# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Medians and ratios of the passes, as a table for people and as lines for programs."""

import dataclasses
import pathlib
import statistics

COMPARED = ("null-module", "exim-dkim-spf", "rspamd")
MODES = (1, 20)
STATES = ("cold", "warm")

# The targets of extra processor time, by what dmx is compared with and by messages a connection, warm.
TARGETS = {("exim-dkim-spf", 1): 1.2, ("exim-dkim-spf", 20): 0.8, ("rspamd", 1): 0.27, ("rspamd", 20): 0.15}
QUESTIONS_TARGET = 0.05


@dataclasses.dataclass(frozen=True)
class Pass:
    """One pass of all messages through one system: milliseconds a message by group, questions to the resolver a message."""
    ms: dict
    questions: float

    @property
    def total(self):
        return sum(self.ms.values())


class Figures:
    """All passes: keyed by (system, messages a connection, "cold" or "warm")."""

    def __init__(self):
        self._passes = {}

    def add(self, key, result):
        self._passes.setdefault(key, []).append(result)

    def median(self, system, mode, state, of=lambda result: result.total):
        return statistics.median(of(result) for result in self._passes[system, mode, state])

    def extra(self, system, mode, state):
        """Milliseconds a message above bare Exim: the median over the rounds of the difference within a round."""
        pairs = zip(self._passes[system, mode, state], self._passes["bare", mode, state])
        return statistics.median(ours.total - bare.total for ours, bare in pairs)

    def ratio(self, of, system, mode, state):
        """Extra time of one system divided by another's."""
        below = self.extra(system, mode, state)
        return self.extra(of, mode, state) / below if below > 0 else float("nan")


def processor():
    """The machine's name here: its processor."""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return "unknown"


def table(figures, systems, markdown=False):
    """One row a system: total, extra and questions, for each mode and state."""
    columns = [(mode, state) for mode in MODES for state in STATES]
    head = ["CPU ms a message (extra; DNS questions)"] + [f"{mode} a connection, {state}" for mode, state in columns]
    rows = [[system.title] + [_cell(figures, system.name, mode, state) for mode, state in columns] for system in systems]
    if markdown:
        return "\n".join(["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]])
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in [head, *rows])


def _cell(figures, name, mode, state):
    total = figures.median(name, mode, state)
    questions = figures.median(name, mode, state, lambda result: result.questions)
    if name == "bare":
        return f"{total:.3f}"
    return f"{total:.3f} ({figures.extra(name, mode, state):+.3f}; {questions:.2f})"


def page(figures, systems, facts):
    """docs/BENCHMARKS.md: the table, the ratios, and how they came about. `facts` are the lines of the run's heading."""
    names = {system.name for system in systems}
    ratios = [line for of, word in (("dmx", "ratio"), ("dmx-preloaded", "ratio-preloaded")) if of in names
              for line in ratio_lines(figures, of, names, word)]
    return _PAGE.format(facts="\n".join(facts), table=table(figures, systems, markdown=True), ratios="\n".join(ratios),
                        targets="\n".join(f"- {line.strip()}" for of in ("dmx", "dmx-preloaded") if of in names
                                          for line in judged(figures, of, names)))


_PAGE = """\
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<!-- SPDX-FileCopyrightText: The dmx authors -->
# What judging a message costs

Written by `make bench OUT=docs/BENCHMARKS.md` (as root; tests/bench/system). Processor time of Exim's processes, the local resolver
and, where it takes part, rspamd; not of the client and the authoritative server. Medians; in brackets what comes on top of a bare
Exim, and the DNS questions a message that reached the resolver. Cold: daemons and resolver have just started and every cache is
empty; warm: the same messages once more. All systems take the same mail, put their results into a header field, and are checked to have
found what they should. Exim only queues. Absolute times belong to the machine; the ratios travel.

{facts}

{table}

Extra time of dmx divided by the extra time of another system (`ratio SYSTEM MESSAGES_A_CONNECTION COLD|WARM VALUE`), and the targets:

```
{ratios}
```

{targets}
"""


def where(figures, systems):
    """Where the warm time is spent: Exim's processes, the resolver, the scanner."""
    lines = []
    for system in systems:
        for mode in MODES:
            groups = sorted(figures._passes[system.name, mode, "warm"][0].ms)
            parts = [f"{group} {figures.median(system.name, mode, 'warm', lambda result, group=group: result.ms[group]):.3f}" for group in groups]
            lines.append(f"  {system.title}, {mode} a connection, warm: " + ", ".join(parts) + " ms")
    return "\n".join(lines)


def ratio_lines(figures, of, names, word):
    """`ratio SYSTEM PER_CONNECTION COLD|WARM VALUE`."""
    return [f"{word} {system} {mode} {state.upper()} {figures.ratio(of, system, mode, state):.2f}"
            for system in COMPARED if system in names for mode in MODES for state in STATES]


def judged(figures, of, names):
    """Each target with what was measured."""
    lines = []
    for (system, mode), target in TARGETS.items():
        if system in names:
            value = figures.ratio(of, system, mode, "warm")
            lines.append(f"  {of}: extra / {system}'s, {mode} a connection, warm: {value:.2f}, target {target}: "
                         f"{'met' if value <= target else 'missed'}")
    for mode in MODES:
        value = figures.median(of, mode, "warm", lambda result: result.questions)
        lines.append(f"  {of}: DNS questions a message, {mode} a connection, warm: {value:.3f}, target {QUESTIONS_TARGET}: "
                     f"{'met' if value <= QUESTIONS_TARGET else 'missed'}")
    return lines
