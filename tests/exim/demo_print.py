# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""What the demo of one host and that of a farm (tests/farm/demo) print alike: the table of messages, and reports read back."""

import email
import email.policy
import gzip
import re
import subprocess
import textwrap
import xml.etree.ElementTree as ElementTree

from lab.scratch import ROOT

WIDTH = 100
COLUMNS = (("message", 41), ("SPF", 4), ("DKIM", 9), ("DMARC", 9), ("policy", 10), ("SMTP reply", 22))


def wrapped(text, indent=""):
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def print_row(cells, columns=COLUMNS):
    row = []
    for cell, (_, width) in zip(cells, columns):
        text = cell or "-"
        row.append(f"{text if len(text) <= width else text[:width - 1] + '…':<{width}}")
    print(" ".join(row).rstrip(), flush=True)


def print_heads(columns=COLUMNS):
    print_row([title for title, _ in columns], columns)
    print(" ".join("-" * width for _, width in columns))


def reply_words(reply, verdict):
    if reply.code != 250:
        return f"{reply.code} {reply.lines[0]}"
    became = {"quarantine": ", quarantined", "exempt": ", not judged"}
    return "250 OK" + became.get(verdict.disposition, "")


def cells_of(case, reply, verdict):
    """As COLUMNS has them."""
    dkim = None if case.exempt and not verdict.dkim else ",".join(verdict.dkim) or "none"
    return [case.name, verdict.spf, dkim, verdict.dmarc, verdict.policy, reply_words(reply, verdict)]


def reports_in(deliveries):
    """{file name: XML} of the reports among the mail that an Exim of the lab delivered."""
    reports = {}
    for delivered in deliveries:
        message = email.message_from_bytes(delivered.content, policy=email.policy.default)
        if str(message["Subject"]).startswith("Report Domain: "):
            part = next(message.iter_attachments())
            reports[part.get_filename().removesuffix(".gz")] = gzip.decompress(part.get_content())
    return reports


def invalid(directory, reports):
    """What xmllint has against the reports: by the published schema where it is there, else whether they are well-formed."""
    schema = ROOT.parent / "shared" / "conformance" / "schema" / "rfc7489.xsd"
    directory.mkdir(exist_ok=True)
    arguments = ["xmllint", "--noout"]
    if schema.is_file():  # its pattern of addresses was broken over lines, and nothing would match it
        text = re.sub(r'(<xs:pattern value=")([^"]*)"', lambda m: m[1] + "".join(m[2].split()) + '"', schema.read_text())
        (directory / "schema.xsd").write_text(text)
        arguments += ["--schema", directory / "schema.xsd"]
    for name, xml in reports.items():
        (directory / name).write_bytes(xml)
    done = subprocess.run([*arguments, *(directory / name for name in reports)], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if not line.endswith(" validates")]
    return "valid, by its schema" if schema.is_file() else "well-formed", said if done.returncode else []


def print_records(xml):
    """One line a record."""
    print(f"  {'source':<16}{'count':>5}  {'disposition':<12}{'DKIM':<6}{'SPF':<6}From")
    for record in ElementTree.fromstring(xml).findall("record"):
        row, done = record.find("row"), record.find("row/policy_evaluated")
        print(f"  {row.findtext('source_ip'):<16}{row.findtext('count'):>5}  {done.findtext('disposition'):<12}{done.findtext('dkim'):<6}"
              f"{done.findtext('spf'):<6}{record.findtext('identifiers/header_from')}")


def keep_reports(reports, out):
    """OUT=DIR."""
    (out / "reports").mkdir(parents=True, exist_ok=True)
    for name, xml in reports.items():
        (out / "reports" / name).write_bytes(xml)
    print(f"\nAll of them are kept in {out}/reports.")
