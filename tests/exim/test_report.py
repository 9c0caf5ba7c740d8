# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""From a real Exim's journal into the store: `dmx report run` and `status`, and what the ledger knows afterwards."""

import json
import pwd
import stat
import subprocess

from lab.exim import USER

from testing import holds, same, test, within


def _report(world, exim, command, *arguments, status=0):
    done = subprocess.run([world.dmx, "report", command, "--config", str(exim.dmx_conf), *arguments], capture_output=True, timeout=60,
                          check=False)
    same(done.returncode, status, f"dmx report {command}: {done.stderr.decode()}")
    return done.stdout.decode()


def _config(name):
    return {"journal_dir": f"@DIR@/{name}", "report_store": f"sqlite:@DIR@/{name}-store/reports.db"}


@test
def a_day_goes_into_the_store(world):
    exim, config = world.exim(), _config("reported")
    for message in (world.forged(), world.forged(), world.forged("shop.example")):
        world.send(message, config=config)
    same(world.send(world.forged(), ["acl-exempt@receiver.example"], config=config).code, 250, "exempt")
    world.configure(exim, config)
    waiting = json.loads(_report(world, exim, "status", "--json"))
    same([waiting["store"]["exists"], waiting["journal"]["waiting_bytes"] > 0], [False, True], "before")
    within("4 records in 1 journal file", _report(world, exim, "run", "--ingest-only"), "the first run")
    within("0 records in 0 journal files", _report(world, exim, "run", "--ingest-only"), "the second run")
    found = json.loads(_report(world, exim, "status", "--json"))
    counts = {each["what"]: each["count"] for each in found["counts"]}
    same([counts["messages"], counts["exempt:acl"], found["store"]["records"], found["store"]["passed_over"],
          found["journal"]["waiting_bytes"], found["journal"]["kept_files"]], [4, 1, 4, 0, 0, 1], "the counts")
    within("Nothing is sent: report_email and report_org are not set", _report(world, exim, "status"), "why nothing is sent")
    # Root started it, and yet all is Exim's; cron's next run as Exim's user finds it so.
    for path, mode in ((exim.directory / "reported-store", 0o750), (exim.directory / "reported-store" / "reports.db", 0o640)):
        same([oct(stat.S_IMODE(path.stat().st_mode)), path.stat().st_uid], [oct(mode), pwd.getpwnam(USER).pw_uid], path.name)
    # The ledger goes on telling what the reporter has taken.
    done = subprocess.run([world.dmx, "ledger", "--config", str(exim.dmx_conf), "--json"], capture_output=True, timeout=30, check=False)
    same(json.loads(done.stdout)["messages"], 4, "messages in the ledger after the reporter")


@test
def a_site_that_keeps_no_history(world):
    exim, config = world.exim(), _config("forgotten") | {"journal_history": "0"}
    world.send(world.forged(), config=config)
    world.configure(exim, config)
    _report(world, exim, "run", "--ingest-only")
    same(sorted(each.name for each in (exim.directory / "forgotten").iterdir()), [], "files that are left")
    same(json.loads(_report(world, exim, "status", "--json"))["store"]["records"], 1, "records in the store")


@test
def a_preview(world):
    """What would be sent, in both dialects; the sender's address is a reserved one, and so hidden."""
    exim, config = world.exim(), _config("previewed") | {"trusted_ips": ""}
    for _ in range(2):
        world.send(world.forged(), config=config)
    world.configure(exim, config)
    _report(world, exim, "run", "--ingest-only")
    days = json.loads(_report(world, exim, "status", "--json"))["days"]
    domain = "bank.example"
    old = _report(world, exim, "preview", domain, "-o", "report_org=Test", "-o", "report_email=d@receiver.example")
    for want in ("<feedback>", "<org_name>Test</org_name>", f"<domain>{domain}</domain>", "<source_ip>0.0.0.0</source_ip>",
                 "<count>2</count>", "<disposition>reject</disposition>"):
        within(want, old, "the older dialect")
    new = _report(world, exim, "preview", domain, "-o", "report_dialect=rfc9990", "--day", days[0]["day"])
    within('<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">', new, "the newer dialect")
    same(_report(world, exim, "preview", domain, "--day", "2001-01-01"), "", "a day without reports")
    same(_report(world, exim, "preview", "absent.example"), "", "a domain without reports")


@test(flavours=("heavy",))
def blocked_later(world):
    """H7 what the router refuses, or throws away, was received and counts."""
    routers = """
refused:
  driver = redirect
  local_parts = refused
  allow_fail
  data = :fail: not here
thrown_away:
  driver = redirect
  local_parts = thrown-away
  data = :blackhole:
"""
    with world.fresh_exim(routers=routers) as exim:
        config = _config("blocked") | {"trusted_ips": ""}
        for local in ("refused", "thrown-away", "user"):
            world.send(world.forged("plain.example"), [f"{local}@receiver.example"], kind=exim, config=config)
        _report(world, exim, "run", "--ingest-only")
        days = json.loads(_report(world, exim, "status", "--json", "--no-dns"))["days"]
        same([days[0]["rows"], days[0]["messages"]], [1, 3], "rows and messages")


@test
def nothing_yet(world):
    exim = world.exim()
    world.configure(exim, _config("untouched"))
    within("is not there yet", _report(world, exim, "run"), "a run without a journal")
    holds(not (exim.directory / "untouched-store").exists(), "a store was made")
    within("is not there yet: dmx report run makes it", _report(world, exim, "status"), "the status")
