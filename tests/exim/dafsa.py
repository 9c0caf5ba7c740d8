# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A compiled suffix list (DAFSA, as libpsl reads it) of a few plain rules, made as a tree that shares nothing.

A list of children is their offsets, two bytes each: 0x40, 13 bits, 0x80 in the last; the first counts from the list's own place, each
other from the child before. A child is a byte with 0x80 set and a list of its own, or at a rule's end 0x80 plus its kind.
"""

_MAGIC = b".DAFSA@PSL_0   \n"
_UTF8 = b"\x01"
_ICANN = 4
_END = ""


def compiled(rules):
    tree = {}
    for rule in rules:
        node = tree
        for char in rule:
            node = node.setdefault(char, {})
        node[_END] = {}
    return _MAGIC + _children(tree) + _UTF8


def _children(node):
    bodies = [bytes([0x80 | _ICANN]) if char == _END else bytes([0x80 | ord(char)]) + _children(below) for char, below in sorted(node.items())]
    offsets, step = b"", 2 * len(bodies)
    for number, body in enumerate(bodies):
        last = 0x8000 if number == len(bodies) - 1 else 0
        offsets += (0x4000 | last | step).to_bytes(2, "big")
        step = len(body)
    return offsets + b"".join(bodies)
