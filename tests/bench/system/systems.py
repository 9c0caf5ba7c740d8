# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The systems that are measured side by side: what each adds to a bare Exim, and how it is seen that it did its work.

Each that judges puts its results into a header field, so that all of them leave a message that later steps can use.
"""

import contextlib
import dataclasses
import pathlib
import re
import subprocess
import sys
from typing import Callable

import servers
from lab.exim import Exim, USER
from lab.scratch import LabError, give

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "exim"))
from logline import verdicts  # noqa: E402

# 500 messages are kept on the queue; nothing is delivered, since a delivery costs more than all that is measured here.
_OPTIONS = {"queue_only": True, "log_selector": "+smtp_confirmation"}
_SPF_ASKED = "  warn spf = pass : fail : softfail : none : neutral : permerror : temperror\n"
_SPF_RESULTS = "  warn add_header = :at_start:${authresults {$primary_hostname}}\n"
_SCANNED = "  warn spam = nobody:true\n       add_header = X-Spam-Report: $spam_report\n"


@dataclasses.dataclass(frozen=True)
class System:
    """One system. `problem` looks for what it should have left behind after a pass (see check_…); None: nothing is expected."""
    name: str
    title: str
    module: pathlib.Path = None
    options: dict = dataclasses.field(default_factory=dict)
    acls: dict = dataclasses.field(default_factory=dict)
    exim_dkim: bool = False
    scanner: bool = False
    dmx_config: str = None
    problem: Callable = lambda exim, mail: None


def _differ(what, got, want):
    return None if got == want else f"{what}: {got}, not {want}"


def check_dmx(exim, mail):
    """Every verdict as foreseen, and the journal was no trouble."""
    found = verdicts(exim.log())
    counts = dict.fromkeys(mail.expected, 0)
    for verdict in found:
        for words in (f"dmarc={(verdict.dmarc or '').split('(')[0]}", f"spf={verdict.spf}"):
            counts[words] = counts.get(words, 0) + 1
    signatures = sum(word == "pass" for verdict in found for word in verdict.dkim)
    return _differ("verdicts", counts, mail.expected) or _differ("valid signatures", signatures, mail.signatures)


def _spooled(exim, pattern):
    return sum(len(re.findall(pattern, text)) for text in exim.queue().values())


def check_exim(exim, mail):
    """The header names each signature as valid, and that SPF passed."""
    return (_differ("valid signatures", _spooled(exim, r"\bdkim=pass\b"), mail.signatures) or
            _differ("spf=pass", _spooled(exim, r"\bspf=pass\b"), mail.count))


def check_rspamd(exim, mail):
    """The symbols in the report. A second signature of the same result has no symbol of its own."""
    return (_differ("R_SPF_ALLOW", _spooled(exim, r"\bR_SPF_ALLOW\b"), mail.count) or
            _differ("DMARC_POLICY_ALLOW", _spooled(exim, r"\bDMARC_POLICY_ALLOW\b"), mail.expected["dmarc=pass"]))


def suffix_list(dmx, directory):
    """Debian's list as psl-updater installs it, which is what a server has after its first day."""
    path = directory / "public_suffix_list.dafsa"
    config = directory / "empty.conf"
    config.write_text("")
    subprocess.run([dmx.with_name("psl-updater"), "--config", config, "--file", path, "--allow-file", "--now", "--url",
                    "file:///usr/share/publicsuffix/public_suffix_list.dat"], timeout=60, check=True)
    return path


def dmx_config(dmx, directory, network, own_resolv_conf):
    """The defaults of dmx, but for the files and, where a client comes from loopback, for whom it trusts."""
    lines = ["journal_dir = @DIR@/journal", f"psl_file = {suffix_list(dmx, directory)}"]
    known = subprocess.run([dmx, "config", "sample"], capture_output=True, text=True, timeout=30, check=True).stdout
    for option, file in (("cache_file", "dns"), ("cache_pins", "pins")):
        if re.search(rf"^#?{option}\b", known, re.M):
            lines.append(f"{option} = @DIR@/cache/{file}")
    if network.prefix.startswith("127."):
        lines.append("trusted_ips = 192.0.2.254")
    if not own_resolv_conf:
        lines.append(f"nameservers = {network.resolver}")
    return "\n".join(lines) + "\n"


def has_preload(module):
    """Whether the module can be loaded by the daemon: its dynamic symbols tell."""
    done = subprocess.run(["nm", "-D", "--defined-only", module], capture_output=True, text=True, timeout=30, check=True)
    return re.search(r"\bdmx_preload$", done.stdout, re.M) is not None


def all_systems(module, null_module, config, network, own_resolv_conf):
    """The list, bare Exim first; those that cannot be here are left out, with a line."""
    found = [System("bare", "bare Exim"), System("null-module", "empty module", null_module)]
    if network.prefix.startswith("127."):
        print("Exim's own SPF and rspamd do not check a client on loopback, and would seem cheap: they are left out")
    elif own_resolv_conf:
        found.append(System("exim-dkim-spf", "Exim's own DKIM and SPF", exim_dkim=True, problem=check_exim,
                            acls={"mail": _SPF_ASKED, "data": _SPF_RESULTS}))
    else:
        print("no mount namespace on this machine: Exim's own checks would ask the machine's resolver, and are left out")
    if not network.prefix.startswith("127."):
        found.append(System("rspamd", "rspamd: spf, dkim, dmarc", scanner=True, acls={"data": _SCANNED}, problem=check_rspamd,
                            options={"spamd_address": "127.0.0.1 11333 variant=rspamd tmo=20s"}))
    found.append(System("dmx", "dmx", module, dmx_config=config, problem=check_dmx))
    if has_preload(module):
        preload = "${dlfunc{@DIR@/dmx.so}{dmx_preload}{0}}"
        found.append(System("dmx-preloaded", "dmx, loaded before the fork", module, dmx_config=config, problem=check_dmx,
                            options={"smtp_accept_max_per_host": preload}))
    else:
        print("this module has no dmx_preload: that system is left out")
    return found


class Bed:
    """One system ready to run: Exim in the group `mta`, rspamd where it takes part. `fresh()` gives it new daemons and no cache."""

    def __init__(self, system, scratch, meter, network):
        self.system = system
        self.groups = ("mta", "resolver") + (("scanner",) if system.scanner else ())
        self._meter = meter
        self._scanner = servers.Rspamd(scratch, meter, network) if system.scanner else None
        self._stack = contextlib.ExitStack()
        self.exim = Exim(scratch, "heavy", module=system.module, dmx_config=system.dmx_config, options={**_OPTIONS, **system.options},
                         acls=system.acls, listen=network.server, exim_dkim=system.exim_dkim)
        self.exim.prefix = meter.group("mta")
        if b"SPF" not in self.exim.run(["-bV"]).stdout and system.exim_dkim:
            raise LabError("this Exim has no SPF")

    def fresh(self):
        """Start everything anew; what is left of the last time goes."""
        self.stop()
        cache = self.exim.directory / "cache"
        for path in cache.glob("*"):
            path.unlink()
        cache.mkdir(mode=0o750, exist_ok=True)
        give(cache, USER)
        if self._scanner:
            self._stack.enter_context(self._scanner)
        self._stack.enter_context(self.exim)
        self._meter.settle(*self.groups)

    def stop(self):
        self._stack.close()

    def clear(self):
        """Empty the queue and the logs."""
        for path in (self.exim.directory / "spool" / "input").glob("*"):
            path.unlink()
        for path in (self.exim.directory / "spool" / "msglog").glob("*"):
            path.unlink()
        for path in (self.exim.directory / "log").glob("*log"):
            path.write_text("")

    def trouble(self, mail):
        """What is not as it should be after a pass, or None."""
        problem = self.system.problem(self.exim, mail)
        panic = self.exim.log("panic")
        said = f"; panic log: {panic[-1]}" if panic else f"; main log ends: {self.exim.log()[-1:]}"
        return f"{self.system.name}: {problem}{said}" if problem else None
