# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The module's line in Exim's main log, read back: what the demo prints and the tests compare."""

import re

# "2024-05-01 10:00:00 1s2Xyz-000abc-1Q dmx: spf=pass(shop.example) dkim=none … reason="…"; ids are longer from 4.97 on.
_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (\w{6}-\w{6,11}-\w{2,4}) dmx: (.*)$")
_PAIR = re.compile(r'(\w+)=("[^"]*"|(?:[^\s()"]|\([^()]*\))*)')
_RESULT = re.compile(r"([a-z]+)(?:\((?:helo )?([^():]*)(?::([^()]*))?\))?")


class Verdict:
    """One line. `fields` holds every key with its value, quotes taken off; what is not of the form key=value is in `rest`."""

    def __init__(self, line):
        found = _LINE.match(line)
        if not found:
            raise ValueError(f"no line of dmx: {line}")
        self.line = line
        self.message_id, text = found.groups()
        self.fields = {key: value.strip('"') for key, value in _PAIR.findall(text)}
        self.rest = _PAIR.sub("", text).split()

    def __getattr__(self, name):
        """verdict.dmarc, verdict.reason …: None where the line has no such key."""
        return self.fields.get(name)

    @property
    def spf(self):
        return self._results("spf")[0] if "spf" in self.fields else None

    @property
    def dkim(self):
        """One word for each signature, top first; none for a message without signatures, or one that is exempt."""
        return tuple(word for word in self._results("dkim") if word != "none")

    @property
    def policy(self):
        return None if self.fields.get("policy") == "-" else self.fields.get("policy")

    def _results(self, key):
        return [found[1] for found in _RESULT.finditer(self.fields.get(key, "").partition("+")[0])]


def verdicts(lines):
    """The module's lines among those of a log."""
    return [Verdict(line) for line in lines if _LINE.match(line)]
