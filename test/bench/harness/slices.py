"""CPU of what is compared, loaded a tenth of a second each in turn.

A machine whose processors are shared with others is fast for some seconds and slow for
some. Turns of a second meet that unequally; slices are so short that all that is compared
has its share of either. Each load is a wrk of its own, held by a signal but in its slices.
Its latencies include being held: they say nothing.
"""
import functools
import os
import pathlib
import signal
import subprocess
import time

from .load import Broken, check, probe, read_result, start_wrk
from .machine import Unavailable

SLICE = 0.1
TO_REST = 20  # seconds for what is under way
# Seconds: a load is held for one or two, and a machine that stood still meanwhile broke nothing.
HELD = 60
# CPU outside all slices is a mistake: of the whole, so much, and of a start's so many seconds.
STRAY_SHARE, STRAY_SECONDS = 0.01, 0.02
# Clocks of another process (Linux, clock_getcpuclockid(3)). Two count ticks.
BOTH, USER, EXACT = 0, 1, 2


def cpu(pid):
    """Seconds of a process so far: user and system by ticks, and both exactly. Exact is what
    threads took before they last fell asleep."""
    user, both, exact = (time.clock_gettime(~pid << 3 | which) for which in (USER, BOTH, EXACT))
    return user, both - user, exact


def sleeps(pid):
    """Do all its threads?"""
    states = [pathlib.Path(task, "stat").read_text().rpartition(")")[2].split()[0]
              for task in pathlib.Path("/proc", str(pid), "task").iterdir()]
    return all(state == "S" for state in states)


def wait_until_asleep(pid):
    """What was sent before a load was held is answered, too."""
    until = time.monotonic() + TO_REST
    calm = 0
    while calm < 2:
        calm = calm + 1 if sleeps(pid) else 0
        if time.monotonic() > until:
            raise Unavailable("the server does not come to rest")
        time.sleep(0.001)


class Load:
    """One scenario on a server of its own, and what that took."""

    def __init__(self, name, process, scenario, want):
        """@param process  not several: clocks are of one"""
        self.name, self.process, self.scenario, self.want = name, process, scenario, want
        self.wrk = None
        self.taken = (0.0, 0.0, 0.0)
        self.requests = 0

    def start(self, issuer, seconds, connections):
        self.wrk = start_wrk(self.process.port, self.scenario, issuer, seconds, connections,
                             timeout=HELD)
        self.run_briefly()

    def run_briefly(self):
        """Unless its time is over."""
        self.wrk.send_signal(signal.SIGCONT)
        time.sleep(SLICE)
        if self.wrk.poll() is None:
            self.wrk.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, self.wrk.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def finish(self, issuer):
        self.wrk.send_signal(signal.SIGCONT)
        requests, bad, broken = read_result(*self.wrk.communicate(timeout=TO_REST))[:3]
        check(requests, bad, broken, self.want)
        probe(self.process.port, self.scenario, issuer, self.want)
        self.requests = requests

    def charge(self, work):
        """Put down what the server takes while it works, and for what it was sent then."""
        before = cpu(self.process.child.pid)
        try:
            work()
            wait_until_asleep(self.process.child.pid)
        except (Unavailable, OSError, subprocess.SubprocessError) as why:
            kind = Broken if isinstance(why, Broken) else Unavailable
            raise kind(f"{self.name}, {self.scenario.name}: {why}") from why
        after = cpu(self.process.child.pid)
        self.taken = tuple(taken + b - a for taken, a, b in zip(self.taken, before, after))

    def check_account(self, begun):
        """@param begun  what the server's exact clock said before the first slice"""
        whole, charged = cpu(self.process.child.pid)[2] - begun, self.taken[2]
        if abs(whole - charged) > STRAY_SHARE * whole + STRAY_SECONDS:
            raise Unavailable(f"{self.name}, {self.scenario.name}: took {whole:.3f} s, of which "
                              f"{charged:.3f} s in slices")

    def stop(self):
        if self.wrk is not None:
            self.wrk.kill()
            self.wrk.communicate()

    def figures(self):
        user, system, exact = self.taken
        share = user / (user + system) if user + system else 0
        each = exact / self.requests * 1e6
        return {"cpu_us": each, "user_us": each * share, "system_us": each * (1 - share),
                "sliced": True}


def measure(loads, issuer, seconds, how):
    """
    All of them, each for so many seconds.

    @return nothing; each load has its figures then
    """
    whole = max(1, round(len(loads) * seconds))
    begun = [cpu(load.process.child.pid)[2] for load in loads]
    try:
        for load in how.shuffled(loads):
            load.charge(functools.partial(load.start, issuer, whole, how.connections))
        # Until the last one's time is over.
        until = time.monotonic() + whole
        while time.monotonic() < until:
            for load in how.shuffled(loads):
                load.charge(load.run_briefly)
        for load in how.shuffled(loads):
            load.charge(functools.partial(load.finish, issuer))
    finally:
        for load in loads:
            load.stop()
    for load, before in zip(loads, begun):
        load.check_account(before)
