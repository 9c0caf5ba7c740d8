# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""How a test is written: a function that takes the world (see world.py), and complains by raising Wrong.

    @test
    def the_daemon_goes_on(world): ...

    @table({"by DATA": (None,), "by BDAT": (3,)})        # each row is a test of its own
    def every_transport(world, chunks): ...

`flavours=("heavy",)` keeps a test to one Exim where the other can tell nothing new.
"""

import contextlib
import dataclasses
import time

FLAVOURS = ("heavy", "light")


class Wrong(Exception):
    """What the test found is not what it wants."""


class Skip(Exception):
    """The test cannot tell anything here, for the reason given."""


@dataclasses.dataclass(frozen=True)
class Test:
    name: str
    run: object
    arguments: tuple
    flavours: tuple


TESTS = []


def table(rows, flavours=FLAVOURS):
    """Register the function once for each row: {label: arguments}."""
    def register(function):
        module = function.__module__.removeprefix("test_")
        for label, arguments in rows.items():
            name = f"{module}/{function.__name__}" + (f" [{label}]" if label else "")
            if any(name == other.name for other in TESTS):
                raise ValueError(f"two tests named {name}")
            TESTS.append(Test(name, function, tuple(arguments), flavours))
        return function
    return register


def test(function=None, flavours=FLAVOURS):
    if function is None:
        return lambda actual: test(actual, flavours)
    return table({"": ()}, flavours)(function)


# -- what a test wants

def same(got, want, what):
    if got != want:
        raise Wrong(f"{what}: {got!r}, not {want!r}")


def holds(condition, what):
    """`what` says what is wrong when the condition does not hold."""
    if not condition:
        raise Wrong(what() if callable(what) else what)


def within(part, whole, what):
    if part not in whole:
        raise Wrong(f"{what}: no {part!r} in {whole!r}")


def absent(part, whole, what):
    if part in whole:
        raise Wrong(f"{what}: {part!r} in {whole!r}")


@contextlib.contextmanager
def faster_than(seconds, what):
    """The block takes less; generous bounds, since the machine may be busy."""
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    holds(took < seconds, lambda: f"{what} took {took:.1f} s, and may take {seconds} s")
