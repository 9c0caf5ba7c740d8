# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Authentication-Results that claim to be ours are removed on every road; those of others stay; ours is on top."""

from lab.senders import FORGER, TRUSTED, message

from testing import absent, holds, same, table, test
from world import names, ours

ID = "mx.receiver.example"
FORGED = [
    f"Authentication-Results: {ID}; dmarc=pass header.from=bank.example",
    "authentication-RESULTS: MX.Receiver.EXAMPLE; dmarc=pass",
    f"Authentication-Results:\r\n\t{ID};\r\n\tdmarc=pass",
    f"Authentication-Results: (a (nested) comment) {ID} (and) 1 (more); dmarc=pass",
    f'Authentication-Results: "{ID}"; dmarc=pass',
    f"Authentication-Results: {ID}.; dmarc=pass",
    f"Authentication-Results :{ID}; dmarc=pass",
    f"Authentication-Results: {ID}",
    f"Authentication-Results: {ID} dmarc=pass",
    f"Authentication-Results: (unfinished {ID}; dmarc=pass",
    f'Authentication-Results: "mx\\.receiver.example"; dmarc=pass',
    "X-DMARC-Fail-Policy: none",
    "x-dmarc-FAIL-policy : reject",
    "X-DMARC-Original-Recipients: someone@else.example",
]
FOREIGN = [
    "Authentication-Results: mx.other.example; dmarc=pass header.from=bank.example",
    f"Authentication-Results: not{ID}; dmarc=pass",
    f"Authentication-Results: {ID}.other.example; dmarc=pass",
    f"X-Authentication-Results: {ID}; dmarc=pass",
    f"Received-SPF: pass ({ID}: not ours to remove)",
]


def _message(author="service@bank.example"):
    """The forged fields at the top, in the middle and at the end, the others between them."""
    head, _, body = message(author).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    fields = FORGED[:4] + FOREIGN[:2] + lines[:3] + FORGED[4:8] + FOREIGN[2:] + lines[3:] + FORGED[8:]
    return "\r\n".join(fields).encode() + b"\r\n\r\n" + body


def _seen(delivered):
    """The fields of these kinds that were delivered, but for the one that we added on top."""
    kinds = ("authentication-results", "x-authentication-results", "received-spf", "x-dmarc-fail-policy", "x-dmarc-original-recipients")
    return [f"{name}: {value}" for name, value in delivered.headers if name.lower() in kinds and (name, value) != delivered.headers[0]]


_BROKEN = "mode = enforce\nno such option = 1\n"

# What world.send is told, the author of the message, whether an Authentication-Results of ours belongs on top, and the word in our
# fail-policy header.
ROADS = {
    "judged": ({}, "x@nothing.example", True, None),
    "quarantined": ({}, "x@shop.example", True, "quarantine"),
    "monitor": ({"config": {"mode": "monitor"}}, "x@bank.example", True, "reject"),
    "monitor by ACL": ({"recipients": ["acl-monitor@receiver.example"]}, "x@bank.example", True, "reject"),
    "exempt by ACL": ({"recipients": ["acl-exempt@receiver.example"]}, "x@bank.example", False, None),
    "exempt recipient": ({"config": {"exempt_recipients": "receiver.example"}}, "x@bank.example", False, None),
    "trusted_hosts": ({"config": {"trusted_hosts": FORGER}}, "x@bank.example", False, None),
    "authenticated": ({"login": True}, "x@bank.example", False, None),
    "broken configuration": ({"config": _BROKEN}, "x@bank.example", False, None),
    "no headers wanted": ({"config": {"add_authentication_results": "no"}}, "x@nothing.example", False, None),
    "added by an ACL": ({"recipients": ["acl-authres@receiver.example"]}, "x@nothing.example", True, None),
    "wire format": ({"kind": "wire", "chunks": 2}, "x@nothing.example", True, None),
    "no answer from DNS": ({"config": {"nameservers": "127.0.0.1:9", "deadline": "300ms"}}, "x@bank.example", True, None),
}


@table(ROADS)
def forged_ones_are_removed(world, how, author, marked, fail_policy):
    delivered = world.send(_message(author), **how).delivered()
    same(_seen(delivered), [f"X-DMARC-Fail-Policy: {fail_policy}"] * (fail_policy is not None) + FOREIGN, "what is left")
    same(len(ours(delivered)), 2 + marked, "the Authentication-Results with our name in them")
    same(names(delivered)[0] == "Authentication-Results" and delivered.headers[0][1].startswith(f"{ID};"), marked, "ours on top")


@test
def a_missing_configuration_removes_them_too(world):
    from world import MISSING
    same(_seen(world.send(_message(), config=MISSING).delivered()), FOREIGN, "what is left")


@test
def trusted_addresses_keep_theirs(world):
    delivered = world.send(_message(), source=TRUSTED).delivered()
    left = [f"{name}: {value}" for name, value in delivered.headers]
    for field in FORGED[:2]:
        holds(field in left, f"{field} is gone")
    absent("X-DMARC-Fail-Policy", names(delivered), "the fields")


@test
def another_authserv_id(world):
    """`authserv_id` is the name that is written, and the one that is removed."""
    fields = "".join(f"Authentication-Results: {name}; dmarc=pass\n" for name in (ID, "Farm.Example"))
    given = message("x@nothing.example", extra=fields)
    found = world.send(given, config={"authserv_id": "farm.example"}).delivered().header("Authentication-Results")
    same([value.split(";")[0] for value in found], ["farm.example", ID], "the names")


@test
def another_fail_policy_header(world):
    given = message("x@shop.example", extra="X-Spoof: no\nX-DMARC-Fail-Policy: kept\n")
    delivered = world.send(given, config={"fail_policy_header": "X-Spoof"}).delivered()
    same((delivered.header("X-Spoof"), delivered.header("X-DMARC-Fail-Policy")), (["quarantine"], ["kept"]), "the fields")
    delivered = world.send(given, config={"fail_policy_header": ""}).delivered()
    same((delivered.header("X-Spoof"), delivered.header("X-DMARC-Fail-Policy")), (["no"], ["kept"]), "the fields without one")


@test
def ours_is_above_received_and_acl_fields(world):
    delivered = world.send(message("x@nothing.example"), ["acl-headers@receiver.example"]).delivered()
    same(names(delivered)[:3], ["Authentication-Results", "X-At-Start", "Received"], "the first fields")


@test
def it_can_be_read_by_others(world):
    """By the grammar of RFC 8601, as far as a regular expression reaches: every method has a result and properties."""
    import re
    value = " ".join(ours(world.send(world.senders.listed()).delivered())[0].split())
    word, text = r"[A-Za-z0-9._@=+/-]+", r'"(?:[^"\\]|\\.)*"'
    method = rf"[a-z]+=[a-z]+(?: reason={text})?(?: \([^()]*\))*(?: [a-z]+\.[a-z]+=(?:{word}|{text})(?: \([^()]*\))*)*"
    holds(re.fullmatch(rf"{re.escape(ID)}(?:; {method})+", value), f"cannot read {value!r}")
