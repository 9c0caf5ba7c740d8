# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A site that sends failure reports: capsules as the module writes them, and the mails as Python's email package reads them."""
import email
import email.policy
import os
import subprocess

from reporter import NOW, ROOT, Site

CAPSULE = ROOT / "build" / "tests" / "capsule"
RECORD = "v=DMARC1; p=reject; fo=1; ruf=mailto:{}"
HEADER = b"""Received: from mx.example.com (mx.example.com [192.0.2.7])
\tby mx.receiver.example with esmtp (Exim 4.96)
\t(envelope-from <John.Doe@example.com>)
\tid 1abcde-000000-00
\tfor victim@receiver.example; Thu, 03 Oct 2024 10:00:00 +0000
Received: from [10.1.2.3] (helo=inside)
\tby mx.example.com with esmtpsa id 1abcdd-000000-00
From: "John Doe" <john.doe@example.com>
To: Victim <victim@receiver.example>
Subject: An invoice, see http://example.com/pay?u=john.doe@example.com
Message-ID: <20241003100000.1@example.com>
Date: Thu, 03 Oct 2024 10:00:00 +0000
"""


class FailureMail:
    def __init__(self, path):
        self.bytes = path.read_bytes()
        self.argv = path.with_suffix(".argv").read_text().splitlines()
        self.message = email.message_from_bytes(self.bytes, policy=email.policy.default)
        self.to, self.envelope = self.argv[-1], self.argv[2]
        self.parts = list(self.message.iter_parts())
        self.text = self.parts[0].get_content()
        self.fields = feedback_of(self.bytes)
        self.last = self.parts[2]

    def evidence(self):
        """The last part, as it stands in the mail."""
        boundary = self.message.get_boundary().encode()
        return self.bytes.split(b"--" + boundary)[3].split(b"\n\n", 1)[1]


def feedback_of(raw):
    """The fields of the second part, unfolded, read by the compat32 parser: what it reads is what stands there."""
    part = email.message_from_bytes(raw, policy=email.policy.compat32).get_payload()[1]
    inner = part.get_payload()
    inner = inner[0] if isinstance(inner, list) else email.message_from_string(inner)
    return [(name, " ".join(str(value).split())) for name, value in inner.items()]


class FailingSite(Site):
    def __init__(self, directory, **options):
        super().__init__(directory, **{"failure_reports": "yes", **options})
        self.failures = self.dir / "journal" / "failures"
        self.failures.mkdir(parents=True, mode=0o700)
        self.written = 0

    def capsule(self, domain="example.com", *more, header=HEADER, body=None, age=60, name=None, to=None, record=None):
        """One capsule; more are KEY=VALUE that come on top."""
        self.written += 1
        to = to or [f"mailto:f@{domain}"]
        path = self.failures / (name or f"{self.written - 1:03}")
        header_file = self.dir / "header"
        header_file.write_bytes(header)
        words = [f"id={os.urandom(16).hex()}", f"time={NOW - age}", f"author={domain}", f"policy-domain={domain}", f"org={domain}",
                 "record=" + (record or RECORD.format(f"f@{domain}")), "rules=rfc7489", "result=fail", "reason=no-aligned-pass", "disposition=reject",
                 "spf-result=softfail", f"spf-domain={domain}", "receiver=mx.receiver.example", "authserv=mx.receiver.example", "ip=192.0.2.7",
                 "conditions=1", "incidents=1", f"from=john.doe@{domain}", f"header=@{header_file}",
                 f"authres=Authentication-Results: mx.receiver.example;\n\tdmarc=fail header.from={domain};\n\tspf=softfail smtp.mailfrom=john.doe@{domain}",
                 *(f"to={uri}" for uri in to)]
        if body is not None:
            (self.dir / "body").write_bytes(body)
            words.append(f"body=@{self.dir / 'body'}")
        subprocess.run([CAPSULE, path, *words, *more], check=True)
        os.utime(path, (NOW - age, NOW - age))
        return path

    def mails(self):
        return sorted((FailureMail(path) for path in (self.dir / "mails").glob("*.eml")), key=lambda mail: (mail.to, mail.bytes))

    def queue(self):
        """What is in the directory."""
        return sorted(path.name for path in self.failures.iterdir() if path.name != "tally")
