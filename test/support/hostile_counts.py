"""Print how many hostile cases passed and failed; with --names, which failed and why."""
import json
import sys

names = "--names" in sys.argv
with open(sys.argv[-1], encoding="utf-8") as file:
    report = json.load(file)

if isinstance(report, list):  # faults: a row each
    bad = [row for row in report if row["verdict"] != "ok"]
    lines = [f"{row['mode']}: {row['verdict']}" for row in bad]
    good = len(report) - len(bad)
else:
    # What libmicrohttpd itself takes away cannot be had; such cases say so.
    bad = [case for case in report["results"] if not case["pass"] and not case.get("limit")]
    lines = [f"{case['name']}: {'; '.join(case['mismatches'])}" for case in bad]
    good = report["totals"]["pass"]
    if report.get("flood") and not report["flood"]["ok"]:
        lines.append(f"flood of unknown keys: {report['flood']}")

print("\n".join(lines) if names else f"{good} {len(lines)}")
