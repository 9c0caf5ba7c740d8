# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""What the bench runs beside Exim: a caching resolver, and rspamd as the other judge."""

import pathlib
import re
import socket
import subprocess

from lab import dns, scratch as scratch_module
from lab.process import Process, wait_until
from lab.scratch import give

SCANNER_USER = "nobody"
START_S = 180  # its first start compiles the suffix list for Hyperscan: 9 s on an idle machine

_UNBOUND_CONF = """\
server:
  interface: {address}
  port: 53
  access-control: 127.0.0.0/8 allow
  access-control: 198.18.0.0/15 allow
  do-daemonize: no
  do-ip6: no
  do-not-query-localhost: no
  num-threads: 1
  module-config: "iterator"
  username: ""
  chroot: ""
  directory: "{dir}"
  pidfile: "{dir}/pid"
  use-syslog: no
  logfile: ""
stub-zone:
  name: "."
  stub-addr: {upstream}
remote-control:
  control-enable: yes
  control-interface: "{dir}/control"
  control-use-cert: no
"""

# One process, the three modules that answer what dmx answers, Hyperscan as in Debian, no guess at the language, only errors logged, nothing reported. Two `path`s
# are a list, an array of them is not.
_RSPAMD_CONF = """\
options {{
  filters = "dkim";
  dns {{ nameserver = ["{resolver}"]; timeout = 5s; retransmits = 2; }}
  local_addrs = ["192.0.2.255/32"];
  tempdir = "{dir}";
  pidfile = "{dir}/pid";
  hs_cache_dir = "{dir}";
  rrd = "{dir}/rrd";
  url_tld = "{dir}/suffixes";
  control_socket = "{dir}/control mode=0600";
  enable_test_patterns = false;
}}
logging {{ type = "console"; level = "error"; color = false; }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; }}
modules {{ path = "{share}/plugins/spf.lua"; path = "{share}/plugins/dmarc.lua"; }}
spf {{ enabled = true; }}
dkim {{ enabled = true; }}
dmarc {{ enabled = true; reporting {{ enabled = false; }} }}
actions {{ reject = 1000; add_header = 999; greylist = 998; }}
group "policies" {{}}
"""


class Unbound:
    """A resolver with an empty cache, in the group `resolver`; `questions()` counts what it was asked."""

    def __init__(self, scratch, meter, network, upstream):
        self.directory = scratch.directory("unbound")
        self._address = network.resolver
        self._binary = scratch_module.program("UNBOUND")
        self._group = meter.group("resolver")
        host, _, port = upstream.partition(":")
        self._conf = self.directory / "unbound.conf"
        self._conf.write_text(_UNBOUND_CONF.format(address=network.resolver, dir=self.directory, upstream=f"{host}@{port}"))
        self._process = None

    def __enter__(self):
        self._process = Process([*self._group, self._binary, "-d", "-c", self._conf], self.directory / "log", self.directory)
        wait_until(lambda: not self._process.alive() or dns.query((self._address, 53), "out0.mail.example", "A"), 10,
                   lambda: f"unbound:\n{self._process.said()}")
        return self

    def __exit__(self, *_):
        self._process.stop(timeout=2)

    def questions(self):
        """How many questions it was asked since it started."""
        control = pathlib.Path(self._binary).with_name("unbound-control")
        done = subprocess.run([control, "-c", self._conf, "stats_noreset"], capture_output=True, text=True, timeout=10, check=True)
        return int(re.search(r"^total\.num\.queries=(\d+)$", done.stdout, re.M)[1])


class Rspamd:
    """rspamd with the modules spf, dkim and dmarc, in the group `scanner`."""

    def __init__(self, scratch, meter, network):
        self.directory = scratch.directory("rspamd", SCANNER_USER)
        self.port = 11333
        binary = pathlib.Path(scratch_module.program("RSPAMD"))
        usr = binary.parent.parent
        share = usr / "share" / "rspamd"
        # It finds no organizational domain below a top-level domain that it does not know, and ours are reserved ones.
        (self.directory / "suffixes").write_text((share / "effective_tld_names.dat").read_text() + "\nexample\n")
        conf = self.directory / "rspamd.conf"
        conf.write_text(_RSPAMD_CONF.format(resolver=network.resolver, dir=self.directory, port=self.port, share=share))
        give(conf, SCANNER_USER)
        settings = {"LD_LIBRARY_PATH": usr / "lib" / "rspamd", "SHAREDIR": share, "LUALIBDIR": share / "lualib", "RULESDIR": share / "rules",
                    "PLUGINSDIR": share / "plugins", "CONFDIR": self.directory, "LOCAL_CONFDIR": self.directory, "DBDIR": self.directory,
                    "RUNDIR": self.directory, "LOGDIR": self.directory, "HOME": self.directory}
        self._words = [*meter.group("scanner"), "env", *(f"{key}={value}" for key, value in settings.items()),
                       binary, "-f", "-c", conf, "-u", SCANNER_USER, "-g", "nogroup"]
        self._process = None

    def __enter__(self):
        self._process = Process(self._words, self.directory / "log", self.directory)
        wait_until(lambda: not self._process.alive() or self._pings(), START_S, lambda: f"rspamd:\n{self._process.said()}")
        return self

    def __exit__(self, *_):
        self._process.stop(timeout=2)

    def said(self):
        return self._process.said()

    def _pings(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as sock:
                sock.sendall(b"GET /ping HTTP/1.0\r\n\r\n")
                return b"pong" in sock.recv(4096)
        except OSError:
            return False
