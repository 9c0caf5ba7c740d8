# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""Sending one case of the demo's mail (lab/senders.py) to an Exim with dmx, and holding what became of it against what should."""

from lab.scratch import LabError
from lab.senders import RECIPIENT, TRUSTED
from lab.smtp import Client
from logline import verdicts


def config_of(dns, case):
    """The module's configuration for a case, as the file's text."""
    options = {"trusted_ips": TRUSTED, "nameservers": dns.address, **case.config}
    return "# The default trusts all of 127.0.0.0/8, where the demo's senders live.\n" + "".join(
        f"{name} = {value}\n" for name, value in options.items())


def play(exim, dns, case, config=None):
    """Send one case; (the final reply, the module's line about it). config: another text than the case's own."""
    mark = len(exim.log())
    exim.set_dmx_config(config or config_of(dns, case))
    with Client(exim.port, source=case.source) as client:
        client.ehlo(case.helo)
        if case.authenticated:
            client.auth_plain("tester", "open sesame")
        outcome = client.send(case.message, case.mail_from, [RECIPIENT])
    found = verdicts(exim.log()[mark:])
    if len(found) != 1:
        raise LabError(f"{case.name}: {len(found)} lines of dmx in the main log, not one; the reply was {outcome.final}")
    return outcome.final, found[0]


def differences(case, reply, verdict):
    """What is not as it should be."""
    pairs = (("SPF", verdict.spf, case.spf), ("DKIM", verdict.dkim, case.dkim), ("DMARC", verdict.dmarc, case.dmarc),
             ("policy", verdict.policy, case.policy), ("disposition", verdict.disposition, case.disposition),
             ("exemption", verdict.exempt, case.exempt), ("code", reply.code, case.code),
             *((key, getattr(verdict, key), want) for key, want in case.says.items()))
    found = [f"{name} is {got}, should be {want}" for name, got, want in pairs if got != want]
    if reply.code == 550 and not (reply.text.startswith("5.7.1 ") and "DMARC" in reply.text):
        found.append("a refusal should say 5.7.1 and DMARC")
    return found
