"""Processes that are started, measured and stopped, and what the machine has."""
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

BENCH = pathlib.Path(__file__).resolve().parent.parent
ROOT = BENCH.parent.parent
sys.path.insert(0, str(ROOT / "test/support"))

import progress  # noqa: E402

shown = progress.Progress()
# Debian's packages, and how to tell that what is in them is there: a program, or a library
# by its pkg-config name. From whichever package it came, and in whichever flavour, it will do.
PROGRAMS = {"gcc": "gcc", "meson": "meson", "ninja-build": "ninja", "pkg-config": "pkg-config",
            "wrk": "wrk", "valgrind": "valgrind"}
LIBRARIES = {"libmicrohttpd-dev": "libmicrohttpd", "libcurl4-gnutls-dev": "libcurl",
             "libcjson-dev": "libcjson", "libgnutls28-dev": "gnutls", "libcmocka-dev": "cmocka"}
BUILD_PACKAGES = ("gcc", "meson", "ninja-build", "pkg-config", *LIBRARIES)
TICKS = os.sysconf("SC_CLK_TCK")


class Unavailable(Exception):
    """Something that cannot be had here; the run goes on without it."""


def say(text):
    """For whoever watches; a log gets only what is in the results."""
    shown.stage(text)


def say_line(text):
    shown.rub_out()
    print(text, file=sys.stderr, flush=True)


def command(*words, **options):
    """Runs it to its end; its output only if it fails."""
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        last = "\n".join(done.stdout.splitlines()[-15:])
        raise Unavailable(f"{words[0]} failed:\n{last}")
    return done.stdout


def succeeds(*words):
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        return False
    # dpkg-query succeeds for a package that was removed, too.
    return done.returncode == 0 and (words[0] != "dpkg-query" or "ok installed" in done.stdout)


def is_there(package):
    if package in PROGRAMS:
        return shutil.which(PROGRAMS[package]) is not None
    if package in LIBRARIES:
        return succeeds("pkg-config", "--exists", LIBRARIES[package])
    return succeeds("dpkg-query", "-W", "-f=${Status}", package)


def install(*packages):
    """What is not there, if it may be installed."""
    missing = [name for name in packages if not is_there(name)]
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise Unavailable("not installed: " + " ".join(missing))
    sudo = [] if os.getuid() == 0 else ["sudo", "-n"]
    say("installing " + " ".join(missing))
    command(*sudo, "apt-get", "update", "-q")
    command(*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-qy",
            "--no-install-recommends", *missing)


def build(folder):
    """Builds the servers, from a clean clone too. @return their folder"""
    if not (folder / "build.ninja").exists():
        install(*BUILD_PACKAGES)
        say("configuring " + str(folder))
        command("meson", "setup", folder, ROOT, "-Dtests=enabled")
    say("building " + str(folder))
    command("ninja", "-C", folder, "bench-servers")
    return folder / "test" / "bench" / "servers"


def node_path():
    """The environment in which `node` is the pinned one, where that runs."""
    environment = dict(os.environ)
    if os.uname().sysname == "Linux" and os.uname().machine == "x86_64":
        say("looking for node")
        command(ROOT / "test" / "interop" / "setup", "node")
        pinned = ROOT / "test" / "interop" / ".node" / "node_modules" / ".bin"
        environment["PATH"] = f"{pinned}:{environment['PATH']}"
    elif shutil.which("node") is None:
        raise Unavailable("node is not installed")
    return environment


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Process:
    """One that says "listening on http://127.0.0.1:PORT", or whose port is known."""

    def __init__(self, words, port=None, environment=None, patience=20):
        self.errors = tempfile.TemporaryFile()
        begun = time.perf_counter()
        self.child = subprocess.Popen([str(word) for word in words], env=environment,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=self.errors)
        self.port = port
        try:
            self._wait(patience)
        except Unavailable:
            self.stop()
            raise
        self.announced_ms = (time.perf_counter() - begun) * 1000
        self.begun = begun

    def _wait(self, patience):
        if self.port is None:
            line = self.child.stdout.readline().decode()
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", line)
            if found is None:
                raise Unavailable(f"{self.child.args[0]} did not start: {self.last_words()}")
            self.port = int(found[1])
            return
        until = time.monotonic() + patience
        while time.monotonic() < until and self.child.poll() is None:
            try:
                # A listening socket alone may have no process behind it yet.
                urllib.request.urlopen(self.url + "/open", timeout=1).close()
                return
            except (OSError, http.client.HTTPException):
                time.sleep(0.001)
        raise Unavailable(f"{self.child.args[0]} does not listen: {self.last_words()}")

    def last_words(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")[-1000:]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self, sign=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(sign)
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.child.stdout.close()
        self.errors.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def processes(self):
        """It and all below it."""
        children = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    stat = pathlib.Path("/proc", entry, "stat").read_text()
                except OSError:
                    continue
                parent = int(stat.rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry))
        found, wanted = [], [self.child.pid]
        while wanted:
            found.append(wanted.pop())
            wanted += children.get(found[-1], [])
        return found

    def cpu(self):
        """Seconds so far: (user, system) in ticks, and the exact sum of living threads."""
        user = system = exact = 0
        for pid in self.processes():
            try:
                fields = pathlib.Path("/proc", str(pid), "stat").read_text()
                fields = fields.rpartition(")")[2].split()
                user += int(fields[11])
                system += int(fields[12])
                for task in pathlib.Path("/proc", str(pid), "task").iterdir():
                    exact += int((task / "schedstat").read_text().split()[0])
            except OSError:
                continue
        return user / TICKS, system / TICKS, exact / 1e9

    def memory(self):
        """Kilobytes of the process tree: (RSS, PSS)."""
        rss = pss = 0
        for pid in self.processes():
            try:
                text = pathlib.Path("/proc", str(pid), "smaps_rollup").read_text()
            except OSError:
                continue
            rss += int(re.search(r"^Rss:\s+(\d+)", text, re.M)[1])
            pss += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])
        return rss, pss


def description():
    """What the figures belong to."""
    model = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return {
        "processor": model[1] if model else os.uname().machine,
        "processors": os.cpu_count(),
        "kernel": os.uname().release,
        "load": os.getloadavg()[0],
    }
