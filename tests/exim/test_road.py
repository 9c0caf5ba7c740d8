# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The demo's messages, alone and in company, by DATA and BDAT, and by the command line."""

import dataclasses
import json
import re
import subprocess
import threading

from lab.senders import RECIPIENT, message
from lab.smtp import Client, crlf

from logline import verdicts
from testing import holds, same, table, test
from world import SENDERS, check_case, log_since, log_size, shoot

_CASES = [case.name for case in SENDERS.cases()]


def _case(name):
    return next(case for case in SENDERS.cases() if case.name == name)


@table({name: (name,) for name in _CASES})
def by_data(world, name):
    case = _case(name)
    check_case(case, world.play(case))


@table({name: (name,) for name in _CASES})
def by_bdat_in_wire_format(world, name):
    case = _case(name)
    check_case(case, world.play(case, chunks=3, kind="wire"))


@table({name: (name,) for name in _CASES}, flavours=("heavy",))
def the_command_line_agrees(world, name):
    """`dmx check` on the message as it was sent says what the module said."""
    case = _case(name)
    _agree(world, case, world.play(case).verdict)


_FORGED = "service@bank.example\nTo: user@receiver.example\nSubject: x\n\nhi\n"
_ODD = {
    "VT before the colon": f"From\v: {_FORGED}",
    "FF and a blank before the colon": f"From \f: {_FORGED}",
    "a fold before the colon": f"X-First: 1\nFrom\n : {_FORGED}",
    "a fold before the colon of the first field": f"From \n : {_FORGED}",
    "an 8-bit name before it": f"X-\u00e4: 1\nFrom: {_FORGED}",
    # 900 kB as Exim counts its limit of 1 MB, 1.2 MB with CRLF
    "a header that is nearly too big": "X-Long:" + "\n x" * 300000 + f"\nFrom: {_FORGED}",
}


@table({label: (text,) for label, text in _ODD.items()}, flavours=("heavy",))
def the_command_line_agrees_on_what_a_field_is(world, text):
    """RFC 5322 would not have these as fields, or not so long; Exim has, and so must both of ours."""
    case = dataclasses.replace(_case("forged From, p=reject"), message=crlf(text))
    verdict = world.play(case).verdict
    same((verdict.dmarc, verdict.disposition), ("fail", "reject"), verdict.line)
    _agree(world, case, verdict)


def _agree(world, case, verdict):
    directory = world.exim().directory
    (directory / "zone").write_text("\n".join(world.senders.records()) + "\n")
    words = [world.dmx, "check", "--json", "--zone", directory / "zone", "--ip", case.source, "--helo", case.helo, "--mail-from",
             case.mail_from, "--rcpt", RECIPIENT, "-o", "trusted_ips=127.0.0.5", *(["--authenticated"] if case.authenticated else []), "-"]
    done = subprocess.run([str(word) for word in words], input=case.message, capture_output=True, check=False, timeout=30)
    same(done.returncode, 0, f"the exit status ({done.stderr.decode()})")
    said = json.loads(done.stdout)
    same((said["spf"] or {}).get("result"), verdict.spf, "SPF")
    same(tuple(each["result"] for each in said["dkim"]), verdict.dkim, "DKIM")
    same((said["dmarc"] or {}).get("result"), verdict.dmarc, "DMARC")
    same((said["dmarc"] or {}).get("policy"), verdict.policy, "the policy")
    same((said["disposition"], said["exempt"]), (verdict.disposition, verdict.exempt), "the disposition")


_LINE = re.compile(r"""\d{4}-\d\d-\d\d[ ]\d\d:\d\d:\d\d[ ]\w+-\w+-\w+[ ]dmx:
    [ ]spf=[a-z]+(\(\S+( \S+)?\))?[ ]dkim=[a-z]+(\(\S*\))?(,[a-z]+\(\S*\))*[ ]arc=[a-z-]+[ ]dmarc=[a-z]+[ ]policy=[a-z-]+
    [ ]disposition=[a-z]+[ ]domain=\S+([ ]override=[a-z_]+[ ]because="[^"]+")?[ ]reason="[^"]+".*""", re.X)


@table({name: (name,) for name in _CASES if not _case(name).exempt})
def one_line_with_every_result_and_a_reason(world, name):
    shot = world.play(_case(name))
    holds(_LINE.fullmatch(shot.verdict.line), f"the line is {shot.verdict.line!r}")
    same(shot.verdict.rest, [], "words in it that are not of the form key=value")
    same(shot.verdict.domain, "-" if name == "two From fields" else _case(name).message.split(b"From: ", 1)[1].split(b"\r\n")[0]
         .decode().rpartition("@")[2].rstrip(">"), "the domain")


@test
def twenty_messages_in_one_connection(world):
    """Verdicts follow the message, not its neighbour: signed and forged ones alternate."""
    rounds = [case for case in world.senders.cases() if case.source == "127.0.0.66" and not case.authenticated] * 3
    with world.session() as client:
        for case in rounds[:20]:
            shot = shoot(client, case.message, case.mail_from)
            check_case(case, shot)
    same(len(rounds[:20]), 20, "the number of messages")


@test
def acl_variables_do_not_outlive_their_message(world):
    with world.session() as client:
        for recipient, disposition in (("acl-exempt", "exempt"), ("user", "reject"), ("acl-monitor", "none"), ("user", "reject")):
            shot = shoot(client, world.forged(), recipients=[f"{recipient}@receiver.example"])
            same(shot.verdict.disposition, disposition, f"the disposition for {recipient}")


@test
def after_rset_and_a_broken_off_transaction(world):
    with world.session() as client:
        client.mail("bounce@forger.example")
        client.rcpt("acl-exempt@receiver.example")
        client.rset()
        same(shoot(client, world.forged()).verdict.disposition, "reject", "the disposition")


@test
def ten_connections_at_once(world):
    exim, cases, problems = world.exim(), {case.name: case for case in world.senders.cases()}, []
    world.configure(exim)
    chosen = [cases["forged From, p=reject"], cases["aligned by DKIM only, RSA, p=reject"], cases["forged From, p=quarantine"]]

    def one(number):
        try:
            with Client(exim.port, source="127.0.0.66") as client:
                client.ehlo("mail.forger.example")
                for case in chosen * 2:
                    outcome = client.send(case.message, f"c{number}@forger.example", [RECIPIENT])
                    if outcome.code != case.code:
                        problems.append(f"{number}: {case.name}: {outcome.final}")
        except Exception as problem:  # shown below; a thread's own is lost
            problems.append(f"{number}: {problem}")

    mark = log_size(exim)
    threads = [threading.Thread(target=one, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    same(problems, [], "what went wrong")
    lines = [line for line in log_since(exim, mark) if " dmx: " in line]
    same(len(lines), 60, "the lines of dmx")
    for case in chosen:
        want = f" dmarc={case.dmarc} policy={case.policy} disposition={case.disposition} "
        same(sum(want in line for line in lines), 20, f"the lines with {want}")


@test
def a_message_to_nobody(world):
    """Every recipient was discarded by an ACL: there is a verdict all the same, and the connection goes on."""
    with world.session() as client:
        same(shoot(client, world.forged(), recipients=["nobody@receiver.example"]).code, 550, "a forged one")
        same(shoot(client, message("x@nothing.example"), recipients=["nobody@receiver.example"]).code, 250, "an honest one")
        same(shoot(client, world.forged()).code, 550, "the next one")


@table({"an address literal": ("[127.0.0.66]",), "a bare name": ("localhost",)})
def an_odd_helo(world, helo):
    """With the null sender HELO is all that SPF has; nothing passes, and the policy stands."""
    exim = world.exim()
    with Client(exim.port, source="127.0.0.66") as client:
        client.exim = exim
        client.helo(helo)
        shot = shoot(client, world.forged(), "")
        same((shot.code, shot.verdict.spf in ("none", "permerror")), (550, True), shot.verdict.line)


@test
def pipelined_messages(world):
    """Three messages in one write: the module takes nothing from the stream, and each gets its own verdict."""
    given = [world.forged(), world.senders.bank.sign(message("news@bank.example")), world.forged("shop.example")]
    with world.session() as client:
        mark = log_size(client.exim)
        client.send_raw(b"".join(f"MAIL FROM:<bounce@forger.example>\r\nRCPT TO:<{RECIPIENT}>\r\nBDAT {len(each)} LAST\r\n".encode() + each
                                 for each in given))
        same([client.read_reply().code for _ in range(9)], [250, 250, 550, 250, 250, 250, 250, 250, 250], "the replies")
        same([each.disposition for each in verdicts(log_since(client.exim, mark))], ["reject", "none", "quarantine"], "the verdicts")
