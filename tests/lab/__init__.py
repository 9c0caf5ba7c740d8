# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A private mail world for the tests and the demo: a real Exim, a DNS server, senders with keys, an exact SMTP client.

Everything lives in one scratch directory and on loopback addresses; nothing of the machine is read or written, and nothing is left
running. Put the directory tests/ on sys.path and import `lab.exim`, `lab.smtp` and so on; never put tests/lab itself there, since
`lab.dns` would then hide dnspython's `dns`, which python3-dkim needs.
"""
