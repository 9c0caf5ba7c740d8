# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
"""A private Exim with the module loaded: its own configuration, spool, logs and port, all in the scratch directory.

Traps that the configuration below avoids:
- `deliver_drop_privilege`: with -C a delivery would run Exim anew, which loses root and then the configuration's trust.
- `exim_path`: the compiled-in /usr/sbin/exim4 may be missing, or another flavour.
- `smtp_accept_queue_per_connection`: from the 11th message of a connection on, Exim would only queue.
- `dkim_disable_verify`: Exim verifies DKIM by itself and asks the machine's resolver, which the lab must not.
- the module, and Exim itself where need be, are copied beside the configuration: Exim's user cannot read them in a working directory
  below somebody's home.
- `check_string`: without one, Exim 4.96 to 4.98 delivers a message spooled in wire format to a file without its body (it takes a short
  cut through sendfile whose size is 0). "From " escaped as "From " changes nothing and avoids the short cut.
- $local_part is tainted, so a file cannot be named after it: all mail goes into one maildir, the envelope in front of each message.
"""

import contextlib
import dataclasses
import os
import re
import shutil
import signal
import socket
import subprocess

from . import scratch as scratch_module
from .process import ENVIRONMENT, Process, free_port, processes_naming, wait_until
from .scratch import LabError, give

USER = "Debian-exim"  # compiled into Debian's binaries
HOSTNAME = "mx.receiver.example"
AUTH_USER, AUTH_PASSWORD = "tester", "open sesame"
ACLS = ("connect", "helo", "auth", "mail", "rcpt", "predata", "data", "data_prdr", "dkim", "mime", "quit", "notquit")

_TAIL = r"""
begin routers

{routers}
everybody:
  driver = accept
  transport = file
  cannot_route_message = not reached

begin transports

{transports}
file:
  driver = appendfile
  user = {user}
  group = {user}
  maildir_format
  directory = {dir}/mail
  create_directory
  mode = 0640
  message_prefix = "id: $message_exim_id\nsender: $sender_address\nrecipient: $local_part@$domain\ndata: $local_scan_data\n\n"
  message_suffix =
  check_string = "From "
  escape_string = "From "

begin retry

* * F,1h,10m

begin rewrite

{rewrite}

begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{auth_user}}}}}{{eq{{$auth3}}{{{auth_password}}}}}}}}}
  server_set_id = $auth2
"""


@dataclasses.dataclass(frozen=True)
class Delivered:
    """A message as it was delivered to one recipient. `content` has plain newlines; `data` is $local_scan_data."""
    message_id: str
    sender: str
    recipient: str
    data: str
    content: bytes

    @property
    def headers(self):
        """The header fields in order, as (name, value) with folds kept; bytes that are not UTF-8 become escapes."""
        block = self.content.split(b"\n\n", 1)[0].decode("utf-8", "backslashreplace")
        fields = re.split(r"\n(?![ \t])", block)
        return [(field.partition(":")[0].rstrip(), field.partition(":")[2].strip()) for field in fields]

    def header(self, name):
        """All values of the fields with that name, top first."""
        return [value for field, value in self.headers if field.lower() == name.lower()]

    @property
    def body(self):
        return self.content.partition(b"\n\n")[2]


class Exim:
    """One Exim of either flavour.

    flavour     "heavy" or "light"
    module      the local_scan module, or None for a bare Exim
    dmx_config  the module's configuration as text; None leaves DMX_CONFIG pointing at a file that is not there
    main        lines of the main section, in front of those options
    options     main options, on top of the lab's own: {"spool_wireformat": True, "local_scan_timeout": "3s"}; None takes one away
    acls        statements by ACL name (see ACLS), in front of the final `accept`: {"rcpt": "warn set acl_m_dmx = monitor:test"}
    rewrite     lines of the `begin rewrite` section
    routers     routers in front of the one that delivers everything
    transports  transports beside the one that delivers everything
    binary      an Exim of its own in place of the flavour's
    local_scan  the options in `begin local_scan`, {name: value}, for a binary with the module compiled in; None: no such section
    exim_dkim   True lets Exim verify DKIM itself (with the machine's resolver)

    "@DIR@" in any of these texts becomes `directory`, which Exim's user owns. As a context manager it runs the daemon; without that,
    `run()` works all the same.
    """

    def __init__(self, scratch, flavour="heavy", module=None, dmx_config=None, options=None, acls=None, rewrite="", routers="",
                 transports="", listen="127.0.0.1", exim_dkim=False, binary=None, local_scan=None, main=""):
        if os.geteuid() != 0:
            raise LabError("Exim changes its user: the lab needs root")
        self.flavour = flavour
        self.binary = binary or scratch_module.program(f"EXIM_{flavour.upper()}")
        self.listen = listen
        self.port = None
        self.process = None
        self.prefix = ()  # words of a command that runs the daemon in a surrounding of its own
        self.directory = scratch.directory(f"exim-{flavour}", USER)
        if not scratch_module.reachable(self.binary):
            self.binary = shutil.copy(self.binary, self.directory / "exim4")
        for name in ("spool", "log", "mail"):
            (self.directory / name).mkdir(mode=0o750)
            give(self.directory / name, USER)
        # Debian's suffix list may be years old; the module's line about that, once a day, would come among the first message's lines.
        (self.directory / "spool" / "dmx-psl.stamp").touch(mode=0o640)
        give(self.directory / "spool" / "dmx-psl.stamp", USER)
        self.conf = self.directory / "exim.conf"
        self.dmx_conf = self.directory / "dmx.conf"
        self._module = None
        if module is not None:
            self._module = self.directory / "dmx.so"
            shutil.copyfile(module, self._module)
        if dmx_config is not None:
            self.set_dmx_config(dmx_config)
        self._options = options or {}
        self._acls = acls or {}
        self._rewrite, self._routers, self._transports, self._exim_dkim = rewrite, routers, transports, exim_dkim
        self._local_scan = local_scan
        self._main = main
        self._write_conf()

    # -- life

    def __enter__(self):
        for _ in range(3):  # the port may have gone to somebody else in between
            self.port = free_port(self.listen)
            before = self._started()
            self._write_conf()
            self.process = Process([*self.prefix, self.binary, "-C", self.conf, "-bdf"], self.directory / "output", self.directory)
            try:
                wait_until(lambda: not self.process.alive() or self._started() > before, 10, "Exim's port")
            except LabError:
                self.stop()
                raise
            if self.process.alive():
                return self
            self.process.stop()
            if "in use" not in self.process.said() + "\n".join(self.log()):
                break
        raise LabError(f"Exim does not start:\n{self.process.said()}\n" + "\n".join(self.log()))

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """End the daemon, its connections and its deliveries."""
        if self.process is not None:
            self.process.stop()
        self._end_stragglers()

    def hup(self):
        """Make the daemon read its configuration again (it runs itself anew, with the same process id)."""
        before = self._started()
        self.process.signal(signal.SIGHUP)
        try:
            wait_until(lambda: self._started() > before, 0.3, "Exim's restart")
        except LabError:  # the signal came just before the daemon's poll(), which a connection ends
            socket.create_connection((self.listen, self.port), timeout=1).close()
            wait_until(lambda: self._started() > before, 10, "Exim's restart")

    def _end_stragglers(self):
        """What was started by run(), or left the daemon's group: deliveries that are still under way get a moment to finish."""
        with contextlib.suppress(LabError):
            wait_until(lambda: not processes_naming(self.conf), 2, "deliveries")
        for pid in processes_naming(self.conf):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _started(self):
        return sum("daemon started" in line for line in self.log("main"))  # written when it listens; no connection is spent on asking

    # -- configuration

    def set_dmx_config(self, text):
        """Replace the module's configuration; processes that start later read it. None removes the file."""
        if text is None:
            self.dmx_conf.unlink(missing_ok=True)
            return
        new = self.directory / "dmx.conf.new"
        if "journal_dir" not in text:  # the default is the machine's own
            text = text.rstrip("\n") + "\njournal_dir = @DIR@/journal\n"
        if "cache" not in text:  # so that a test sees each question that it causes; those of the cache name its file
            text = text.rstrip("\n") + "\ncache = no\n"
        elif "cache_pins" not in text:
            text = text.rstrip("\n") + "\ncache_pins = @DIR@/dmx.pins\n"
        new.write_text(self._place(text))
        new.chmod(0o644)
        new.rename(self.dmx_conf)

    def _place(self, text):
        return text.replace("@DIR@", str(self.directory))

    def _main_options(self):
        options = {
            "primary_hostname": HOSTNAME,
            "exim_path": self.binary,
            "spool_directory": self.directory / "spool",
            "log_file_path": f"{self.directory}/log/%slog",
            "pid_file_path": self.directory / "exim.pid",
            "notifier_socket": "",
            "local_interfaces": self.listen,
            "daemon_smtp_ports": self.port or 0,
            "keep_environment": "",
            "add_environment": f"DMX_CONFIG={self.dmx_conf}",
            "deliver_drop_privilege": True,
            "host_lookup": "",
            "rfc1413_hosts": "",
            "rfc1413_query_timeout": "0s",
            "tls_advertise_hosts": "",
            "tls_certificate": "$primary_hostname",  # not a constant: so the daemon neither makes a key of its own (0.5 s) …
            "tls_verify_certificates": "",  # … nor reads the machine's certificates
            "auth_advertise_hosts": "*",
            "chunking_advertise_hosts": "*",
            "smtp_accept_max": 200,
            "smtp_accept_queue": 0,
            "smtp_accept_queue_per_connection": 0,
            "smtp_load_reserve": None,
            "message_size_limit": "50M",
            "check_spool_space": 0,
            "check_log_space": 0,
            "timezone": "UTC",
        }
        if self._module is not None:
            options["local_scan_path"] = self._module
            options["local_scan_timeout"] = "30s"
        options.update(self._options)
        return {name: value for name, value in options.items() if value is not None}

    def _write_conf(self):
        lines = ["# Written by tests/lab; see there.", self._main]
        for name, value in self._main_options().items():
            lines.append(f"{name} = {str(value).lower() if isinstance(value, bool) else value}")
        statements = {"rcpt": "", **self._acls}
        if not self._exim_dkim:
            statements["mail"] = "  warn control = dkim_disable_verify\n" + statements.get("mail", "")
        for name in statements:
            if name not in ACLS and name != "not_smtp":
                raise LabError(f"no ACL {name}; there are: {' '.join(ACLS)}")
            lines.append(f"acl_{name} = lab_{name}" if name == "not_smtp" else f"acl_smtp_{name} = lab_{name}")
        lines += ["", "begin acl"]
        for name, text in statements.items():
            lines += ["", f"lab_{name}:", text.rstrip("\n"), "  accept"]
        lines.append(_TAIL.format(dir=self.directory, user=USER, routers=self._routers, transports=self._transports,
                                  rewrite=self._rewrite, auth_user=AUTH_USER, auth_password=AUTH_PASSWORD))
        if self._local_scan is not None:
            lines += ["begin local_scan", "", *(f"{name} = {value}" for name, value in self._local_scan.items()), ""]
        self.conf.write_text(self._place("\n".join(lines)))
        self.conf.chmod(0o644)

    # -- running it by hand

    def run(self, arguments, given=b"", timeout=60):
        """Run `exim -C … ARGUMENTS` to its end with `given` on standard input, for -bs, -bh ADDRESS, -t, -bV, -be. Returns the
        CompletedProcess, output as bytes. Deliver in the foreground with -odi if the result is wanted at once."""
        return subprocess.run([self.binary, "-C", str(self.conf), *arguments], input=given, capture_output=True, timeout=timeout,
                              cwd=self.directory, env=ENVIRONMENT, start_new_session=True, check=False)

    # -- what happened

    def log(self, which="main"):
        """The lines of mainlog, rejectlog or paniclog so far."""
        path = self.directory / "log" / f"{which}log"
        return path.read_text(errors="backslashreplace").splitlines() if path.exists() else []

    def log_of(self, message_id, which="main"):
        """The lines about one message."""
        return [line for line in self.log(which) if f" {message_id} " in line]

    def wait_log(self, pattern, which="main", timeout=10):
        """The first line that matches a regular expression, as soon as it is there."""
        return wait_until(lambda: next((line for line in self.log(which) if re.search(pattern, line)), None), timeout,
                          lambda: f"{pattern!r} in {which}log:\n" + "\n".join(self.log(which)))

    def messages(self, count=0, timeout=10):
        """All deliveries, oldest first, once there are at least `count`."""
        wait_until(lambda: len(self._deliveries()) >= count, timeout, lambda: f"{count} deliveries; main log:\n" + "\n".join(self.log()))
        return self._deliveries()

    def delivered(self, message_id, recipient=None, timeout=10):
        """The delivery of one message (to one recipient, or any of them), as soon as it is there."""
        def find():
            return next((got for got in self._deliveries() if got.message_id == message_id and recipient in (None, got.recipient)), None)
        return wait_until(find, timeout, lambda: f"delivery of {message_id}; main log:\n" + "\n".join(self.log()))

    def queue(self):
        """The messages on the spool: {id: text of the -H file}. A frozen one has a line beginning with -frozen."""
        found = {}
        for path in sorted((self.directory / "spool" / "input").rglob("*-H")):
            with contextlib.suppress(FileNotFoundError):
                found[path.name[:-2]] = path.read_text(errors="backslashreplace")
        return found

    def spool_files(self):
        """Every file below the spool's input directory: after a quiet moment anything here is queued mail or an orphan."""
        return sorted(str(path.relative_to(self.directory)) for path in (self.directory / "spool" / "input").rglob("*") if path.is_file())

    def forget(self):
        """Drop the deliveries and logs seen so far."""
        for path in [*(self.directory / "mail" / "new").glob("*"), *(self.directory / "log").glob("*log")]:
            path.unlink()

    def _deliveries(self):
        found = []
        paths = (self.directory / "mail" / "new").glob("*")
        for path in sorted(paths, key=lambda each: (each.stat().st_mtime_ns, each.name)):
            head, _, content = path.read_bytes().partition(b"\n\n")
            envelope = [line.partition(": ")[2] for line in head.decode("utf-8", "backslashreplace").split("\n")]
            found.append(Delivered(*envelope, content))
        return found
