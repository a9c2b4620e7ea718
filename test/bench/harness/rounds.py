"""Rounds: each starts servers anew, and compares what it starts.

Two processes of one program differ by where their memory lies, and a machine that is
shared is another one in an hour: many rounds meet all of that.
"""
import contextlib
import time

from . import load, machine, slices

PEERS = ("hand", "mcp-auth", "mcp-sdk", "apache")


class Group:
    """What runs at once, and is compared."""

    def __init__(self, turns, seconds, **scenarios):
        """
        @param turns      of a second or whatever is asked for, one pair after the other:
                          how it feels, and what it takes unless there are slices
        @param seconds    of each pair in slices: what it takes; 0: none. Only of servers
                          that are one process each, and of our own
        @param scenarios  names of scenarios by the target's name, - written as _
        """
        self.turns, self.seconds = turns, seconds
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
        """Started when it is first needed."""
        key = target.name, target.variant(scenario)
        if key not in self.processes:
            self.processes[key] = self.running.enter_context(
                target.start(scenario, self.rounds.issuer))
        return self.processes[key]

    def take_turns(self):
        how = self.rounds.how
        for target, scenario in how.shuffled(self.pairs):
            if (target.name, scenario.name) in self.rounds.broken:
                continue
            turns = self.turns.setdefault((target, scenario), [])
            process = None
            try:
                process = self.process(target, scenario)
                turns.append(load.measure(process, scenario, self.rounds.issuer,
                                          target.want(scenario),
                                          how.warmed(target, not turns)))
            except (machine.Unavailable, OSError) as why:
                self.rounds.give_up(target, scenario, process is not None, why)

    def slice(self, seconds):
        self.loads = {(target, scenario): slices.Load(
            self.process(target, scenario), scenario, target.want(scenario))
            for target, scenario in self.pairs}
        slices.measure(list(self.loads.values()), self.rounds.issuer, seconds, self.rounds.how)

    def figures(self, target, scenario):
        """Those of slices, if there were any, in place of those of turns."""
        sliced = self.loads.get((target, scenario))
        return {**load.together(self.turns[target, scenario]),
                **(sliced.figures() if sliced else {})}


class Rounds:
    def __init__(self, how, targets, issuer):
        self.how, self.targets, self.issuer = how, targets, issuer
        self.slots, self.broken = [], set()

    def run(self, groups, count):
        """@return nothing; figures are in slots, numbered so that no two runs mix"""
        first = 1 + max((slot["round"] for slot in self.slots), default=-1)
        begun = time.monotonic()
        for turn in range(count):
            for done, group in enumerate(self.how.shuffled(groups)):
                share = (turn * len(groups) + done) / (count * len(groups))
                left = (time.monotonic() - begun) / share * (1 - share) if share > 0 else 0
                machine.say(f"round {turn + 1} of {count}, {', '.join(group.scenarios)}; "
                            f"{left / 60:.0f} min left of these")
                self.visit(group, first + turn)

    def visit(self, group, number):
        """One start of a group's servers, and all that is measured with them."""
        with contextlib.ExitStack() as running:
            visit = Visit(group.pairs(self.targets), running, self)
            for _ in range(group.turns):
                visit.take_turns()
            if group.seconds > 0:
                visit.slice(group.seconds)
        for target, scenario in visit.pairs:
            if (target.name, scenario.name) not in self.broken:
                self.slots.append({"target": target.name, "scenario": scenario.name,
                                   "round": number, **visit.figures(target, scenario)})

    def give_up(self, target, scenario, started, why):
        """A peer that fails is left out from then on; our own must not."""
        if target.name not in PEERS:
            raise machine.Unavailable(f"{target.name}, {scenario.name}: {why}")
        names = [scenario.name] if started else list(target.scenarios)
        self.broken.update((target.name, name) for name in names)
        # Half a set of figures is none.
        self.slots = [slot for slot in self.slots
                      if (slot["target"], slot["scenario"]) not in self.broken]
        self.how.skipped.append(f"{target.title}, {', '.join(names)}: {why}")
