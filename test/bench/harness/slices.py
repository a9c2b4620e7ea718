"""CPU of what is loaded side by side, a tenth of a second each in turn.

A machine whose processors are shared with others is fast for some seconds and slow for
some. Turns of a second meet that unequally; slices are so short that all that is compared
has its share of either. Each load is a wrk of its own, held by a signal but in its slices.
Its latencies include being held: they say nothing.
"""
import functools
import signal
import time

from .load import check, read_result, start_wrk

SLICE = 0.1
PATIENCE = 20
USER, BOTH, EXACT = 1, 0, 2  # clocks of another process (clock_getcpuclockid(3) in Linux)


def cpu(pid):
    """Seconds of a process so far: user in ticks, both in ticks, exactly."""
    return [time.clock_gettime(~pid << 3 | which) for which in (USER, BOTH, EXACT)]


class Load:
    """One scenario on one running server, and what that took."""

    def __init__(self, process, scenario, want):
        self.process, self.scenario, self.want = process, scenario, want
        self.wrk = None
        self.taken = [0.0, 0.0, 0.0]
        self.requests = 0

    def wait_until_idle(self):
        """What was sent before the load was held is answered, too."""
        before = None
        until = time.monotonic() + PATIENCE
        while before != (now := cpu(self.process.child.pid)[EXACT]) and time.monotonic() < until:
            before = now
            time.sleep(0.002)

    def slice(self, work):
        """@param work  lets the load go on, for as long as it likes"""
        before = cpu(self.process.child.pid)
        work()
        self.wait_until_idle()
        after = cpu(self.process.child.pid)
        self.taken = [taken + b - a for taken, a, b in zip(self.taken, before, after)]

    def from_its_start(self, issuer, seconds, connections):
        self.wrk = start_wrk(self.process.port, self.scenario, issuer, seconds, connections)
        self.for_a_moment()

    def for_a_moment(self):
        self.wrk.send_signal(signal.SIGCONT)
        time.sleep(SLICE)
        self.wrk.send_signal(signal.SIGSTOP)

    def to_its_end(self):
        self.wrk.send_signal(signal.SIGCONT)
        output, errors = self.wrk.communicate(timeout=PATIENCE)
        requests, bad, broken = read_result(output, errors)[:3]
        check(requests, bad, broken, self.want)
        self.requests = requests

    def stop(self):
        if self.wrk is not None and self.wrk.poll() is None:
            self.wrk.kill()
            self.wrk.communicate()

    def figures(self):
        user, both, exact = self.taken
        share = user / both if both else 0
        each = exact / self.requests * 1e6
        return {"requests": self.requests, "cpu_us": each, "user_us": each * share,
                "system_us": each * (1 - share)}


def measure(loads, issuer, seconds, how):
    """
    All of them, each for so many seconds.

    @param loads  of servers that are one process each
    @return nothing; each load has its figures then
    """
    whole = max(1, round(len(loads) * seconds))
    try:
        begun = time.monotonic()
        for load in loads:
            load.slice(functools.partial(load.from_its_start, issuer, whole, how.connections))
        while time.monotonic() - begun < whole:
            for load in how.shuffled(loads):
                load.slice(load.for_a_moment)
        for load in how.shuffled(loads):
            load.slice(load.to_its_end)
    finally:
        for load in loads:
            load.stop()
