"""What the measuring programs make of figures: pairs, tables, plots, profiles."""
import importlib.machinery
import importlib.util
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import types
import unittest

sys.dont_write_bytecode = True
BENCH = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH))

from harness import load, machine, pairs, plot, report, rounds, slices  # noqa: E402

TITLES = {"bare": "bare libmicrohttpd", "bare-again": "bare libmicrohttpd, again",
          "limit": "bare and gnutls_pubkey_verify_data2 alone", "ours": "mcpauth",
          "mcp-sdk": "npm @modelcontextprotocol/sdk"}


def slot(target, scenario, turn, cpu, **others):
    return {"target": target, "scenario": scenario, "round": turn, "requests": 1000,
            "cpu_us": cpu, "user_us": cpu / 2, "system_us": cpu / 2, "per_second": 1000.0,
            "p50_us": 100, "p99_us": 900, "rss_after_kb": 4096, "key_fetches": 0, "broken": 0,
            **others}


def results(*slots):
    return {"machine": {"processor": "one", "processors": 2, "kernel": "6", "load": 0.5},
            "seed": 1, "rounds": 2, "seconds": 1, "connections": 32, "cold": "one",
            "tokens": 300, "titles": TITLES, "startup": {}, "memory": [], "skipped": [],
            "slots": list(slots)}


def programs_module(name):
    """A program without a suffix, as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(BENCH / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


class Server:
    """One that does nothing."""

    def __init__(self, started):
        self.child = subprocess.Popen(["sleep", "60"])
        self.port = 1
        started.append(self.child.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()


class InOrder:
    """How, in the order that is given."""

    connections, seconds = 1, 1

    def __init__(self):
        self.skipped = []

    def shuffled(self, things):
        return list(things)


# In place of wrk: it notes when it ran, and works a little.
LOAD = """
import sys, time
until = time.monotonic() + float(sys.argv[2])
with open(sys.argv[1], "a") as notes:
    while time.monotonic() < until:
        print(time.monotonic(), file=notes)
        time.sleep(0.005)
print("RESULT", sys.argv[3])
"""


# A server that answers long after it was asked, and works for it in the kernel mostly.
LATE = """
import os, sys
for line in sys.stdin:
    print(flush=True)
    for i in range(int(line)):
        os.stat("/proc/self/status")
"""


class Slices(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.started, self.result = [], "10 0 0 1 1 1"
        for name, instead in (("start_wrk", self.start), ("probe", lambda *_: None)):
            self.addCleanup(setattr, slices, name, getattr(slices, name))
            setattr(slices, name, instead)

    def start(self, port, scenario, issuer, seconds, connections, timeout):
        self.assertGreater(timeout, 2)
        self.started.append(subprocess.Popen(
            [sys.executable, "-c", LOAD, pathlib.Path(self.folder.name, scenario.name),
             str(seconds), self.result], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True))
        return self.started[-1]

    def notes(self, name):
        return [(float(line), name) for line in
                pathlib.Path(self.folder.name, name).read_text().split()]

    def load(self, server, name="one", want=200):
        return slices.Load("ours", server, types.SimpleNamespace(name=name),
                           types.SimpleNamespace(status=want, may_break=0))

    def measure(self, seconds=0.5, want=200):
        with Server([]) as one, Server([]) as other:
            loads = [self.load(one, "one", want), self.load(other, "other", want)]
            slices.measure(loads, None, seconds, InOrder())
        return loads

    def late_server(self):
        child = subprocess.Popen([sys.executable, "-c", LATE], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.wait)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.stdin.close)
        return types.SimpleNamespace(child=child, port=1)

    @staticmethod
    def ask(server, much):
        server.child.stdin.write(f"{much}\n")
        server.child.stdin.flush()
        server.child.stdout.readline()

    def test_loads_one_at_a_time_and_each_again_and_again(self):
        loads = self.measure(2.5)
        who = [name for _, name in sorted(self.notes("one") + self.notes("other"))]
        changes = sum(a != b for a, b in zip(who, who[1:]))
        self.assertGreater(changes, 2)
        # At once it would be some hundreds.
        self.assertLess(changes, 80)
        self.assertEqual([load.requests for load in loads], [10, 10])

    def test_refuses_wrong_answers_and_says_whose(self):
        self.result = "10 1 0 1 1 1"
        with self.assertRaisesRegex(machine.Unavailable, "ours, one: 1 of 10 answers"):
            self.measure()
        self.result = "10 10 0 1 1 1"
        self.measure(want=401)

    def test_tells_broken_connections_from_wrong_answers(self):
        self.result = "10 0 5 1 1 1"
        with self.assertRaisesRegex(load.Broken, "ours, one: 5 connections broke in 10"):
            self.measure()

    def between_slices(self, work, server):
        """Measures two loads, and works where no slice is."""
        how = InOrder()
        how.shuffled = lambda things: work() or list(things)
        with Server([]) as other:
            slices.measure([self.load(server, "one"), self.load(other, "other")], None, 0.5, how)

    def test_leaves_no_load_behind(self):
        def fail_once_started():
            if self.started:
                raise machine.Unavailable("broke")
        with self.assertRaisesRegex(machine.Unavailable, "broke"), Server([]) as server:
            self.between_slices(fail_once_started, server)
        self.assertEqual(len(self.started), 2)
        for child in self.started:
            self.assertIsNotNone(child.poll())

    def test_ends_where_a_server_worked_between_slices(self):
        server = self.late_server()

        def work():
            self.ask(server, 10000)
            slices.wait_until_asleep(server.child.pid)
        with self.assertRaisesRegex(machine.Unavailable, "ours, one: took .* in slices"):
            self.between_slices(work, server)

    def test_charges_what_the_server_does_for_it_and_nothing_before(self):
        server = self.late_server()
        self.ask(server, 30000)
        slices.wait_until_asleep(server.child.pid)
        load = self.load(server)
        begun = slices.cpu(server.child.pid)[2]
        load.charge(lambda: self.ask(server, 60000))
        user, system, exact = load.taken
        self.assertGreater(exact, 0.02)
        self.assertAlmostEqual(exact, slices.cpu(server.child.pid)[2] - begun, delta=0.01)
        # Ticks are samples.
        self.assertLess(abs(user + system - exact), 0.05 + exact / 2)
        self.assertGreater(system, 0)
        load.check_account(begun)
        load.requests = 1000
        found = load.figures()
        self.assertAlmostEqual(found["cpu_us"], exact * 1000)
        self.assertAlmostEqual(found["user_us"] + found["system_us"], found["cpu_us"])

    def test_finds_what_was_charged_to_nobody(self):
        server = self.late_server()
        load = self.load(server)
        begun = slices.cpu(server.child.pid)[2]
        self.ask(server, 100000)
        slices.wait_until_asleep(server.child.pid)
        with self.assertRaisesRegex(machine.Unavailable, "of which 0.000 s in slices"):
            load.check_account(begun)


class Target:
    scenarios = ("hot-rs", "cold-rs", "rej-sig")

    def __init__(self, name, slow_start=False, breaks=()):
        self.name = self.title = name
        self.slow_start, self.breaks, self.started = slow_start, breaks, []

    def want(self, scenario):
        return None

    def start(self, scenario, issuer):
        if "start" in self.breaks:
            raise machine.Unavailable("does not start")
        return Server(self.started)


class Rounds(unittest.TestCase):
    def setUp(self):
        for module, name, instead in ((load, "measure", self.take_turn),
                                      (slices, "measure", self.take_slices)):
            self.addCleanup(setattr, module, name, getattr(module, name))
            setattr(module, name, instead)
        self.how = InOrder()
        self.turns, self.warm, self.breaks, self.stands_still = 0, 0, {}, ()

    def take_turn(self, process, scenario, issuer, want, how, warm):
        self.turns += 1
        self.warm += warm
        if self.turns >= self.breaks.get(scenario.name, 1000):
            raise machine.Unavailable("broke")
        if self.turns in self.stands_still:
            raise load.Broken("32 connections broke")
        return {"requests": 100, "per_second": 50, "cpu_us": 4000, "user_us": 2000}

    def take_slices(self, loads, issuer, seconds, how):
        for one in loads:
            one.requests, one.taken = 10, (0.1, 0.2, 0.3)

    def run_rounds(self, target, count=2, seconds=0):
        found = rounds.Rounds(self.how, {target.name: target}, None)
        group = rounds.Group(seconds, **{target.name.replace("-", "_"): Target.scenarios,
                                            "nobody": Target.scenarios})
        found.run([group], count)
        self.slots = found.slots
        return sorted((slot["round"], slot["scenario"]) for slot in found.slots)

    def test_start_a_server_for_each_scenario_anew(self):
        target = Target("ours")
        self.assertEqual(self.run_rounds(target), [
            (i, name) for i in (0, 1) for name in sorted(Target.scenarios)])
        self.assertEqual((len(set(target.started)), self.turns, self.warm), (6, 6, 0))
        self.assertEqual({slot["cpu_us"] for slot in self.slots}, {4000})

    def test_start_what_starts_slowly_once_and_warm_it(self):
        target = Target("mcp-sdk", slow_start=True)
        self.assertEqual(len(self.run_rounds(target)), 6)
        self.assertEqual((len(set(target.started)), self.turns, self.warm), (2, 6, 6))

    def test_have_cpu_from_slices_and_the_rest_from_turns(self):
        self.run_rounds(Target("ours"), 1, seconds=1)
        for slot in self.slots:
            self.assertAlmostEqual(slot["cpu_us"], 30000)
            self.assertAlmostEqual(slot["user_us"], 10000)
            self.assertEqual((slot["requests"], slot["per_second"]), (100, 50))

    def test_leave_out_what_a_peer_cannot_do_also_of_rounds_before(self):
        self.breaks = {"rej-sig": 6}
        self.assertEqual(self.run_rounds(Target("mcp-sdk")), [
            (i, name) for i in (0, 1) for name in ("cold-rs", "hot-rs")])
        self.assertEqual(self.how.skipped, ["mcp-sdk, rej-sig: broke"])

    def test_leave_out_a_peer_that_does_not_start_with_one_line(self):
        self.assertEqual(self.run_rounds(Target("apache", breaks={"start"})), [])
        self.assertEqual(self.how.skipped,
                         ["apache, hot-rs, cold-rs, rej-sig: does not start"])

    def test_are_measured_again_once_where_the_machine_stood_still(self):
        self.stands_still = (3,)
        self.assertEqual(len(self.run_rounds(Target("ours"))), 6)
        self.assertEqual(self.how.skipped,
                         ["round 1, at first: ours, rej-sig: 32 connections broke"])
        self.turns, self.stands_still = 0, (3, 6)
        with self.assertRaises(machine.Unavailable):
            self.run_rounds(Target("ours"))

    def test_end_when_our_own_fails(self):
        self.breaks = {"rej-sig": 1}
        with self.assertRaises(machine.Unavailable):
            self.run_rounds(Target("ours"))


class Pairs(unittest.TestCase):
    def test_compares_within_a_round_only(self):
        # The second round was twice as slow for both: no difference.
        found = results(slot("bare", "hot-rs", 0, 10.0), slot("ours", "hot-rs", 0, 12.0),
                        slot("bare", "hot-rs", 1, 20.0), slot("ours", "hot-rs", 1, 24.0),
                        slot("ours", "hot-rs", 2, 99.0))
        ratio = pairs.compare(found, ("ours", "hot-rs"), ("bare", "hot-rs"))
        self.assertEqual(ratio["pairs"], 2)
        self.assertAlmostEqual(ratio["median"], 1.2)
        self.assertAlmostEqual(ratio["high"], 1.2)

    def test_tells_differences(self):
        found = results(slot("bare", "hot-rs", 0, 10.0), slot("ours", "hot-rs", 0, 13.0))
        less = pairs.compare(found, ("ours", "hot-rs"), ("bare", "hot-rs"), "user_us", False)
        self.assertAlmostEqual(less["median"], 1.5)

    def test_measures_an_excess_by_another_ones(self):
        # A machine twice as slow in the second round; the third one lacks the base, and
        # in the last two the other is not above it.
        both = ("ours", "hot-rs"), ("limit", "cold-rs"), ("bare", "hot-rs")
        found = results(*(slot(*both[i], turn, value) for turn, values in enumerate(
            [(11.0, 30.0, 10.0), (22.0, 60.0, 20.0), (9.0, 90.0), (9.0, 8.0, 8.0), (9.0, 7.0, 8.0)])
            for i, value in enumerate(values)))
        share = pairs.excess(found, *both)
        self.assertEqual(share["pairs"], 2)
        self.assertAlmostEqual(share["median"], 0.05)
        self.assertAlmostEqual(share["low"], 0.05)
        self.assertIsNone(pairs.excess(results(slot("bare", "hot-rs", 0, 1.0)), *both))

    def test_has_nothing_to_say_without_a_pair(self):
        found = results(slot("bare", "hot-rs", 0, 10.0), slot("ours", "hot-rs", 1, 13.0))
        self.assertIsNone(pairs.compare(found, ("ours", "hot-rs"), ("bare", "hot-rs")))

    def test_interval_holds_the_median_and_leaves_out_an_outlier(self):
        found = pairs.interval([1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 50.0])
        self.assertEqual(found["median"], 1.4)
        self.assertTrue(1.0 <= found["low"] < 1.4 < found["high"] < 2.0, found)


class Tables(unittest.TestCase):
    def claim(self, ours):
        found = results(slot("limit", "cold-es", 0, 100.0), slot("ours", "cold-es", 0, ours))
        return report.claims_table(found).splitlines()[-1]

    def test_says_that_a_limit_is_met(self):
        self.assertRegex(self.claim(109.0), r"\| 1\.09 times .* \| 1\.10 \| yes \|$")

    def test_says_that_a_limit_is_not_met(self):
        self.assertRegex(self.claim(111.0), r"\| 1\.11 times .* \| 1\.10 \| no \|$")

    def test_shows_a_dash_for_what_was_not_measured(self):
        text = report.by_scenario(
            results(slot("bare", "hot-rs", 0, 9.5), slot("ours", "prm", 0, 8.0)),
            lambda target, scenario: report.cell(None))
        self.assertEqual(text.count("–"), 4)

    def test_names_who_fetched_keys(self):
        found = results(slot("mcp-sdk", "rej-sig", 0, 9.0, key_fetches=700),
                        slot("ours", "rej-sig", 0, 9.0, key_fetches=1))
        self.assertEqual(len(report.fetches(found)), 1)
        self.assertIn("700 times", report.fetches(found)[0])

    def test_names_whose_connections_broke(self):
        found = results(slot("mcp-sdk", "hot-rs", 0, 9.0, broken=3), slot("ours", "hot-rs", 0, 9))
        self.assertEqual(report.broken(found), [
            "npm @modelcontextprotocol/sdk, hot-rs: 3 of 1,000 requests lost their connection "
            "(round 1)"])

    def test_writes_figures_that_read_back_as_they_were(self):
        found = results(slot("bare", "hot-rs", 0, 9.123456), slot("ours", "hot-rs", 0, 10.0))
        with tempfile.TemporaryDirectory() as folder:
            report.write(found, pathlib.Path(folder))
            kept = json.loads(pathlib.Path(folder, "results.json").read_text())
            self.assertEqual(kept, report.rounded(found))
            self.assertIn("9.1235", json.dumps(kept))
            self.assertEqual(pathlib.Path(folder, "table.md").read_text(),
                             report.markdown(kept))
            self.assertTrue(pathlib.Path(folder, "readme.svg").exists())


class Readme(unittest.TestCase):
    FOUND = results(slot("bare", "hot-rs", 0, 9.5), slot("ours", "hot-rs", 0, 10.5))

    def test_puts_the_figures_where_the_last_ones_were(self):
        page = f"before\n{report.BEGIN}last week\n{report.END}after\n"
        once = report.readme(self.FOUND, page)
        self.assertIn("| mcpauth | 10.5 · 0.90 |", once)
        self.assertNotIn("last week", once)
        self.assertTrue(once.startswith("before\n") and once.endswith("after\n"))
        self.assertEqual(report.readme(self.FOUND, once), once)

    def test_refuses_a_page_without_a_place(self):
        with self.assertRaises(ValueError):
            report.readme(self.FOUND, "before\nafter\n")


class Plots(unittest.TestCase):
    def drawn(self, log):
        return plot.bars("A title", "µs", [
            ("first", [("bare and gnutls_pubkey_verify_data2 alone", 0.5, "base"),
                       ("mcpauth", 7.25, "ours")]),
            ("second", [("npm @modelcontextprotocol/sdk", 2406.0, "bar")])], log)

    def test_cuts_no_text_off(self):
        for log in (True, False):
            for x, anchor, words in re.findall(
                    r'<text x="([\d.]+)"[^>]*text-anchor="(\w+)">([^<]*)<', self.drawn(log)):
                width = len(words) * plot.CHARACTER
                begin = float(x) - {"start": 0, "middle": width / 2, "end": width}[anchor]
                self.assertGreaterEqual(begin, 0, words)
                self.assertLessEqual(begin + width, plot.WIDTH, words)

    def test_longer_bars_are_of_larger_figures(self):
        widths = [float(text) for text in re.findall(r'<rect [^>]*width="([\d.]+)"',
                                                     self.drawn(False))]
        self.assertEqual(sorted(widths), widths)
        self.assertEqual(len(widths), 3)

    def test_draws_nothing_of_nothing(self):
        self.assertIsNone(plot.bars("A title", "µs", [("first", [])]))


class Profiles(unittest.TestCase):
    TEXT = """events: Ir
ob=/usr/lib/libmicrohttpd.so.12
fl=???
fn=MHD_run
0 100
cfn=malloc
calls=3 0
0 999
0 5
ob=/build/lib/libmcpauth.so.0
fl=../lib/base/hash.c
fn=mcpauth__hash
+3 40
"""

    def test_counts_what_a_function_does_itself(self):
        callgrind = programs_module("callgrind")
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(self.TEXT)
            file.flush()
            places = callgrind.Profile(file.name).places
        self.assertEqual(sorted(places.values()), [40, 105])
        steps = {callgrind.step_of(place): cost for place, cost in places.items()}
        self.assertEqual(steps, {"libmicrohttpd": 105, "hash": 40})


if __name__ == "__main__":
    unittest.main()
