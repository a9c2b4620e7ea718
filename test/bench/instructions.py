#!/usr/bin/env python3
"""Counts instructions, which no noise changes: of each case, or of one case by function.

usage: instructions.py PROGRAM [CASE [TIMES]]

Wants valgrind. A function's figure includes what it calls.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

TIMES = 200
SHOWN = 40


def case_names(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report.json")
        subprocess.run([program, "--quick", "--json", path], check=True, stdout=subprocess.DEVNULL)
        with open(path, encoding="utf-8") as file:
            return [row["name"] for row in json.load(file)["cases"] if row["unit"] == "ns"]


def count(program, case, times, path):
    """The instructions of one time, or None for a case that is not timed."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=bench_do",
         f"--callgrind-out-file={path}", program, "--quick", "--do", str(times), case],
        capture_output=True, text=True, check=False)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or collected is None:
        return None
    return int(collected.group(1)) / times


def functions(path, times):
    done = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--auto=no", path],
                          capture_output=True, text=True, check=True)
    rows = re.findall(r"^ *([\d,]+) \([ \d.]+%\) +\S*?:([A-Za-z_]\w*)", done.stdout, re.M)
    # Each is listed once per file that has a line of it.
    return [(int(total.replace(",", "")) / times, name) for total, name in dict.fromkeys(rows)]


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    program = sys.argv[1]
    times = int(sys.argv[3]) if len(sys.argv) > 3 else TIMES
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "counted")
        for case in sys.argv[2:3] or case_names(program):
            instructions = count(program, case, times, path)
            if instructions is not None:
                print(f"{instructions:12,.0f}  {case}", flush=True)
        if len(sys.argv) > 2:
            for total, name in functions(path, times)[:SHOWN]:
                print(f"{total:12,.0f}    {name}")


main()
