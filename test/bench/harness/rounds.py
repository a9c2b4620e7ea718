"""Rounds: each starts servers anew, and compares what it starts.

Two processes of one program differ by where their memory lies, and a machine that is
shared is another one in an hour: many rounds meet all of that.
"""
import contextlib
import time

from . import load, machine, slices
from .targets import PEER_NAMES


class Group:
    """What runs at once, and is compared."""

    def __init__(self, seconds, **scenarios):
        """
        Each scenario has one turn, for requests a second, latency and memory, and for CPU
        unless there are slices.

        @param seconds    of CPU's slices for each; 0: none. Of servers that are one process
        @param scenarios  names of scenarios by the target's name, - written as _
        """
        self.seconds = seconds
        self.scenarios = {name.replace("_", "-"): keys for name, keys in scenarios.items()}

    def pairs(self, targets):
        """(target, scenario) of what is there and able."""
        return [(targets[name], load.SCENARIOS[key])
                for name, keys in self.scenarios.items() if name in targets
                for key in keys if key in targets[name].scenarios]


class Visit:
    """A group's servers while they run."""

    def __init__(self, pairs, running, rounds):
        self.pairs, self.running, self.rounds = pairs, running, rounds
        self.processes, self.turns, self.loads = {}, {}, {}

    def process(self, target, scenario):
        """Started when it is first needed: one for each scenario, or one for all of a target
        that starts slowly."""
        key = target.name, None if target.slow_start else scenario.name
        if key not in self.processes:
            self.processes[key] = self.running.enter_context(
                target.start(scenario, self.rounds.issuer))
        return self.processes[key]

    def is_broken(self, target, scenario):
        return (target.name, scenario.name) in self.rounds.broken

    def able(self):
        return [pair for pair in self.pairs if not self.is_broken(*pair)]

    def take_turns(self):
        how, issuer = self.rounds.how, self.rounds.issuer
        for target, scenario in how.shuffled(self.pairs):
            if self.is_broken(target, scenario):
                continue
            process = None
            try:
                process = self.process(target, scenario)
                # What compiles as it goes has had no time for that.
                warm = 1 if target.slow_start else 0
                self.turns[target, scenario] = load.measure(
                    process, scenario, issuer, target.want(scenario), how, warm)
            except (machine.Unavailable, OSError) as why:
                self.rounds.give_up(target, scenario, process is not None, why)

    def take_slices(self, seconds):
        self.loads = {(target, scenario): slices.Load(
            target.name, self.process(target, scenario), scenario, target.want(scenario))
            for target, scenario in self.able()}
        slices.measure(list(self.loads.values()), self.rounds.issuer, seconds, self.rounds.how)

    def figures(self, target, scenario):
        """Of CPU those of slices, if there were any."""
        sliced = self.loads.get((target, scenario))
        return {**self.turns[target, scenario], **(sliced.figures() if sliced else {})}


class Rounds:
    def __init__(self, how, targets, issuer):
        self.how, self.targets, self.issuer = how, targets, issuer
        self.slots, self.broken = [], set()

    def run(self, groups, count):
        """@return nothing; figures are in slots, numbered so that no two runs mix"""
        first = 1 + max((slot["round"] for slot in self.slots), default=-1)
        begun = time.monotonic()
        for i in range(count):
            for done, group in enumerate(self.how.shuffled(groups)):
                share = (i * len(groups) + done) / (count * len(groups))
                left = (time.monotonic() - begun) / share * (1 - share) if share > 0 else 0
                machine.say(f"round {i + 1} of {count}, {', '.join(group.scenarios)}; "
                            f"{left / 60:.0f} min left of these")
                self.visit_or_again(group, first + i)

    def visit_or_again(self, group, number):
        """A machine that stands still for a while has a server close what was idle so long:
        that is measured again, once, and told."""
        try:
            self.visit(group, number)
        except load.Broken as why:
            self.how.skipped.append(f"round {number + 1}, at first: {why}")
            self.visit(group, number)

    def visit(self, group, number):
        """One start of a group's servers, and all that is measured with them."""
        with contextlib.ExitStack() as running:
            visit = Visit(group.pairs(self.targets), running, self)
            visit.take_turns()
            if group.seconds > 0:
                visit.take_slices(group.seconds)
        for target, scenario in visit.able():
            self.slots.append({"target": target.name, "scenario": scenario.name,
                               "round": number, **visit.figures(target, scenario)})

    def give_up(self, target, scenario, started, why):
        """A peer that fails is left out from then on; our own must not."""
        if target.name not in PEER_NAMES:
            kind = load.Broken if isinstance(why, load.Broken) else machine.Unavailable
            raise kind(f"{target.name}, {scenario.name}: {why}")
        names = [scenario.name] if started else list(target.scenarios)
        self.broken.update((target.name, name) for name in names)
        # Half a set of figures is none.
        self.slots = [slot for slot in self.slots
                      if (slot["target"], slot["scenario"]) not in self.broken]
        self.how.skipped.append(f"{target.title}, {', '.join(names)}: {why}")
