"""From the figures to tables and plots; nothing is copied by hand."""
import json
import re

from . import plot
from .load import SCENARIOS
from .pairs import compare, excess, interval, median
from .targets import PEER_NAMES

LIMITS = {"rs": 1.25, "es": 1.10, "ed": 1.10}
PLOTTED = ("prm", "hot-rs", "cold-rs", "rej-sig")
NOT_PLOTTED = ("bare-again", "bare-options", "bare-2", "ours-2")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def cell(value, spread=""):
    return "–" if value is None else plot.number(value) + spread


def ranged(found, unit=""):
    """A median and its interval, as a table shows them."""
    places = 2 if abs(found["median"]) >= 0.1 else 3
    return (f"{found['median']:.{places}f}{unit}",
            f"{found['low']:.{places}f} to {found['high']:.{places}f}",
            str(found["pairs"]))


def measured(results):
    """Targets and scenarios that have figures, in the order of their definition."""
    seen = {(slot["target"], slot["scenario"]) for slot in results["slots"]}
    return ([name for name in results["titles"] if any(name == target for target, _ in seen)],
            [name for name in SCENARIOS if any(name == scenario for _, scenario in seen)])


def by_scenario(results, show):
    """A row a target, a column a scenario."""
    targets, scenarios = measured(results)
    return table(["target"] + scenarios, [
        [results["titles"][target]] + [show(target, scenario) for scenario in scenarios]
        for target in targets])


def show_field(results, field, factor=1.0):
    def show(target, scenario):
        value = median(results, target, scenario, field)
        return cell(None if value is None else value * factor)
    return show


def show_latency(results):
    def show(target, scenario):
        values = [median(results, target, scenario, field) for field in ("p50_us", "p99_us")]
        return "–" if None in values else " / ".join(plot.number(v / 1000) for v in values)
    return show


def claims(results):
    """What the library promises. @return (claim, figures, limit or None)"""
    hot = ("ours", "hot-rs")
    found = [
        ("noise: bare over bare again, CPU", compare(results, ("bare-again", "hot-rs"),
                                                     ("bare", "hot-rs")), None, ""),
        ("noise: bare less bare again, user CPU", compare(
            results, ("bare-again", "hot-rs"), ("bare", "hot-rs"), "user_us", False), None, " µs"),
        ("our daemon options on bare, CPU", compare(
            results, ("bare-options", "hot-rs"), ("bare", "hot-rs"), "cpu_us", False), None,
         " µs"),
        ("token seen before, user CPU above bare", compare(
            results, hot, ("bare", "hot-rs"), "user_us", False), 1.5, " µs"),
        ("the same, in RS256 signature checks", excess(
            results, hot, ("limit", "cold-rs"), ("bare", "hot-rs")), None, ""),
        ("token seen before, CPU above bare", compare(
            results, hot, ("bare", "hot-rs"), "cpu_us", False), None, " µs"),
        ("61 tokens in turn, seen before, user CPU above bare", compare(
            results, ("ours", "turn-rs"), ("bare", "hot-rs"), "user_us", False), None, " µs"),
        ("not protected, CPU above bare", compare(
            results, ("ours", "open"), ("bare", "open"), "cpu_us", False), None, " µs"),
    ]
    for kind, limit in LIMITS.items():
        title = SCENARIOS["cold-" + kind].title
        found.append((f"{title}, CPU over bare and the signature check alone", compare(
            results, ("ours", "cold-" + kind), ("limit", "cold-" + kind)), limit, " times"))
    for name in ("rej-none", "rej-malformed", "rej-sig", "rej-expired"):
        found.append((f"{SCENARIOS[name].title}, CPU over a token seen before", compare(
            results, ("ours", name), hot), 1.0, " times"))
    return [row for row in found if row[1] is not None]


def claims_table(results):
    rows = []
    for title, found, limit, unit in claims(results):
        met = "" if limit is None else "yes" if found["median"] <= limit else "no"
        rows.append([title, *ranged(found, unit), "" if limit is None else f"{limit:.2f}", met])
    return table(["figure", "median", "95 % interval", "pairs", "at most", "met"], rows)


def factors(results):
    """How many times our CPU a peer takes."""
    _, scenarios = measured(results)
    rows = []
    for peer in PEER_NAMES:
        row = []
        for scenario in scenarios:
            found = compare(results, (peer, scenario), ("ours", scenario))
            row.append("–" if found is None else
                       f"{found['median']:.1f} ({found['low']:.1f} to {found['high']:.1f})")
        if any(text != "–" for text in row):
            rows.append([results["titles"][peer]] + row)
    return table(["target"] + scenarios, rows) if rows else ""


def fetches(results):
    """Key sets fetched while it counted, where that was not nothing."""
    return [f"{results['titles'][slot['target']]}, {slot['scenario']}: the key set was fetched "
            f"{slot['key_fetches']} times in {slot['requests']:,} requests (round "
            f"{slot['round'] + 1})" for slot in results["slots"] if slot["key_fetches"] > 1]


def broken(results):
    """Connections that a server closed while it was asked."""
    return [f"{results['titles'][slot['target']]}, {slot['scenario']}: {slot['broken']} of "
            f"{slot['requests']:,} requests lost their connection (round {slot['round'] + 1})"
            for slot in results["slots"] if slot["broken"] > 0]


def startup_table(results):
    rows = []
    for name, found in results["startup"].items():
        first, token = interval(found["first_ms"]), interval(found["token_ms"])
        rows.append([results["titles"][name], str(first["pairs"]),
                     f"{first['median']:.1f} ({first['low']:.1f} to {first['high']:.1f})",
                     f"{token['median']:.1f} ({token['low']:.1f} to {token['high']:.1f})"])
    return table(["target", "starts", "ms to the first answer",
                  "ms to the first accepted token"], rows)


def memory_table(results):
    return table(["what", "kB of RSS"],
                 [[row["what"], f"{row['kb']:,}"] for row in results["memory"]])


def about(results):
    machine = results["machine"]
    cold = {"one": "its cache of verified tokens holds one entry there, so that each of the "
                   f"{results['tokens']:,} tokens in turn is verified",
            "off": "its cache of verified tokens is switched off there"}[results["cold"]]
    sliced = ("CPU in slices of a tenth of a second where small differences count, "
              if any(slot.get("sliced") for slot in results["slots"]) else "")
    return (f"{machine['processor']}, {machine['processors']} processors, Linux "
            f"{machine['kernel']}, load {machine['load']:.1f} at the start; seed "
            f"{results['seed']}, {results['rounds']} rounds, {results['seconds']} s a turn, "
            f"{sliced}wrk with {results['connections']} kept connections. The kernel counts CPU "
            f"exactly and tells user from system by samples. mcpauth with distinct tokens: "
            f"{cold}.\n")


def noise(results):
    found = compare(results, ("bare-again", "hot-rs"), ("bare", "hot-rs"))
    return "" if found is None else (
        f"Bare libmicrohttpd against itself: {found['median']:.3f} times "
        f"(95 % interval {found['low']:.3f} to {found['high']:.3f}).\n")


def sections(results):
    """(heading, text) of all that was measured."""
    found = []
    if results["slots"]:
        found += [
            ("Figures", claims_table(results)),
            ("CPU µs per request, user and system", by_scenario(
                results, show_field(results, "cpu_us"))),
            ("User CPU µs per request", by_scenario(results, show_field(results, "user_us"))),
            ("Requests per second", by_scenario(results, show_field(results, "per_second"))),
            ("Latency, ms: p50 / p99", by_scenario(results, show_latency(results))),
            ("RSS after load, MB", by_scenario(
                results, show_field(results, "rss_after_kb", 1 / 1024))),
            ("Times our CPU (95 % interval)", factors(results)),
            ("Fetches of the key set", "\n".join(f"- {line}" for line in fetches(results))),
            ("Broken connections", "\n".join(f"- {line}" for line in broken(results))),
        ]
    if results["startup"]:
        found.append(("Start-up", startup_table(results)))
    if results["memory"]:
        found.append(("Memory", memory_table(results)))
    if results["skipped"]:
        found.append(("Not measured", "\n".join(f"- {line}" for line in results["skipped"])))
    return [(heading, text) for heading, text in found if text]


def markdown(results):
    text = "# Measured\n\n" + "\n".join(part for part in (about(results), noise(results)) if part)
    for heading, body in sections(results):
        text += f"\n## {heading}\n\n{body.rstrip()}\n"
    return text


def style_of(target):
    return {"ours": "ours", "notes": "ours", "bare": "base", "limit": "base"}.get(target, "bar")


def groups(results, field, scenarios, factor=1.0):
    targets, _ = measured(results)
    found = []
    for scenario in scenarios:
        rows = [(results["titles"][target], median(results, target, scenario, field),
                 style_of(target)) for target in targets if target not in NOT_PLOTTED]
        rows = [(label, value * factor, style) for label, value, style in rows
                if value is not None]
        found.append((SCENARIOS[scenario].title, rows))
    return found


def plots(results):
    """Texts by file name."""
    _, scenarios = measured(results)
    cpu = "CPU per request: user and system, the whole process tree"
    some = [name for name in scenarios if name in PLOTTED]
    found = {
        "readme.svg": plot.bars(cpu, "µs", groups(results, "cpu_us", some), True),
        "cpu.svg": plot.bars(cpu, "µs", groups(results, "cpu_us", scenarios), True),
        "p99.svg": plot.bars("Latency that 99 of 100 requests keep to, saturated", "ms", groups(
            results, "p99_us", scenarios, 0.001), True),
    }
    started = [(results["titles"][name], interval(rows["first_ms"])["median"], style_of(name))
               for name, rows in results["startup"].items()]
    found["startup.svg"] = plot.bars("Start to first answer", "ms", [("", started)], True)
    return {name: text for name, text in found.items() if text is not None}


def rounded(value):
    """Five figures are more than any clock here gives."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def dumped(results):
    """JSON with a slot a line."""
    rest = json.dumps({key: value for key, value in results.items() if key != "slots"},
                      indent=1, ensure_ascii=False)
    lines = ",\n".join("  " + json.dumps(slot) for slot in results["slots"])
    return rest.rstrip("}\n") + f',\n "slots": [\n{lines}\n ]\n}}\n'


def write(results, folder):
    folder.mkdir(parents=True, exist_ok=True)
    results = rounded(results)
    (folder / "results.json").write_text(dumped(results))
    (folder / "table.md").write_text(markdown(results))
    for name, text in plots(results).items():
        (folder / name).write_text(text)


def readme_table(results):
    """CPU and p99 of what a reader asks first."""
    targets, scenarios = measured(results)
    scenarios = [name for name in ("prm", "hot-rs", "cold-rs", "cold-es", "rej-none", "rej-sig")
                 if name in scenarios]
    cpu, latency = show_field(results, "cpu_us"), show_field(results, "p99_us", 0.001)

    def both(target, scenario):
        value = cpu(target, scenario)
        return value if value == "–" else f"{value} · {latency(target, scenario)}"
    rows = [[results["titles"][target]] + [both(target, name) for name in scenarios]
            for target in targets if target not in ("bare-again", "bare-options")]
    return table(["CPU µs per request · p99 ms"]
                 + [SCENARIOS[name].title for name in scenarios], rows)


BEGIN = "<!-- measured: test/bench/run --readme -->\n"
END = "<!-- measured, end -->\n"


def readme(results, text):
    """The README with this run's figures in it."""
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.S)
    if len(pattern.findall(text)) != 1:
        raise ValueError("README.md has no place for the figures")
    parts = [readme_table(results), about(results), noise(results),
             "![CPU per request of each server](test/bench/results/readme.svg)\n"]
    fresh = BEGIN + "\n".join(part for part in parts if part) + END
    return pattern.sub(lambda _: fresh, text)
