"""Runs a benchmark of the parts for a moment: it must work, and say what it measured.

usage: smoke.py PROGRAM
"""

import json
import math
import os
import subprocess
import sys
import tempfile


def run(*arguments):
    return subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True)


def check(good, what, got=""):
    if not good:
        sys.exit(f"{what}\n{got}")


def check_figures(row):
    names = ["value"] + (["ratio"] if "over" in row else [])
    for name in names:
        figures = row[name]
        ordered = [figures["min"], figures["low"], figures["median"], figures["high"]]
        check(all(map(math.isfinite, ordered)), "a figure is none", row)
        check(ordered == sorted(ordered), "figures out of order", row)


def check_report(report, table):
    check(report["quick"] and report["rounds"] == 3, "options are not heeded", report)
    names = [row["name"] for row in report["cases"]]
    check(names and len(set(names)) == len(names), "no cases, or two of one name", names)
    for row in report["cases"]:
        check(row["name"] in table, "the table lacks a case", row["name"])
        check(row.get("over", row["name"]) in names, "compared with what is not there", row)
        check_figures(row)


def check_single(report):
    for name in [row["name"] for row in report["cases"] if row["unit"] == "ns"][:1]:
        check(run("--quick", "--do", "2", name).returncode == 0, "cannot do a case alone", name)
    check(run("--quick", "--do", "2", "nothing").returncode == 1, "did what is no case")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report.json")
        done = run("--quick", "--rounds", "3", "--json", path)
        check(done.returncode == 0, "it failed", done.stdout + done.stderr)
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        check_report(report, done.stdout)
    check_single(report)
    for wrong in (["--rounds", "0"], ["--rounds"], ["--json"], ["--fast"], ["--do", "1"]):
        check(run(*wrong).returncode == 2, "takes what it does not know", wrong)


main()
