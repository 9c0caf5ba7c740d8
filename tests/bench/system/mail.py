# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""The mail of the bench: who sends it, their DNS, and the messages as they go over the wire; made once and kept below build/.

The senders' shares follow Zipf's law. Every domain publishes SPF that lets all of the bench's client addresses send, by one of the
roads that are common; most publish DMARC. Everything is genuine, so the verdict of each message is known beforehand.
"""

import dataclasses
import json
import math
import multiprocessing
import pathlib
import random
import shutil
import statistics
import sys

from lab import keys
from lab.dns import txt
from lab.smtp import crlf, stuff

VERSION = 2  # of what is made here: raise it with any change, so that what is kept from earlier is made anew
SEED = 20240501
DOMAINS, PLATFORMS, KEYS, CLIENTS = 2000, 20, 16, 50
MEAN_BYTES, MEDIAN_BYTES, MAX_BYTES = 30_000, 12_000, 600_000
DAY, HOUR = 86400, 3600

# How many signatures, with which share: 1.2 on average.
SIGNATURES = ((0, 0.05), (1, 0.70), (2, 0.25))

_WORDS = ("the of and to in for is on that by this with you it not or be are from at as your all have new more an was we will can about if my "
          "has but our one other do no they he up may what which their out use any there see only so his when here who also now help get "
          "view order price service account delivery thank regards meeting tomorrow please report number invoice").split()


@dataclasses.dataclass(frozen=True)
class Network:
    """Addresses that the machine takes for its own: `prefix` in CIDR form, with room for the clients and the name server."""
    prefix: str
    server: str
    resolver: str
    clients: str  # "198.18.1.{}"


# Of RFC 2544, for benchmarks; nobody trusts them as they do a private network or loopback. Loopback where there is no other choice.
PRIVATE = Network("198.18.0.0/15", "198.18.0.25", "198.18.0.53", "198.19.1.{}")
LOOPBACK = Network("127.64.0.0/10", "127.64.0.25", "127.64.0.53", "127.65.1.{}")


@dataclasses.dataclass(frozen=True)
class Mail:
    """What was made: the zone's lines, the load generator's plan, and what a judge should find, in messages and signatures."""
    zone: list
    plan: pathlib.Path
    count: int
    mean_bytes: float
    domains_seen: int
    signatures: int
    expected: dict  # verdicts of dmx as "dmarc=pass": how often

    @classmethod
    def prepare(cls, build, count, network):
        """The mail of a bench of `count` messages: what lies below `build` from an earlier run, else new."""
        where = pathlib.Path(build) / f"mail-{VERSION}-{count}-{network.clients.split('.')[0]}"
        if not (where / "facts.json").exists():
            print(f"making and signing {count} messages, once: kept in {where}", file=sys.stderr, flush=True)
            shutil.rmtree(where, ignore_errors=True)
            where.mkdir(parents=True)
            _make(where, count, network)
        facts = json.loads((where / "facts.json").read_text())
        return cls(zone=(where / "zone").read_text().splitlines(), plan=where / "plan", **facts)


@dataclasses.dataclass(frozen=True)
class Letter:
    """One message before it is signed."""
    domain: str
    author: str      # domain of From: the domain itself or one below it
    body_bytes: int
    signers: tuple   # (domain, selector, index of the key)
    client: int
    number: int


def _domain(rank):
    return f"d{rank:04}.example"


def _policy(rank):
    """The DMARC record of a domain: as many have none, or ask for nothing, as in the wild."""
    share = random.Random(SEED + rank).random()
    if share < 0.25:
        return ""
    policy = "none" if share < 0.65 else "quarantine" if share < 0.8 else "reject"
    return f"v=DMARC1; p={policy}; rua=mailto:dmarc@{_domain(rank)}"


def _spf(rank, clients):
    """The SPF record, in the forms that are usual: an include of the platform, own addresses first, or both."""
    platform = f"include:_spf.p{rank % PLATFORMS}.example"
    forms = (f"v=spf1 {platform} -all",
             f"v=spf1 mx {platform} ~all",
             f"v=spf1 ip4:203.0.113.{rank % 256} a {platform} include:_spf.p{(rank + 7) % PLATFORMS}.example -all",
             f"v=spf1 ip4:{clients} -all")
    return forms[random.Random(SEED - rank).randrange(len(forms))]


def _zone(keyring, network):
    """Every record, with the times to live that are usual for its kind."""
    clients = network.clients.format("0") + "/24"
    lines = []
    for client in range(CLIENTS):
        host = f"out{client}.mail.example"
        lines += [f"{host} {HOUR} A {network.clients.format(client + 1)}", txt(host, "v=spf1 a -all", HOUR)]
    for platform in range(PLATFORMS):
        name = f"p{platform}.example"
        lines += [txt(f"_spf.{name}", f"v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 ip4:{clients} -all", HOUR),
                  txt(f"s1._domainkey.{name}", keyring[platform % KEYS].record(), DAY),
                  txt(f"_dmarc.{name}", "v=DMARC1; p=reject", HOUR)]
    for rank in range(DOMAINS):
        name = _domain(rank)
        lines += [f"{name} {HOUR} A 203.0.113.{rank % 256}", f"{name} {HOUR} MX 10 mx.{name}", f"mx.{name} {HOUR} A 203.0.113.{rank % 256}",
                  txt(name, _spf(rank, clients), HOUR), txt(f"s1._domainkey.{name}", keyring[rank % KEYS].record(), HOUR)]
        if _policy(rank):
            lines.append(txt(f"_dmarc.{name}", _policy(rank), HOUR))
    return lines


def _sizes(count):
    """Body sizes by a lognormal law, one from each of `count` equal parts of it: the mean is the same however few there are."""
    sigma = math.sqrt(2 * math.log(MEAN_BYTES / MEDIAN_BYTES))
    normal = statistics.NormalDist(math.log(MEDIAN_BYTES), sigma)
    return [min(MAX_BYTES, round(math.exp(normal.inv_cdf((at + 0.5) / count)))) for at in range(count)]


def _letters(count):
    chance = random.Random(SEED)
    sizes = _sizes(count)
    chance.shuffle(sizes)
    ranks = chance.choices(range(DOMAINS), [1 / (rank + 1) for rank in range(DOMAINS)], k=count)
    numbers = chance.choices([number for number, _ in SIGNATURES], [share for _, share in SIGNATURES], k=count)
    letters = []
    for at, (rank, size, signed) in enumerate(zip(ranks, sizes, numbers)):
        name, platform = _domain(rank), rank % PLATFORMS
        signers = ((name, "s1", rank % KEYS), (f"p{platform}.example", "s1", platform % KEYS))[:signed]
        author = f"news.{name}" if chance.random() < 0.2 else name
        letters.append(Letter(name, author, size, signers, at // 20 % CLIENTS, at))
    return letters


def _text(letter):
    """The message with CRLF: fields as they are usual, and a body of English words in lines of up to 76 characters or so."""
    chance = random.Random(SEED + letter.number)
    head = (f"Received: from app{chance.randrange(99)}.{letter.domain} (unknown [10.1.2.{chance.randrange(255)}])\n"
            f"\tby out{letter.client}.mail.example (Postfix) with ESMTPS id {chance.randrange(1 << 40):X}\n"
            f"\tfor <user@receiver.example>; Wed,  1 May 2024 10:00:00 +0000 (UTC)\n"
            f"From: \"Sender {letter.number}\" <service@{letter.author}>\nTo: <user@receiver.example>\n"
            f"Subject: Message {letter.number} of {letter.domain}\nDate: Wed, 01 May 2024 10:00:00 +0000\n"
            f"Message-ID: <{letter.number}.{chance.randrange(1 << 60):x}@{letter.domain}>\nMIME-Version: 1.0\n"
            f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\n"
            f"List-Unsubscribe: <https://{letter.domain}/u/{chance.randrange(1 << 60):x}>\nX-Mailer: Bench 1.0\n\n")
    lines, written = [], 0
    while written < letter.body_bytes:
        lines.append(" ".join(chance.choices(_WORDS, k=chance.choice((2, 7, 12, 13, 13, 13)))))
        written += len(lines[-1]) + 2
    return crlf(head + "\n".join(lines) + "\n")


def _write(work):
    """Sign one message and write it as the client will send it; its size."""
    letter, keyring, path = work
    message = _text(letter)
    for domain, selector, index in letter.signers:
        message = keyring[index].sign(message, domain, selector,
                                      canonicalization="relaxed/relaxed" if letter.number % 8 else "relaxed/simple")
    data = stuff(message) + b".\r\n"
    path.write_bytes(data)
    return len(message)


def _make(where, count, network):
    with multiprocessing.Pool() as pool:
        keyring = pool.map(keys.rsa_key, [2048] * KEYS)
        letters = _letters(count)
        paths = [where / f"{letter.number:05}" for letter in letters]
        sizes = pool.map(_write, [(letter, keyring, path) for letter, path in zip(letters, paths)], chunksize=8)
    (where / "zone").write_text("\n".join(_zone(keyring, network)) + "\n")
    (where / "plan").write_text("".join(
        f"{network.clients.format(letter.client + 1)} out{letter.client}.mail.example bounce@{letter.domain} user@receiver.example {path}\n"
        for letter, path in zip(letters, paths)))
    judged = sum(bool(_policy(int(letter.domain[1:5]))) for letter in letters)
    facts = {"count": count, "mean_bytes": statistics.mean(sizes), "domains_seen": len({letter.domain for letter in letters}),
             "signatures": sum(len(letter.signers) for letter in letters),
             "expected": {"dmarc=pass": judged, "dmarc=none": count - judged, "spf=pass": count}}
    (where / "facts.json").write_text(json.dumps(facts))
