"""What the measuring programs make of figures: pairs, tables, plots, profiles."""
import importlib.machinery
import importlib.util
import json
import pathlib
import re
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
BENCH = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH))

from harness import pairs, plot, report  # noqa: E402

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
