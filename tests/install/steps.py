# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The life of the package in a scratch Debian, in order; each step prints what came of it. Runs in namespaces of its own.

Commands that README shows are taken from README: the block after `<!-- tested: NAME -->`.
"""

import contextlib
import pathlib
import re
import shutil
import subprocess
import threading

import lab.dns
from booted import Booted
from chroot import Chroot, Failure, Skip
from lab.dns import DnsServer, txt
from lab.process import wait_until
from lab.scratch import ROOT, LabError, Scratch
from lab.senders import message
from lab.smtp import Client, Closed

RECEIVER, GOOD, FORGER = "192.0.2.1", "192.0.2.10", "192.0.2.66"
ZONE = [
    "receiver.example MX 10 mx.receiver.example", f"mx.receiver.example A {RECEIVER}",
    "bank.example MX 10 mx.bank.example", f"mx.bank.example A {GOOD}", txt("bank.example", f"v=spf1 ip4:{GOOD} -all"),
    txt("_dmarc.bank.example", "v=DMARC1; p=reject"),
    "forger.example MX 10 mx.forger.example", f"mx.forger.example A {FORGER}", txt("forger.example", f"v=spf1 ip4:{FORGER} -all"),
]
MODULE = "/usr/lib/exim4/local_scan/dmx.so"
TEMPLATE = "/etc/exim4/exim4.conf.template"
# No daemon is started by a package; a running Exim may be told to read its configuration.
POLICY = '#!/bin/sh\n[ "$1 $2" = "exim4 reload" ] || exit 101\n'
SITE = {"dc_eximconfig_configtype": "internet", "dc_other_hostnames": "receiver.example", "dc_local_interfaces": "",
        "dc_use_split_config": "false"}
# The state of a server where dmx has worked: owner, group, mode.
STATE = {"/var/lib/dmx": "root Debian-exim 1775", "/var/lib/dmx/public_suffix_list.d": "dmx-psl dmx-psl 755",
         "/var/spool/exim4/dmx": "Debian-exim Debian-exim 750", "/etc/exim4/dmx.conf": "root root 644",
         "/etc/cron.d/psl-updater": "root root 644", MODULE: "root root 644"}
HEARD_SECONDS = 20


def command(name):
    """README's lines for a step."""
    text = (ROOT / "README.md").read_text()
    found = re.search(rf"^ *<!-- tested: {name} -->\n\n((?: {{4,}}.*\n)+)", text, re.M)
    if not found:
        raise Failure(f"README.md has no commands marked {name}")
    return "\n".join(line.strip() for line in found.group(1).splitlines())


def want(condition, what):
    if not condition:
        raise Failure(what)


def send(source, host, envelope):
    """One message whose From is of bank.example: the final reply."""
    text = message('"Your bank" <service@bank.example>', "Your account", "Good day.\n", "user@receiver.example")
    with Client(25, address=RECEIVER, source=source) as client:
        client.ehlo(host)
        return client.send(text, envelope, ["user@receiver.example"]).final


def answers():
    """Whether somebody greets: the daemon goes into the background before it listens."""
    try:
        with Client(25, address=RECEIVER, source=GOOD) as client:
            return client.greeting.code == 220
    except (OSError, Closed):
        return False


def good():
    return send(GOOD, "mx.bank.example", "news@bank.example")


def forged():
    return send(FORGER, "mx.forger.example", "bounce@forger.example")


class Traffic:
    """Good mail, one message after the other, until the block ends; `replies` has the code of each, 0 where nobody answered."""

    def __init__(self):
        self.replies = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._flow)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _flow(self):
        while not self._stop.wait(0.05):
            try:
                self.replies.append(good().code)
            except (OSError, Closed):
                self.replies.append(0)


class Life:
    """The steps; `exim` is the scratch Debian."""

    def __init__(self, debian, package):
        self.debian = debian
        self.package = package

    def follow(self, name):
        """README's commands of a step, as written."""
        said = self.debian.run(command(name)).stdout
        print("\n".join(f"    # {line}" for line in command(name).splitlines()))
        return said

    def restart(self):
        self.debian.run("update-exim4.conf; service exim4 restart")
        wait_until(answers, HEARD_SECONDS, "Exim to answer on port 25")

    def log(self):
        """The verdicts. (That the list is old is told once a day besides.)"""
        return [line for line in self.debian.read("/var/log/exim4/mainlog").splitlines() if " dmx: " in line and " disposition=" in line]

    def verdicts_of(self, *senders):
        """Replies and log lines of one message from each sender."""
        mark = len(self.log())
        replies = [sender().code for sender in senders]
        return replies, self.log()[mark:]

    def prepare(self):
        """A server that takes mail from the world for receiver.example, before dmx."""
        conf = self.debian.read("/etc/exim4/update-exim4.conf.conf")
        for name, value in SITE.items():
            conf = re.sub(rf"^{name}=.*$", f"{name}='{value}'", conf, flags=re.M)
        self.debian.write("/etc/exim4/update-exim4.conf.conf", conf)
        self.debian.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
        self.debian.write("/usr/sbin/policy-rc.d", POLICY, 0o755)
        self.debian.run("useradd --create-home user")
        self.restart()
        want(good().code == 250 and forged().code == 250, "an Exim without dmx takes both")
        return "Debian's Exim takes a good message and a forged one"

    def install(self):
        shutil.copy(self.package, self.debian.path("/root"))
        said = self.follow("install")
        wrong = [line for line in said.splitlines() if re.match(r"(?i)(dpkg: )?(error|warning)", line) and "CLI interface" not in line]
        want(not wrong, f"apt said {wrong}")
        print("".join(f"      {line}\n" for line in said.splitlines() if line.startswith("dmx: ")), end="")
        for name, owner in STATE.items():
            found = self.debian.run(f"stat -c '%U %G %a' {name}").stdout.strip()
            want(found == owner, f"{name}: {found}, not {owner}")
        for name in ("dafsa", "dat"):
            want(self.debian.path(f"/var/lib/dmx/public_suffix_list.{name}").is_symlink(), f"no link of the suffix list: {name}")
        want(good().code == 250 and not self.log(), "Exim goes on without dmx")
        once = self.debian.run("cd /; find etc usr/lib/dmx var/lib/dmx var/spool/exim4/dmx -printf '%p %M %u %l\n' | sort").stdout
        again = self.debian.run("dpkg-reconfigure dmx; cd /; find etc usr/lib/dmx var/lib/dmx var/spool/exim4/dmx -printf '%p %M %u %l\n'"
                                " | sort").stdout
        want(again.endswith(once), "postinst, run again, changes nothing")
        return f"installed; {len(STATE)} owners and modes are right; Exim goes on as before; postinst run again changes nothing"

    def traps(self):
        """Exim's user and psl-updater's have put names where postinst comes by: it gives away nothing of root's, and ends well."""
        self.debian.run("ln /etc/exim4/dmx.conf /var/lib/dmx/public_suffix_list.d/name\n"
                        "mv /var/spool/exim4/dmx /var/spool/exim4/aside; ln -s /nowhere /var/spool/exim4/dmx; chown -h Debian-exim: /var/spool/exim4/dmx")
        said = self.debian.run("dpkg-reconfigure dmx").stdout
        owner = self.debian.run("stat -c '%U %G %a' /etc/exim4/dmx.conf").stdout.strip()
        self.debian.run("rm /var/lib/dmx/public_suffix_list.d/name /var/spool/exim4/dmx; mv /var/spool/exim4/aside /var/spool/exim4/dmx")
        want(owner == STATE["/etc/exim4/dmx.conf"], f"a second name of dmx.conf made it {owner}'s")
        want("is not made" in said, said)
        return "neither a second name of a file of root's nor a link to nowhere has harmed"

    def look(self):
        said = self.follow("look")
        want("no mistakes; mode = monitor" in said and "/usr/share/publicsuffix/" in said, f"dmx config test: {said}")
        return said.strip()

    def load_split(self):
        self.debian.run("sed -i \"s/^dc_use_split_config=.*/dc_use_split_config='true'/\" /etc/exim4/update-exim4.conf.conf")
        self.follow("load-split")
        said = self.debian.run("update-exim4.conf; exim4 -bP local_scan_path").stdout
        self.debian.run("rm /etc/exim4/conf.d/main/50_dmx\n"
                        "sed -i \"s/^dc_use_split_config=.*/dc_use_split_config='false'/\" /etc/exim4/update-exim4.conf.conf")
        want(said.strip() == f"local_scan_path = {MODULE}", f"Exim says {said}")
        return said.strip()

    def load(self):
        self.follow("load")
        said = self.follow("restart")
        wait_until(answers, HEARD_SECONDS, "Exim to answer on port 25")
        print("".join(f"      {line}\n" for line in said.splitlines() if re.match("ok|warn|fail", line)), end="")
        want(re.search(rf"^ok .*{MODULE}", said, re.M) and not re.search("^fail", said, re.M), f"dmx selftest said {said}")
        replies, lines = self.verdicts_of(good, forged)
        want(replies == [250, 250], f"replies {replies}")
        want(len(lines) == 2 and "dmarc=pass" in lines[0] and "would_be=reject" in lines[1], f"the log has {lines}")
        read = self.follow("read")
        want(all(line in read for line in lines), "README's grep finds the verdicts")
        return "\n      ".join(line.partition(" dmx: ")[2] for line in lines)

    def ledger(self):
        said = self.follow("ledger")
        logged, ledger = said.splitlines()[:1], said.splitlines()[1:]
        want("would_be=reject" in logged[0] and any("bank.example" in line for line in ledger), f"they say {said}")
        return "the forged message is in the log and in the ledger"

    def enforce(self):
        said = self.follow("enforce")
        want("no mistakes; mode = enforce" in said, said)
        replies, lines = self.verdicts_of(good, forged)
        want(replies == [250, 550], f"replies {replies}")
        want("disposition=reject" in lines[1], f"the log has {lines}")
        return "without a restart the good one is taken and the forged one refused by 550"

    def newer(self):
        """The same package under a higher version, with a module of other bytes."""
        tree = self.debian.path("/root/newer")
        subprocess.run(["dpkg-deb", "-R", self.package, tree], check=True)
        control = tree / "DEBIAN" / "control"
        control.write_text(re.sub(r"^(Version: .*)$", r"\1+newer", control.read_text(), flags=re.M))
        with open(tree / MODULE.lstrip("/"), "ab") as module:
            module.write(b"newer")
        self.debian.run("rm dmx_*.deb")
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, self.debian.path("/root")], stdout=subprocess.DEVNULL,
                       check=True)

    def upgrade_while_mail_flows(self):
        self.newer()
        mark = len(self.log())
        with Client(25, address=RECEIVER, source=GOOD) as held, Traffic() as traffic:
            text = message("news@bank.example", "Before", "x\n", "user@receiver.example")
            held.ehlo("mx.bank.example")
            first = held.send(text, "news@bank.example", ["user@receiver.example"]).final.code
            self.debian.run(command("install"))
            mapped = maps_of(MODULE)
            second = held.send(text, "news@bank.example", ["user@receiver.example"]).final.code
        want(traffic.replies and set(traffic.replies) == {250}, f"mail meanwhile: {traffic.replies}")
        want((first, second) == (250, 250), f"the held connection: {first}, then {second}")
        want(any(line.endswith("(deleted)") for line in mapped), f"the held connection keeps the old module: {mapped}")
        lines = self.log()[mark:]
        want(len(lines) == len(traffic.replies) + 2 and all("dmarc=pass" in line for line in lines), f"the log has {lines}")
        want(forged().code == 550, "the configuration was kept")
        want(self.debian.path(MODULE).read_bytes().endswith(b"newer"), "the new module is there")
        return f"{len(lines)} messages meanwhile, each taken and judged; a connection kept the old module, and dmx.conf its mode"

    def remove_refused(self):
        """A line of the administrator's own."""
        with_include = self.debian.read(TEMPLATE)
        self.debian.write(TEMPLATE, f"local_scan_path = {MODULE}\n" + with_include.partition("\n")[2])
        self.restart()
        done = self.debian.run(command("remove"), check=False)
        want(done.returncode != 0 and f"{TEMPLATE}:local_scan_path = {MODULE}" in done.stdout, f"apt remove: {done.stdout}")
        want((good().code, forged().code) == (250, 550) and self.debian.path("/usr/share/dmx/exim4.conf").exists(), "all is as it was")
        self.debian.write(TEMPLATE, with_include)
        self.restart()
        return "refused, naming the line; mail is judged as before"

    def remove(self):
        # Where services are not to be started, as in a container without an init system, a running Exim is told all the same.
        self.debian.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        with Traffic() as traffic:
            said = self.follow("remove")
        want("Exim no longer loads it" in said and "was not told" not in said, said)
        want(not self.debian.path(MODULE).exists() and self.debian.path("/etc/exim4/dmx.conf").exists(), "the module goes, the file stays")
        wait_until(answers, HEARD_SECONDS, "Exim to answer after it read its configuration again")
        mark = len(self.log())
        want((good().code, forged().code, len(self.log())) == (250, 250, mark), "mail flows, unchecked")
        want(not {code for code in traffic.replies if code >= 500}, f"mail meanwhile: {traffic.replies}")
        return f"mail flows; meanwhile {traffic.replies.count(250)} of {len(traffic.replies)} messages were taken at once"

    def purge(self):
        self.debian.run("apt purge dmx; sed -i 1d " + TEMPLATE)
        left = self.debian.run("find / -xdev \\( -name '*dmx*' -o -name '*psl-updater*' -o -name public_suffix_list.d \\) -not -path '/proc/*'"
                               " -not -path '/root/*'; getent passwd dmx-psl || true").stdout.split()
        want(not left, f"left behind: {left}")
        return "nothing is left"

    STEPS = (("before", prepare), ("2. install", install), ("traps for postinst", traps), ("3. look", look), ("4. load, split configuration", load_split),
             ("4. and 5. load, restart, read", load), ("6. ledger", ledger), ("7. enforce", enforce),
             ("upgrade while mail flows", upgrade_while_mail_flows), ("remove, with a line of one's own", remove_refused),
             ("remove", remove), ("purge", purge))


class ByMake(Life):
    """README's other way, with the daemon loading the module before it forks. What is built lies in the namespaces at SOURCE."""

    SOURCE = "/root/dmx"

    def make(self, target, check=True):
        return self.debian.run(f"cd {self.SOURCE}\nmake -s {target}", check)

    def install(self):
        # What `make deps-build` brings: all that the package depends on.
        shutil.copy(self.package, self.debian.path("/root"))
        self.debian.run("apt -y install ./dmx_*.deb; apt -y purge dmx; rm dmx_*.deb")
        source = self.debian.path(self.SOURCE)
        source.mkdir()
        subprocess.run(["mount", "--bind", "-o", "ro", ROOT, source], check=True)
        said = self.make("install-built").stdout
        want("adding the system account dmx-psl" in said and "exim4.conf" in said.splitlines()[-2], f"make install said {said}")
        for name, owner in STATE.items():
            found = self.debian.run(f"stat -c '%U %G %a' {name}").stdout.strip()
            want(found == owner, f"{name}: {found}, not {owner}")
        want(good().code == 250 and not self.log(), "Exim goes on without dmx")
        return "make install: the same owners and modes; Exim goes on as before"

    def load_and_preload(self):
        text = (ROOT / "README.md").read_text()
        lines = re.search(r"^( *\.ifdef DMX_MODULE\n.*?)\n\n", text, re.M | re.S).group(1)
        template = self.debian.read(TEMPLATE)
        self.debian.write(TEMPLATE, "\n".join(line.strip() for line in lines.splitlines()) + "\n" + template)
        said = super().load()
        daemon = self.debian.read("/run/exim4/exim.pid").strip()
        want(MODULE in pathlib.Path(f"/proc/{daemon}/maps").read_text(), "the daemon has the module mapped")
        return said

    def enforce_preloaded(self):
        self.follow("enforce")
        wait_until(lambda: forged().code == 550, HEARD_SECONDS, "a refusal: the daemon looks at its files once a second")
        want(good().code == 250, "a good message is taken")
        return "without a restart, a second later, the good one is taken and the forged one refused by 550"

    def uninstall_refused(self):
        """A line of the administrator's own."""
        with_include = self.debian.read(TEMPLATE)
        self.debian.write(TEMPLATE, f"local_scan_path = {MODULE}\n" + with_include.partition("\n")[2])
        self.restart()
        done = self.make("uninstall", check=False)
        want(done.returncode != 0 and f"{TEMPLATE}:local_scan_path = {MODULE}" in done.stdout, f"make uninstall: {done.stdout}")
        want((good().code, forged().code) == (250, 550) and self.debian.path("/usr/bin/dmx").exists(), "all is as it was")
        self.debian.write(TEMPLATE, with_include)
        self.restart()
        return "refused, naming the line; mail is judged as before"

    def uninstall(self):
        with Traffic() as traffic:
            said = self.make("uninstall").stdout
        want("Exim no longer loads it" in said and "was not told" not in said, said)
        wait_until(answers, HEARD_SECONDS, "Exim to answer after it read its configuration again")
        mark = len(self.log())
        want((good().code, forged().code, len(self.log())) == (250, 250, mark), "mail flows, unchecked")
        want(not {code for code in traffic.replies if code >= 400}, f"mail meanwhile: {traffic.replies}")
        want(not self.debian.read("/var/log/exim4/paniclog"), f"the panic log has {self.debian.read('/var/log/exim4/paniclog')}")
        named = {line.split()[1] for line in said.splitlines() if line.startswith("uninstall: ") and line.endswith(" stays")}
        left = self.debian.run("find / -xdev \\( -path /root -o -path /proc \\) -prune -o \\( -name '*dmx*' -o -name 'psl-updater*' \\) -print").stdout.split()
        unsaid = [path for path in left if not any(path == name or path.startswith(name + "/") for name in named)]
        want(not unsaid, f"left behind and not named: {unsaid} ({said})")
        return f"mail flows; meanwhile {traffic.replies.count(250)} of {len(traffic.replies)} messages were taken at once; what stays is named"

    STEPS = (("before", Life.prepare), ("1. make install", install), ("2. look", Life.look), ("3. and 4. load, preload, restart, read", load_and_preload),
             ("6. enforce", enforce_preloaded), ("uninstall, with a line of one's own", uninstall_refused), ("uninstall while mail flows", uninstall))


class BySystemd(Life):
    """The units of the package: by systemd's own judge, and booted, where this machine lets systemd be the first process of a namespace."""

    UNITS = "psl-updater.service psl-updater.timer dmx-report.service dmx-report.timer"

    def install(self):
        shutil.copy(self.package, self.debian.path("/root"))
        self.debian.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        self.follow("install")
        return "installed"

    def verify(self):
        said = self.debian.run(f"cd /lib/systemd/system; systemd-analyze verify --man=no {self.UNITS}; systemctl is-enabled {self.UNITS}", check=False).stdout
        want(said.split() == ["static", "enabled", "static", "enabled"], f"they say {said}")
        return "systemd-analyze verify has nothing to say; the timers are enabled"

    def boot(self):
        with Booted(self.debian.root) as system:
            timers = system.run("systemctl is-active psl-updater.timer dmx-report.timer").stdout.split()
            want(timers == ["active"] * 2, f"the timers are {timers}")
            report = system.run("systemctl start dmx-report.service; systemctl show --value -p Result,ExecMainStatus dmx-report.service").stdout.split()
            want(sorted(report) == ["0", "success"], f"dmx-report.service: {report}")
            # There is no network: it gets as far as the question for the server's address, under all that the unit takes away from it.
            system.run("systemctl start psl-updater.service")
            updater = system.run("systemctl show --value -p ExecMainStatus psl-updater.service; journalctl --no-pager -o cat -u psl-updater.service").stdout
            want(updater.startswith("69\n") and "Could not resolve host" in updater, f"psl-updater.service: {updater}")
        return "booted: the timers run, dmx-report.service succeeds, psl-updater.service reaches for the network as dmx-psl"

    STEPS = (("install", install), ("units", verify), ("boot", boot))


LIVES = {"package": Life, "make": ByMake, "systemd": BySystemd}


def maps_of(path):
    """The lines of all processes' maps that name a file."""
    found = []
    for maps in pathlib.Path("/proc").glob("[0-9]*/maps"):
        with contextlib.suppress(OSError):
            found += [line for line in maps.read_text().splitlines() if path in line]
    return found


def machinery(root):
    """What a booted machine has: /proc, a network with the three hosts of the play."""
    for words in (["mount", "-t", "proc", "proc", "/proc"], ["mount", "-t", "proc", "proc", root / "proc"], ["ip", "link", "set", "lo", "up"],
                  *(["ip", "address", "add", f"{address}/32", "dev", "lo"] for address in (RECEIVER, GOOD, FORGER))):
        subprocess.run(words, check=True)


def run(root, package, life_of):
    """All steps up to the first that fails. The tally is left in the file ROOT/tally."""
    passed = failed = skipped = 0
    machinery(root)
    lab.dns.free_port = lambda: 53  # nobody else is in this network
    with Scratch() as scratch:
        scratch.enter(DnsServer(scratch, ZONE))
        life = LIVES[life_of](Chroot(root), package)
        for label, step in life.STEPS:
            try:
                print(f"{label}: {step(life)}", flush=True)
                passed += 1
            except Skip as reason:
                print(f"skipped {label}: {reason}", flush=True)
                skipped += 1
            except (Failure, LabError, Closed, OSError, subprocess.SubprocessError) as problem:
                print(f"FAIL {label}: {problem}", flush=True)
                failed += 1
                break
    (root / "tally").write_text(f"{passed} {failed} {skipped}\n")
    return 1 if failed else 0
